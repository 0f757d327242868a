import { describe, expect, it, vi } from "vitest"

import { waitingNow } from "../../../src/core/deadlines.ts"
import { GatewayError } from "../../../src/core/errors.ts"
import { jsonReply } from "../../../src/core/reply.ts"
import { exchange } from "../../support/exchange.ts"
import { held, settle } from "../aggregated.ts"
import { answering, errorsOf } from "./aggregating.ts"
import { linesOf, streaming } from "./streaming.ts"

const both = { cart: "cart GET /", user: "user GET /" }
const gone = (): GatewayError => new GatewayError("client_gone", "The client went away.")
const down = (): GatewayError => new GatewayError("unreachable", "No.")

describe("a streamed aggregate", () => {
  it("answers with the status of a required part that fails first", async () => {
    const user = held()
    const { ask } = streaming({ aggregate: both }, { cart: answering(404), user: user.answer })
    const got = await ask()
    expect([got.status, got.headers["content-type"]]).toEqual([404, "application/problem+json"])
    expect(errorsOf(got)).toMatchObject([{ part: "cart", status: 404 }])
    expect((await user.asked).isOver).toBe(true)
  })

  it("does so too when nothing but skipped parts came before", async () => {
    const cart = held()
    const { ask } = streaming(
      {
        aggregate: {
          none: { call: "cart GET /", when: () => false },
          hidden: { call: "user GET /", as: false },
          cart: "cart GET /",
        },
      },
      { cart: cart.answer, user: { json: 1 } },
    )
    const got = ask()
    await settle()
    cart.fail(down())
    expect(await got).toMatchObject({ status: 502 })
  })

  it("begins when an optional part fails", async () => {
    const user = held()
    const { begin } = streaming(
      { aggregate: { cart: { call: "cart GET /", required: false }, user: "user GET /" } },
      { cart: answering(500), user: user.answer },
    )
    const { next, rest } = await begin()
    expect(await next()).toBe('{"part":"cart","status":"failed","value":null}\n')
    user.reply(1)
    expect(linesOf(await rest())).toMatchObject([{ part: "user" }, { complete: false }])
  })

  it("ends with the problem when a required part fails later, and the rest is cancelled", async () => {
    const [cart, slow] = [held(), held()]
    const { begin } = streaming(
      { aggregate: { user: "user GET /", cart: "cart GET /", slow: { call: "slow GET /", required: false } } },
      { user: { json: 1 }, cart: cart.answer, slow: slow.answer },
    )
    const { status, next, rest } = await begin()
    expect([status, await next()]).toEqual([200, '{"part":"user","status":200,"value":1}\n'])
    cart.fail(down())
    expect(linesOf(await rest())).toMatchObject([
      {
        error: {
          type: "urn:bellhop:part_failed",
          status: 502,
          exchange: "test-1",
          errors: [{ part: "cart", status: 502, code: "unreachable" }],
        },
      },
    ])
    expect((await slow.asked).isOver).toBe(true)
  })

  it.each([
    ["sse", /^event: problem\nid: end\ndata: \{"error":\{.+\}\}\n\n$/],
    ["multipart", /^\r\ncontent-type: application\/json\r\n\r\n\{"error":\{.+\}\}\r\n--[\w-]{36}--\r\n$/],
  ])("says so in the words of %s", async (stream, last) => {
    const cart = held()
    const { begin } = streaming({ aggregate: both, stream }, { user: { json: 1 }, cart: cart.answer })
    const { next, rest } = await begin()
    await next()
    cart.fail(down())
    expect(await rest()).toMatch(last)
  })

  it("undoes what was done before it says so", async () => {
    const pay = held()
    const undone = held()
    const { begin, called } = streaming(
      {
        aggregate: {
          reserve: { call: "stock POST /", compensate: "stock DELETE /:reserve.id" },
          charge: { call: "pay POST /", needs: ["reserve"] },
        },
      },
      { stock: (asked) => (asked.method === "DELETE" ? undone.answer(asked) : jsonReply({ id: 7 })), pay: pay.answer },
    )
    const { next, rest } = await begin({ method: "POST" })
    expect(linesOf((await next()) ?? "")).toMatchObject([{ part: "reserve", value: { id: 7 } }])
    pay.fail(down())
    await undone.asked
    undone.reply({})
    expect(linesOf(await rest())).toMatchObject([
      { error: { errors: [{ part: "charge" }], compensations: [{ part: "reserve", status: 200 }] } },
    ])
    expect(called()).toEqual(["stock POST /", "pay POST /", "stock DELETE /7"])
  })

  it("fails with a part whose own function throws, or makes something that cannot be sent", async () => {
    for (const [map, code] of [
      [() => JSON.parse("{"), "part_failed"],
      [() => 1n, "internal"],
    ] as const) {
      const slow = held()
      const { begin, called } = streaming(
        {
          aggregate: {
            charge: { call: "pay POST /", early: true, compensate: "pay DELETE /" },
            bad: { call: "cart GET /", needs: ["charge"], map },
            slow: { call: "slow GET /" },
          },
        },
        { pay: { json: 1 }, cart: { json: 1 }, slow: slow.answer },
      )
      const { rest } = await begin({ method: "POST" })
      expect(linesOf(await rest())).toMatchObject([{ part: "charge" }, { error: { code, status: 500 } }])
      expect((await slow.asked).isOver).toBe(true)
      expect(called().at(-1)).toBe("pay DELETE /")
    }
  })

  it("has as long for all parts as one answer would have, and ends with a problem then", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] })
    const slow = held()
    const { begin } = streaming({ aggregate: both }, { cart: { json: 1 }, user: slow.answer })
    const one = exchange()
    one.limit(10_000)
    const { next, rest } = await begin(one)
    // As whoever listens does when the answer is there.
    one.settled()
    expect(await next()).toContain('"cart"')
    const asked = await slow.asked
    vi.advanceTimersByTime(9_900)
    expect(asked.isOver).toBe(false)
    vi.advanceTimersByTime(200)
    expect(linesOf(await rest())).toMatchObject([{ error: { code: "timeout", status: 504 } }])
    expect(asked.isOver).toBe(true)
    // The sweeper looks once more after the last one left, and stops.
    vi.advanceTimersByTime(100)
    expect([waitingNow(), vi.getTimerCount()]).toEqual([0, 0])
    vi.useRealTimers()
  })
})

