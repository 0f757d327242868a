import { describe, expect, it, vi } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import { identity } from "../../../src/core/identity.ts"
import { Kept } from "../../../src/core/kept.ts"
import { jsonReply } from "../../../src/core/reply.ts"
import { type Answer, type Asked, exchange, textOf } from "../../support/exchange.ts"
import { aggregating, answering } from "./aggregating.ts"

/** A service that is up until it is told to go down. */
function fragile(answer: Answer = ({ path, search }) => jsonReply(path + search)): { answer: Answer; down(): void } {
  let isDown = false
  return {
    answer: (asked) =>
      isDown
        ? Promise.reject(new GatewayError("unreachable", 'Cannot reach service "s".'))
        : typeof answer === "function"
          ? answer(asked)
          : jsonReply(answer.json),
    down: () => void (isDown = true),
  }
}

describe("fallbackLast", () => {
  const parts = { a: { call: "s GET /:id?q=:query.q", fallbackLast: "10m" } }
  const asked: Asked = { params: { id: "7" }, path: "/?q=x", headers: { authorization: "Bearer a", cookie: "b=c" } }

  it("is the last good answer of the same call", async () => {
    const s = fragile()
    const { ask } = aggregating({ aggregate: parts }, { s: s.answer })
    expect(await ask(asked)).toMatchObject({ text: '{"a":"/7?q=x"}', parts: "a=200", complete: "true" })
    s.down()
    expect(await ask(asked)).toMatchObject({
      text: '{"a":"/7?q=x"}',
      parts: "a=last",
      complete: "false",
      headers: { "cache-control": "no-store" },
    })
  })

  it.each([
    ["another path", { ...asked, params: { id: "8" } }],
    ["another query", { ...asked, path: "/?q=y" }],
    ["another user", { ...asked, headers: { ...asked.headers, authorization: "Bearer b" } }],
    ["nobody", { ...asked, headers: {} }],
    ["another session", { ...asked, headers: { ...asked.headers, cookie: "b=d" } }],
    ["another API key", { ...asked, headers: { ...asked.headers, "x-api-key": "k" } }],
  ])("is nothing that %s got", async (_, other) => {
    const s = fragile()
    const { ask } = aggregating({ aggregate: parts }, { s: s.answer })
    await ask(asked)
    s.down()
    expect(await ask(other)).toMatchObject({ text: '{"a":null}', parts: "a=failed" })
    expect(await ask(asked)).toMatchObject({ parts: "a=last" })
  })

  it("is nothing that another user got whose credentials `auth` has taken out of the request", async () => {
    const s = fragile()
    const { handle } = aggregating({ aggregate: parts }, { s: s.answer })
    const by = async (subject: string): Promise<string | undefined> => {
      const made = exchange({ params: { id: "7" }, path: "/?q=x" })
      made.identity = identity({ scheme: "apiKey", subject })
      return (await handle(made)).headers.get("x-bellhop-parts")?.replace(/;.*/, "")
    }
    await by("ada")
    s.down()
    expect([await by("bob"), await by("ada")]).toEqual(["a=failed", "a=last"])
  })

  it("tells bodies apart", async () => {
    const s = fragile(async (one) => jsonReply(await textOf(one.body)))
    const { ask } = aggregating({ aggregate: { a: { call: "s PUT /", fallbackLast: "10m" } } }, { s: s.answer })
    await ask({ method: "PUT", body: "1" })
    s.down()
    expect((await ask({ method: "PUT", body: "1" })).text).toBe('{"a":"1"}')
    expect((await ask({ method: "PUT", body: "2" })).text).toBe('{"a":null}')
  })

  it("is not older than it may be", async () => {
    vi.useFakeTimers()
    try {
      const s = fragile()
      const { ask } = aggregating({ aggregate: parts }, { s: s.answer })
      await ask(asked)
      s.down()
      vi.advanceTimersByTime(599_000)
      expect(await ask(asked)).toMatchObject({ parts: "a=last" })
      vi.advanceTimersByTime(2000)
      expect(await ask(asked)).toMatchObject({ parts: "a=failed" })
    } finally {
      vi.useRealTimers()
    }
  })

  it("outlives a reload", async () => {
    const kept = new Kept()
    const s = fragile()
    await aggregating({ aggregate: parts }, { s: s.answer }, { kept }).ask(asked)
    s.down()
    const reloaded = aggregating({ aggregate: parts }, { s: s.answer }, { kept })
    expect(await reloaded.ask(asked)).toMatchObject({ parts: "a=last" })
  })

  it("is no answer that may not be kept, was no good, or is of the wrong type", async () => {
    const schema = { type: "string" }
    for (const first of [
      answering(200, '"x"', { "cache-control": "private, no-store" }),
      answering(404, '"x"'),
      answering(200, "1"),
    ]) {
      const s = fragile(first)
      const { ask } = aggregating(
        { aggregate: { a: { call: "s GET /", fallbackLast: "1m", schema } } },
        { s: s.answer },
      )
      await ask()
      s.down()
      expect(await ask()).toMatchObject({ parts: "a=failed" })
    }
  })

  it("is a value of its own: what a function does to it is forgotten", async () => {
    const s = fragile(() => jsonReply({ list: [1] }))
    const map = (value: { list: number[] }): unknown => {
      value.list.push(2)
      return value
    }
    const { ask } = aggregating({ aggregate: { a: { call: "s GET /", fallbackLast: "1m", map } } }, { s: s.answer })
    for (let time = 0; time < 3; time++) {
      expect((await ask()).text).toBe('{"a":{"list":[1,2]}}')
      s.down()
    }
  })

  it("is remembered for a thousand calls, the ones used longest ago given up first", async () => {
    const s = fragile()
    const { ask } = aggregating({ aggregate: parts }, { s: s.answer })
    const one = (id: number): Asked => ({ params: { id: `${id}` } })
    for (let id = 0; id < 1000; id++) await ask(one(id))
    await ask(one(1000))
    s.down()
    expect(await ask(one(0))).toMatchObject({ parts: "a=failed" })
    expect(await ask(one(1))).toMatchObject({ parts: "a=last" })
    expect(await ask(one(1000))).toMatchObject({ parts: "a=last" })
  })

  it("is one for each item of a list", async () => {
    const s = fragile()
    const { ask } = aggregating(
      { aggregate: { a: { call: "s GET /:item", forEach: "body.ids", fallbackLast: "1m", fallback: "?" } } },
      { s: s.answer },
    )
    await ask({ method: "POST", body: '{"ids":[1,2]}' })
    s.down()
    expect(await ask({ method: "POST", body: '{"ids":[1,2,3]}' })).toMatchObject({
      text: '{"a":["/1","/2","?"]}',
      parts: "a=last*2+fallback*1",
    })
  })
})

