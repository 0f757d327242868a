import { describe, expect, it, vi } from "vitest"

import { jsonReply } from "../../../src/core/reply.ts"
import { linesOf as headersOf } from "../../support/exchange.ts"
import { held, settle } from "../aggregated.ts"
import { answering } from "./aggregating.ts"
import { linesOf, streaming } from "./streaming.ts"

const both = { cart: "cart GET /", user: "user GET /" }

describe("stream", () => {
  it("sends each part when it is there, in the order in which they come, and then what became of all", async () => {
    const [cart, user] = [held(), held()]
    const { begin } = streaming({ aggregate: both }, { cart: cart.answer, user: user.answer })
    const begun = begin()
    user.reply({ name: "Ann" })
    const { status, headers, next } = await begun
    expect([status, headersOf(headers)]).toEqual([
      200,
      [
        ["content-type", "application/x-ndjson"],
        ["cache-control", "no-store"],
      ],
    ])
    expect(await next()).toBe('{"part":"user","status":200,"value":{"name":"Ann"}}\n')
    cart.reply({ total: 3 })
    expect(await next()).toBe('{"part":"cart","status":200,"value":{"total":3}}\n')
    expect(await next()).toBe('{"complete":true,"parts":{"cart":{"status":200,"ms":0},"user":{"status":200,"ms":0}}}\n')
    expect(await next()).toBeUndefined()
  })

  it("sends events that a browser understands, with an id for the last one", async () => {
    const { begin } = streaming({ aggregate: { text: "text GET /" }, stream: "sse" }, { text: { json: "a\nb" } })
    const { headers, rest } = await begin()
    expect(headers.get("content-type")).toBe("text/event-stream")
    expect(await rest()).toBe(
      'event: part\nid: 1\ndata: {"part":"text","status":200,"value":"a\\nb"}\n\n' +
        'event: done\nid: end\ndata: {"complete":true,"parts":{"text":{"status":200,"ms":0}}}\n\n',
    )
  })

  it("sends a comment to a browser that has waited 15 s for the next event", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] })
    const user = held()
    const { begin } = streaming({ aggregate: both, stream: "sse" }, { cart: { json: 1 }, user: user.answer })
    const { next, rest } = await begin()
    expect(await next()).toContain("event: part")
    const waited = next()
    await settle()
    vi.advanceTimersByTime(15_100)
    expect(await waited).toBe(":\n\n")
    user.reply(2)
    expect(await rest()).toMatch(/^event: part\n[^]+event: done\n/)
    vi.useRealTimers()
  })

  it("answers a browser that has all events with nothing, so that it does not ask again for ever", async () => {
    const { ask, called } = streaming({ aggregate: both, stream: "sse" }, { cart: { json: 1 }, user: { json: 2 } })
    expect(await ask({ headers: { "last-event-id": "end" } })).toMatchObject({ status: 204, text: "" })
    expect(called()).toEqual([])
    expect(await ask({ headers: { "last-event-id": "1" } })).toMatchObject({ status: 200 })
    expect(called()).toHaveLength(2)
  })

  it("sends body parts that are whole before the next one comes", async () => {
    const [cart, user] = [held(), held()]
    const parts = { "cart/ü": "cart GET /", user: "user GET /" }
    const { begin } = streaming({ aggregate: parts, stream: "multipart" }, { cart: cart.answer, user: user.answer })
    const begun = begin()
    cart.reply("--\r\n--")
    const { headers, next, rest } = await begun
    const [, boundary] = /^multipart\/mixed; boundary=([\w-]{36})$/.exec(headers.get("content-type") ?? "") ?? []
    expect(await next()).toBe(
      `--${boundary}\r\ncontent-type: application/json\r\ncontent-id: <cart%2F%C3%BC>\r\n\r\n` +
        `{"part":"cart/ü","status":200,"value":"--\\r\\n--"}\r\n--${boundary}`,
    )
    user.reply(1)
    expect(await rest()).toBe(
      `\r\ncontent-type: application/json\r\ncontent-id: <user>\r\n\r\n{"part":"user","status":200,"value":1}\r\n--${boundary}` +
        '\r\ncontent-type: application/json\r\n\r\n{"complete":true,"parts":{"cart/ü":{"status":200,"ms":0},' +
        `"user":{"status":200,"ms":0}}}\r\n--${boundary}--\r\n`,
    )
  })

  it("has a boundary of its own in each answer", async () => {
    const { begin } = streaming({ aggregate: { a: "a GET /" }, stream: "multipart" }, { a: { json: 1 } })
    const types = [await begin(), await begin()].map(({ headers }) => headers.get("content-type"))
    expect(new Set(types).size).toBe(2)
  })

  it("tells what became of a part in words: stood in, left out, failed, a list, an aggregate of its own", async () => {
    const { begin } = streaming(
      {
        aggregate: {
          fallback: { call: "down GET /", fallback: { name: "guest" } },
          skipped: { call: "up GET /", when: () => false },
          nothing: { call: "up GET /null" },
          failed: { call: "down GET /", required: false },
          list: { call: "up GET /:item", forEach: { items: () => [1, 2], limit: 2 } },
          inner: { aggregate: { a: "up GET /a", b: { call: "down GET /", required: false } } },
          here: { call: "up GET /here", as: "there", pick: ["path"] },
          secret: { call: "up GET /secret", as: false },
        },
      },
      {
        up: ({ path }) => jsonReply(path === "/null" ? null : path.length > 2 ? { path, cost: 1 } : path),
        down: answering(503),
      },
    )
    const { rest } = await begin()
    const lines = linesOf(await rest())
    const last = lines.pop()
    expect(lines).toHaveLength(7)
    expect(lines).toEqual(
      expect.arrayContaining([
        { part: "fallback", status: "fallback", value: { name: "guest" } },
        { part: "skipped", status: "skipped" },
        { part: "nothing", status: 200, value: null },
        { part: "failed", status: "failed", value: null },
        { part: "list", status: "200*2", value: ["/1", "/2"] },
        { part: "inner", status: "partial", value: { a: "/a", b: null } },
        { part: "there", status: 200, value: { path: "/here" } },
      ]),
    )
    expect(JSON.stringify(last)).toBe(
      '{"complete":false,"parts":{"fallback":{"status":"fallback","ms":0},"skipped":{"status":"skipped"},' +
        '"nothing":{"status":200,"ms":0},"failed":{"status":"failed","ms":0},"list":{"status":"200*2","ms":0},' +
        '"inner":{"status":"partial","ms":0},"there":{"status":200,"ms":0},"secret":{"status":200,"ms":0}}}',
    )
  })

  it("gives parts with names of the language no other meaning", async () => {
    const { begin } = streaming({ aggregate: { ["__proto__"]: "a GET /" } }, { a: { json: 1 } })
    const text = await (await begin()).rest()
    expect(text).toBe(
      '{"part":"__proto__","status":200,"value":1}\n{"complete":true,"parts":{"__proto__":{"status":200,"ms":0}}}\n',
    )
  })

  it("keeps to itself what became of the parts where the config says so", async () => {
    const { begin } = streaming({ aggregate: { a: "a GET /" }, report: { parts: false } }, { a: { json: 1 } })
    expect(await (await begin()).rest()).toBe('{"part":"a","status":200,"value":1}\n{"complete":true}\n')
  })

  it("waits with a part for what its own function makes of it, and with no other", async () => {
    const made = Promise.withResolvers<string>()
    const { begin } = streaming(
      { aggregate: { slow: { call: "a GET /", map: () => made.promise }, soon: "a GET /" } },
      { a: { json: 1 } },
    )
    const { next, rest } = await begin()
    expect(await next()).toBe('{"part":"soon","status":200,"value":1}\n')
    made.resolve("made")
    expect(linesOf(await rest())).toMatchObject([{ part: "slow", value: "made" }, { complete: true }])
  })

  it("answers with all entries when every part was skipped", async () => {
    const { begin } = streaming({ aggregate: { a: { call: "a GET /", when: () => false } } }, { a: { json: 1 } })
    expect(await (await begin()).rest()).toBe(
      '{"part":"a","status":"skipped"}\n{"complete":true,"parts":{"a":{"status":"skipped"}}}\n',
    )
  })

  it("lives as long as its body does, and says so", async () => {
    const { begin } = streaming({ aggregate: { a: "a GET /" } }, { a: { json: 1 } })
    expect((await begin()).byConfig).toBe(true)
  })

  it("has no part in idempotency keys: they are headers like any other", async () => {
    const { begin, calls } = streaming({ aggregate: { a: "a POST /" } }, { a: { json: 1 } })
    for (const _ of [1, 2]) {
      const { headers, rest } = await begin({ method: "POST", headers: { "idempotency-key": "k" } })
      await rest()
      expect(headers.has("x-bellhop-replayed")).toBe(false)
    }
    expect(calls.map(({ exchange: { headers } }) => headers.get("idempotency-key"))).toEqual(["k", "k"])
  })

  it("answers HEAD with the head only, and ends what is under way", async () => {
    const slow = held()
    const { ask } = streaming({ aggregate: both }, { cart: { json: 1 }, user: slow.answer })
    const got = await ask({ method: "HEAD" })
    expect(got).toMatchObject({ status: 200, text: "", headers: { "content-type": "application/x-ndjson" } })
    expect((await slow.asked).isOver).toBe(true)
  })
})