describe("the client of a streamed aggregate", () => {
  it("ends everything when it leaves", async () => {
    const slow = held()
    const { begin } = streaming({ aggregate: both }, { cart: { json: 1 }, user: slow.answer })
    const { next, leave } = await begin()
    await next()
    const asked = await slow.asked
    await leave()
    expect(asked.isOver).toBe(true)
    expect(waitingNow()).toBe(0)
  })

  it("ends everything when it leaves before the first part is there", async () => {
    const slow = held()
    const { handle } = streaming({ aggregate: { user: "user GET /" } }, { user: slow.answer })
    const one = exchange()
    const answer = handle(one).catch((error: unknown) => error)
    const asked = await slow.asked
    one.end(gone())
    expect(await answer).toMatchObject({ code: "client_gone" })
    expect(asked.isOver).toBe(true)
  })

  const order = {
    reserve: { call: "stock POST /", compensate: "stock DELETE /" },
    charge: { call: "pay POST /", needs: ["reserve"] },
    receipt: "receipts GET /:charge.id",
  }

  it("does not keep from being finished what was begun that changes something, and is not left behind before", async () => {
    const pay = held()
    const { begin, called } = streaming(
      { aggregate: order },
      { stock: { json: 1 }, pay: pay.answer, receipts: { json: 1 } },
    )
    const { next, leave } = await begin({ method: "POST" })
    await next()
    const asked = await pay.asked
    let over = false
    const left = leave().then(() => (over = true))
    await settle()
    expect([asked.isOver, over]).toEqual([false, false])
    pay.reply({ id: 2 })
    await left
    expect(called()).toEqual(["stock POST /", "pay POST /", "receipts GET /2"])
  })

  it("has undone what was done when the config says so", async () => {
    const pay = held()
    const { begin, called } = streaming(
      { aggregate: order, onAbort: "cancel" },
      { stock: { json: 1 }, pay: pay.answer, receipts: { json: 1 } },
    )
    const { next, leave } = await begin({ method: "POST" })
    await next()
    const asked = await pay.asked
    await leave()
    expect(asked.isOver).toBe(true)
    expect(called()).toEqual(["stock POST /", "pay POST /", "stock DELETE /"])
  })

  it("holds up nothing by reading slowly", async () => {
    const { begin, called } = streaming(
      { aggregate: { a: "up GET /a", b: "up GET /b?of=:a", c: "up GET /c?of=:b" } },
      { up: { json: "x" } },
    )
    const { next } = await begin()
    await settle()
    expect(called()).toHaveLength(3)
    // All that came meanwhile comes at once.
    expect(linesOf((await next()) ?? "")).toMatchObject([
      { part: "a" },
      { part: "b" },
      { part: "c" },
      { complete: true },
    ])
    expect(await next()).toBeUndefined()
  })
})