describe("fallbackMock", () => {
  const down: Answer = () => Promise.reject(new GatewayError("unreachable", "No."))
  const mock: Answer = async ({ method, path, search, body }) => jsonReply([method, path + search, await textOf(body)])

  it("asks the mocks of the service the same", async () => {
    const { ask, called } = aggregating(
      { aggregate: { a: { call: "s PUT /x/:id?q=1", fallbackMock: true } } },
      { s: down },
      { mocks: { s: mock } },
    )
    expect(await ask({ method: "PUT", body: "[1]", params: { id: "7" } })).toMatchObject({
      body: { a: ["PUT", "/x/7?q=1", "[1]"] },
      parts: "a=mock",
      complete: "false",
    })
    expect(called()).toEqual(["s PUT /x/7?q=1", "fallback of s PUT /x/7?q=1"])
  })

  it("asks one mock file", async () => {
    const { ask, called } = aggregating(
      { aggregate: { a: { call: "s GET /x", fallbackMock: "mocks/a.json" } } },
      { s: answering(500) },
      { files: { "mocks/a.json": { json: 1 } } },
    )
    expect(await ask()).toMatchObject({ text: '{"a":1}', parts: "a=mock" })
    expect(called()[1]).toBe("mocks/a.json GET /x")
  })

  it("is nothing when there is no mock, or a bad one, and the log says so", async () => {
    for (const none of [
      answering(404),
      answering(200, "no JSON"),
      () => Promise.reject(new GatewayError("mock_not_found", "No mock answers.")),
    ]) {
      const { ask, logged } = aggregating(
        { aggregate: { a: { call: "s GET /", fallbackMock: true } } },
        { s: down },
        { mocks: { s: none } },
      )
      expect(await ask()).toMatchObject({ text: '{"a":null}', parts: "a=failed" })
      expect(logged).toMatchObject([
        { level: "warn", message: expect.stringContaining('The mock that stands in for part "a" gave nothing: ') },
      ])
    }
  })
})

describe("fallback", () => {
  const body = { reason: "gone" }
  const parts = (fallback: unknown) => ({
    aggregate: { b: "b GET /", a: { call: "s GET /", needs: ["b"], fallback } },
  })
  const services = { b: { json: 2 }, s: answering(410, body) }

  it("that is a function is told why, and everything else", async () => {
    const seen: unknown[] = []
    const fallback = async (...told: unknown[]): Promise<string> => {
      seen.push(...told.slice(0, 2), (told[2] as { params: object }).params, ...told.slice(3))
      return "made"
    }
    expect(await aggregating(parts(fallback), services).ask({ params: { x: "1" } })).toMatchObject({
      text: '{"b":2,"a":"made"}',
      parts: "b=200, a=fallback",
      complete: "false",
    })
    expect(seen).toEqual([
      { status: 410, code: "error_status", message: 'Part "a" answered 410.', body },
      { b: 2 },
      { x: "1" },
      undefined,
      undefined,
    ])
  })

  it("that is a function sees a body only where one can be read", async () => {
    for (const [answer, expected] of [
      [answering(500, ""), undefined],
      [answering(500, "<html>", { "content-type": "text/html" }), undefined],
      [answering(500, "a: 1", { "content-type": "application/yaml" }), { a: 1 }],
      [answering(302, body), undefined],
      [() => Promise.reject(new GatewayError("timeout", "Slow.")), undefined],
      [answering(500, `"${"x".repeat(70_000)}"`), undefined],
    ] as const) {
      const fallback = (error: { body?: unknown }): unknown => ({ has: "body" in error, body: error.body })
      const got = await aggregating(parts(fallback), { ...services, s: answer }).ask()
      expect((got.body as { a: unknown }).a).toEqual(
        expected === undefined ? { has: false } : { has: true, body: expected },
      )
    }
  })

  it("that throws, or gives nothing, leaves null, and the log says so", async () => {
    const throws = (): never => {
      throw new Error("x")
    }
    for (const [fallback, why] of [
      [throws, 'The function "fallback" of part "a" threw (exchange test-1).'],
      [() => undefined, 'The function "fallback" of part "a" gave undefined'],
    ] as const) {
      const { ask, logged } = aggregating(parts(fallback), services)
      expect(await ask()).toMatchObject({ text: '{"b":2,"a":null}', parts: "b=200, a=failed" })
      expect(logged[0]?.message).toContain(why)
    }
  })

  it("comes last: after the last good answer, and after the mocks", async () => {
    const s = fragile()
    const part = { call: "s GET /:id", fallbackLast: "1m", fallbackMock: true, fallback: "value" }
    let mock: Answer = { json: "mock" }
    const { ask } = aggregating(
      { aggregate: { a: part } },
      { s: s.answer },
      { mocks: { s: (asked) => (typeof mock === "function" ? mock(asked) : jsonReply(mock.json)) } },
    )
    await ask({ params: { id: "1" } })
    s.down()
    expect(await ask({ params: { id: "1" } })).toMatchObject({ text: '{"a":"/1"}', parts: "a=last" })
    expect(await ask({ params: { id: "2" } })).toMatchObject({ text: '{"a":"mock"}', parts: "a=mock" })
    mock = answering(500)
    expect(await ask({ params: { id: "2" } })).toMatchObject({ text: '{"a":"value"}', parts: "a=fallback" })
  })

  it("stands in also where no call could be made", async () => {
    const part = { call: "s GET /:b.id", fallbackLast: "1m", fallbackMock: true, fallback: "value" }
    const { ask } = aggregating({ aggregate: { b: "b GET /", a: part } }, services, { mocks: { s: { json: 1 } } })
    expect(await ask()).toMatchObject({ text: '{"b":2,"a":"value"}', parts: "b=200, a=fallback" })
  })
})
