import { afterEach, describe, expect, it, vi } from "vitest"

import { GatewayError } from "../../src/core/errors.ts"
import type { Exchange } from "../../src/core/exchange.ts"
import { jsonReply, type Reply } from "../../src/core/reply.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { aggregate } from "../../src/targets/aggregate.ts"
import { type Answer, type Asked, exchange, failureOf, streamOf, textOf, tools, valueOf } from "../support/exchange.ts"
import { built } from "./checked.ts"

/** A service that answers when the test says so. */
function held(): { answer: Answer; asked: Promise<Exchange>; reply(value: unknown): void; fail(error: Error): void } {
  const waiting = Promise.withResolvers<Reply>()
  const asked = Promise.withResolvers<Exchange>()
  return {
    answer: (given) => {
      asked.resolve(given)
      return waiting.promise
    },
    asked: asked.promise,
    reply: (value) => waiting.resolve(jsonReply(value)),
    fail: waiting.reject,
  }
}

/** Lets everything happen that waits for nothing but its turn. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function setUp(parts: object, services: Record<string, Answer>, response?: unknown) {
  const given = tools({ services })
  const handle = built(aggregate, { aggregate: parts, ...(response ? { response } : {}) }, given)
  return { calls: given.calls, ask: async (asked: Asked = {}) => handle(exchange(asked)) }
}

const status = (code: number, body = "{}"): Answer => () => ({ status: code, headers: new HeaderList(), body })

describe("aggregate", () => {
  it("puts the answers together by part name", async () => {
    const { ask } = setUp({ cart: "cart GET /cart", user: "user GET /user" }, { cart: { json: [1] }, user: { json: null } })
    const reply = await ask()
    expect([reply.status, reply.headers.get("content-type")]).toEqual([200, "application/json"])
    expect(await valueOf(reply)).toEqual({ cart: [1], user: null })
  })

  it("has declared order, never arrival order", async () => {
    const services = { a: held(), b: held(), c: held() }
    const { ask } = setUp(
      { a: "a GET /", b: "b GET /", c: "c GET /" },
      { a: services.a.answer, b: services.b.answer, c: services.c.answer },
    )
    const reply = ask()
    for (const name of ["c", "a", "b"] as const) {
      services[name].reply(name)
      await settle()
    }
    expect(await textOf((await reply).body)).toBe('{"a":"a","b":"b","c":"c"}')
  })

  it("asks for the same services at the same time", async () => {
    const [one, two] = [held(), held()]
    const { ask } = setUp({ one: "one GET /", two: "two GET /" }, { one: one.answer, two: two.answer })
    const reply = ask()
    await Promise.all([one.asked, two.asked])
    one.reply(1)
    two.reply(2)
    expect(await valueOf(await reply)).toEqual({ one: 1, two: 2 })
  })

  it.each(["__proto__", "constructor", "toString"])("takes %j for the name of a part like any other", async (name) => {
    const parts = JSON.parse(`{"${name}":"cart GET /cart","other":"cart GET /cart"}`) as object
    const { ask } = setUp(parts, { cart: { json: 1 } })
    expect(await textOf((await ask()).body)).toBe(`{"${name}":1,"other":1}`)
  })

  it("answers null for a part without content", async () => {
    const { ask } = setUp({ a: "a GET /" }, { a: status(204, "") })
    expect(await valueOf(await ask())).toEqual({ a: null })
  })
})

describe("aggregate calls", () => {
  it("its services with the method, path and query of the part", async () => {
    const { ask, calls } = setUp(
      { a: "a GET /v2/users/:id?full=:id&x=1", b: "b DELETE /files/*" },
      { a: { json: 1 }, b: { json: 2 } },
    )
    await ask({ path: "/from?q=1", params: { id: "a%2Fb&c", "*": "x/y" } })
    expect(calls.map(({ exchange: { method, rawPath, path, search } }) => [method, rawPath, path, search])).toEqual([
      ["GET", "/v2/users/a%2Fb&c", "/v2/users/a%2Fb&c", "?full=a%2Fb%26c&x=1"],
      ["DELETE", "/files/x/y", "/files/x/y", ""],
    ])
  })

  it("on behalf of the client: its id, its credentials, and nothing that speaks of its own body", async () => {
    const { ask, calls } = setUp({ a: "a GET /" }, { a: { json: 1 } })
    const headers = {
      authorization: "Bearer x",
      cookie: "a=b",
      accept: "text/html",
      "accept-encoding": "br",
      "content-type": "text/plain",
      "content-length": "5",
      "content-encoding": "gzip",
      "if-none-match": '"x"',
      range: "bytes=0-1",
      expect: "100-continue",
    }
    await ask({ id: "id-7", client: "192.0.2.1", headers })
    const asked = calls[0]?.exchange
    expect([asked?.id, asked?.client, asked?.body]).toEqual(["id-7", "192.0.2.1", null])
    expect(Object.fromEntries(asked?.headers ?? [])).toEqual({
      authorization: "Bearer x",
      cookie: "a=b",
      accept: "application/json",
    })
  })

  it("with headers of their own: one part cannot change those of another", async () => {
    const { ask, calls } = setUp(
      { a: "a GET /", b: "b GET /" },
      {
        a: (asked) => {
          asked.headers.set("authorization", "changed")
          return jsonReply(1)
        },
        b: { json: 2 },
      },
    )
    await ask({ headers: { authorization: "Bearer x" } })
    expect(calls[1]?.exchange.headers.get("authorization")).toBe("Bearer x")
  })

  it("with the client's JSON where the method carries a body, and without where not", async () => {
    const { ask, calls } = setUp(
      { a: "a POST /", b: "b GET /", c: "c PUT /" },
      { a: { json: 1 }, b: { json: 2 }, c: { json: 3 } },
    )
    await ask({ method: "POST", body: ' { "é" : 1 } ' })
    const [post, get, put] = calls.map((call) => call.exchange)
    expect([await textOf(post?.body), get?.body, await textOf(put?.body)]).toEqual(['{"é":1}', null, '{"é":1}'])
    expect([post?.headers.get("content-type"), post?.headers.get("content-length")]).toEqual(["application/json", "8"])
    expect(get?.headers.has("content-length")).toBe(false)
  })

  it("without a body where the client sent none", async () => {
    const { ask, calls } = setUp({ a: "a POST /" }, { a: { json: 1 } })
    await ask({ method: "POST" })
    await ask({ method: "POST", body: streamOf() })
    expect(calls.map((call) => call.exchange.body)).toEqual([null, null])
  })

  it.each(["{", "", "x", '{"a":1}x', "\ufeff", "%zz"].slice(0, 1).concat(["x", '{"a":1}x']))(
    "nothing when the client's body %j is not JSON",
    async (body) => {
      const { ask, calls } = setUp({ a: "a POST /" }, { a: { json: 1 } })
      expect(await failureOf(() => ask({ method: "POST", body }))).toMatchObject({ code: "bad_request", status: 400 })
      expect(calls).toEqual([])
    },
  )

  it("nothing when the client's body is broken UTF-8 or larger than 10 MB", async () => {
    const { ask, calls } = setUp({ a: "a POST /" }, { a: { json: 1 } })
    const bytes = (chunk: Uint8Array, times = 1): ReadableStream<Uint8Array> => {
      let left = times
      return new ReadableStream({
        pull: (controller) => (left-- > 0 ? controller.enqueue(chunk) : controller.close()),
      })
    }
    const broken = bytes(new Uint8Array([0x22, 0xff, 0x22]))
    expect(await failureOf(() => ask({ method: "POST", body: broken }))).toMatchObject({ code: "bad_request" })
    const large = bytes(new Uint8Array(1024 * 1024).fill(0x20), 11)
    expect(await failureOf(() => ask({ method: "POST", body: large }))).toMatchObject({ code: "body_too_large" })
    expect(calls).toEqual([])
  })

  it("leaves a client's body alone that nothing makes use of", async () => {
    const { ask } = setUp({ a: "a GET /" }, { a: { json: 1 } })
    expect(await valueOf(await ask({ method: "POST", body: "not JSON" }))).toEqual({ a: 1 })
    const one = setUp({ a: "a GET /" }, { a: { json: 1 } }, ({ a }: { a: number }) => a + 1)
    expect(await valueOf(await one.ask({ method: "POST", body: "not JSON" }))).toBe(2)
  })
})

describe("aggregate with needs", () => {
  it("calls a part when the answers are there that it needs", async () => {
    const [a, b] = [held(), held()]
    const { ask, calls } = setUp(
      { c: { call: "c GET /", needs: ["a", "b"] }, a: "a GET /", b: "b GET /", d: { call: "d GET /", needs: ["a"] } },
      { a: a.answer, b: b.answer, c: { json: 3 }, d: { json: 4 } },
    )
    const reply = ask()
    await settle()
    expect(calls.map(({ to }) => to)).toEqual(["a", "b"])
    a.reply(1)
    await settle()
    expect(calls.map(({ to }) => to)).toEqual(["a", "b", "d"])
    b.reply(2)
    expect(await textOf((await reply).body)).toBe('{"c":3,"a":1,"b":2,"d":4}')
  })

  it("calls each part of a diamond once", async () => {
    const { ask, calls } = setUp(
      {
        bottom: { call: "s GET /bottom", needs: ["left", "right"] },
        left: { call: "s GET /left", needs: ["top"] },
        right: { call: "s GET /right", needs: ["top"] },
        top: "s GET /top",
      },
      { s: (asked) => jsonReply(asked.path) },
    )
    expect(await valueOf(await ask())).toEqual({ bottom: "/bottom", left: "/left", right: "/right", top: "/top" })
    expect(calls.map(({ exchange: { path } }) => path)).toEqual(["/top", "/left", "/right", "/bottom"])
  })

  it("makes a body of the answers that the part needs", async () => {
    const { ask, calls } = setUp(
      {
        cart: "cart GET /cart",
        charge: {
          call: "pay POST /charge",
          needs: ["cart"],
          body: ({ cart }: { cart: { total: number } }, request: { body: unknown; params: object; query: URLSearchParams }) => ({
            amount: cart.total,
            card: request.body,
            id: request.params,
            q: request.query.get("q"),
          }),
        },
      },
      { cart: { json: { total: 7 } }, pay: { json: "paid" } },
    )
    await ask({ method: "POST", path: "/?q=x%20y", params: { id: "a%20b" }, body: '"4111"' })
    expect(JSON.parse(await textOf(calls[1]?.exchange.body))).toEqual({
      amount: 7,
      card: "4111",
      id: { id: "a b" },
      q: "x y",
    })
  })

  it("gives a body function what its part needs, near and far, in declared order, and nothing that came by chance", async () => {
    const seen: unknown[] = []
    const services = { a: held(), b: held() }
    const { ask } = setUp(
      {
        last: { call: "s POST /", needs: ["b"], body: (parts: object) => void seen.push(Object.keys(parts)) },
        a: "a GET /",
        b: { call: "b GET /", needs: ["c"] },
        c: "s GET /",
        none: { call: "s POST /", body: (parts: object) => void seen.push(Object.keys(parts)) },
      },
      { a: services.a.answer, b: services.b.answer, s: { json: 1 } },
    )
    const reply = ask()
    services.a.reply("by chance")
    await settle()
    services.b.reply(2)
    await reply
    expect(seen).toEqual([[], ["b", "c"]])
  })

  it("sends no body where the function gives undefined, and waits for one that comes later", async () => {
    const { ask, calls } = setUp(
      { a: { call: "s POST /a", body: () => undefined }, b: { call: "s POST /b", body: async () => [1] } },
      { s: { json: 1 } },
    )
    await ask({ method: "POST", body: '"client"' })
    const bodies = new Map(calls.map((call) => [call.exchange.path, call.exchange.body]))
    expect(bodies.get("/a")).toBeNull()
    expect(await textOf(bodies.get("/b"))).toBe("[1]")
  })
})

describe("aggregate with a part that fails", () => {
  it.each([
    [500, 502],
    [503, 502],
    [404, 404],
    [401, 401],
    [302, 502],
    [304, 502],
  ])("fails on the status %i with %i, and the name of the part", async (answered, expected) => {
    const { ask } = setUp({ ok: "ok GET /", bad: "bad GET /" }, { ok: { json: 1 }, bad: status(answered, "") })
    expect(await failureOf(ask)).toMatchObject({
      code: "part_failed",
      status: expected,
      message: `Part "bad" answered ${answered}.`,
    })
  })

  it.each(["<html>", "{", "{} {}", "\u0000"])("fails on the answer %j, which is no JSON", async (body) => {
    const { ask } = setUp({ bad: "bad GET /" }, { bad: status(200, body) })
    expect(await failureOf(ask)).toMatchObject({
      code: "part_failed",
      status: 502,
      message: 'Part "bad" did not answer with JSON.',
    })
  })

  it("fails on an answer larger than 10 MB, and stops reading it", async () => {
    const cancel = vi.fn()
    const endless = (): Reply => ({
      status: 200,
      headers: new HeaderList(),
      body: new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1024 * 1024)), cancel }),
    })
    const { ask } = setUp({ bad: "bad GET /" }, { bad: endless })
    expect(await failureOf(ask)).toMatchObject({
      code: "part_failed",
      status: 502,
      message: 'Part "bad" answered more than 10485760 bytes.',
    })
    expect(cancel).toHaveBeenCalledTimes(1)
  })

  it("says what the service failed of, with the name of the part", async () => {
    const cause = new GatewayError("unreachable", 'Cannot reach service "bad".')
    const { ask } = setUp({ bad: "bad GET /" }, { bad: async () => Promise.reject(cause) })
    expect(await failureOf(ask)).toMatchObject({
      code: "part_failed",
      status: 502,
      message: 'Part "bad" failed: Cannot reach service "bad".',
      cause,
    })
  })

  it("fails with what a function of the config throws", async () => {
    const error = new TypeError("cart is undefined")
    const throws = (): never => {
      throw error
    }
    expect(await failureOf(setUp({ a: { call: "a POST /", body: throws } }, { a: { json: 1 } }).ask)).toBe(error)
    expect(await failureOf(setUp({ a: "a GET /" }, { a: { json: 1 } }, throws).ask)).toBe(error)
  })

  it("ends the others, and calls nobody after", async () => {
    const [slow, bad] = [held(), held()]
    const { ask, calls } = setUp(
      { slow: "slow GET /", bad: "bad GET /", after: { call: "pay POST /", needs: ["slow"] } },
      { slow: slow.answer, bad: bad.answer, pay: { json: "paid" } },
    )
    const failing = failureOf(ask)
    const asked = await slow.asked
    bad.fail(new GatewayError("unreachable", "No."))
    expect(await failing).toMatchObject({ message: 'Part "bad" failed: No.' })
    expect(asked.isOver).toBe(true)
    slow.reply("too late")
    await settle()
    expect(calls.map(({ to }) => to)).toEqual(["slow", "bad"])
  })

  it("calls nobody after, also where what they need has a fallback", async () => {
    const [slow, bad] = [held(), held()]
    const { ask, calls } = setUp(
      { slow: { call: "slow GET /", fallback: {} }, bad: "bad GET /", after: { call: "pay POST /", needs: ["slow"] } },
      { slow: slow.answer, bad: bad.answer, pay: { json: "paid" } },
    )
    const failing = failureOf(ask)
    await slow.asked
    bad.fail(new GatewayError("unreachable", "No."))
    await failing
    await settle()
    expect(calls.map(({ to }) => to)).toEqual(["slow", "bad"])
  })

  it("calls nobody after, also where the body of the call was being made meanwhile", async () => {
    const bad = held()
    const making = Promise.withResolvers<string>()
    const { ask, calls } = setUp(
      { bad: "bad GET /", pay: { call: "pay POST /", body: () => making.promise } },
      { bad: bad.answer, pay: { json: "paid" } },
    )
    const failing = failureOf(ask)
    await bad.asked
    bad.fail(new GatewayError("unreachable", "No."))
    await failing
    making.resolve("made")
    await settle()
    expect(calls.map(({ to }) => to)).toEqual(["bad"])
  })

  it("fails with the first failure, not with those that come of it", async () => {
    const [one, two] = [held(), held()]
    const { ask } = setUp(
      { one: "one GET /", two: "two GET /", three: { call: "one GET /", needs: ["two"] } },
      { one: one.answer, two: two.answer },
    )
    const failing = failureOf(ask)
    await Promise.all([one.asked, two.asked])
    two.fail(new GatewayError("unreachable", "first"))
    one.fail(new GatewayError("unreachable", "second"))
    expect(await failing).toMatchObject({ message: 'Part "two" failed: first' })
  })

  it("ends all parts when nobody waits for the answer any more, and takes no fallback for one", async () => {
    const slow = held()
    const given = tools({ services: { slow: slow.answer } })
    const asked = exchange()
    const failing = failureOf(() => built(aggregate, { aggregate: { a: { call: "slow GET /", fallback: 1 } } }, given)(asked))
    const part = await slow.asked
    asked.end(new GatewayError("client_gone", "The client went away."))
    expect(await failing).toMatchObject({ message: expect.stringContaining("The client went away.") })
    expect(part.isOver).toBe(true)
  })
})

describe("aggregate with parts that may fail", () => {
  const failing = async (): Promise<Reply> => Promise.reject(new GatewayError("unreachable", "No."))

  it.each([
    [{ fallback: { name: "guest" } }, { name: "guest" }],
    [{ fallback: null }, null],
    [{ fallback: 0 }, 0],
    [{ fallback: "" }, ""],
    [{ fallback: false }, false],
    [{ required: false }, null],
    [{ required: true, fallback: [] }, []],
    [{ required: false, fallback: 1 }, 1],
  ])("%j: %j stands in", async (options, expected) => {
    const { ask } = setUp({ ok: "ok GET /", bad: { call: "bad GET /", ...options } }, { ok: { json: 1 }, bad: failing })
    expect(await valueOf(await ask())).toEqual({ ok: 1, bad: expected })
  })

  it("gives the fallback to those who need the part", async () => {
    const { ask, calls } = setUp(
      {
        user: { call: "bad GET /", fallback: { name: "guest" } },
        greet: { call: "ok POST /", needs: ["user"], body: ({ user }: { user: { name: string } }) => user.name },
      },
      { bad: failing, ok: { json: "hello" } },
    )
    await ask()
    expect(await textOf(calls[1]?.exchange.body)).toBe('"guest"')
  })

  it("leaves the others running", async () => {
    const slow = held()
    const { ask } = setUp({ bad: { call: "bad GET /", required: false }, slow: "slow GET /" }, { bad: failing, slow: slow.answer })
    const reply = ask()
    const asked = await slow.asked
    await settle()
    expect(asked.isOver).toBe(false)
    slow.reply(2)
    expect(await valueOf(await reply)).toEqual({ bad: null, slow: 2 })
  })
})

describe("aggregate with a timeout for a part", () => {
  afterEach(() => {
    // The timer of all exchanges has to stop by itself: the next test begins without one.
    vi.advanceTimersByTime(100)
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  it("fails, with the name of the part", async () => {
    vi.useFakeTimers()
    const slow = held()
    const { ask } = setUp({ slow: { call: "slow GET /", timeout: "1s" } }, { slow: slow.answer })
    const failing = failureOf(ask)
    const asked = await slow.asked
    vi.advanceTimersByTime(1100)
    expect(await failing).toMatchObject({
      code: "part_failed",
      status: 504,
      message: 'Part "slow" failed: No answer within 1s.',
    })
    expect(asked.isOver).toBe(true)
  })

  it("takes the fallback, and the others go on", async () => {
    vi.useFakeTimers()
    const [slow, fine] = [held(), held()]
    const { ask } = setUp(
      { slow: { call: "slow GET /", timeout: "1s", fallback: "stale" }, fine: { call: "fine GET /", timeout: "2s" } },
      { slow: slow.answer, fine: fine.answer },
    )
    const reply = ask()
    const others = await fine.asked
    vi.advanceTimersByTime(1100)
    expect(others.isOver).toBe(false)
    fine.reply(2)
    expect(await valueOf(await reply)).toEqual({ slow: "stale", fine: 2 })
  })

  it("counts the body of the answer, not only its beginning", async () => {
    vi.useFakeTimers()
    const began = Promise.withResolvers<void>()
    const stuck = (): Reply => {
      began.resolve()
      return { status: 200, headers: new HeaderList(), body: new ReadableStream() }
    }
    const { ask } = setUp({ a: { call: "a GET /", timeout: "1s", fallback: "stale" } }, { a: stuck })
    const reply = ask()
    await began.promise
    vi.advanceTimersByTime(1100)
    expect(await valueOf(await reply)).toEqual({ a: "stale" })
  })
})

describe("aggregate with a response", () => {
  const parts = { a: "a GET /", b: "b GET /" }
  const services: Record<string, Answer> = { a: { json: 1 }, b: { json: 2 } }

  it("answers with the value that it makes", async () => {
    const { ask } = setUp(parts, services, async (answers: { a: number; b: number }) => ({ sum: answers.a + answers.b }))
    expect(await valueOf(await ask())).toEqual({ sum: 3 })
  })

  it("answers with the Response that it makes", async () => {
    const { ask } = setUp(parts, services, () => new Response("<p>", { status: 201, headers: { "content-type": "text/html" } }))
    const reply = await ask()
    expect([reply.status, reply.headers.get("content-type"), await textOf(reply.body)]).toEqual([201, "text/html", "<p>"])
  })

  it.each([undefined, null])("answers with null for %s", async (nothing) => {
    expect(await textOf((await setUp(parts, services, () => nothing).ask()).body)).toBe("null")
  })

  it("tells it the request, with the client's body", async () => {
    const { ask } = setUp(parts, services, (_: unknown, request: { body: unknown; headers: Headers }) => [
      request.body,
      request.headers.get("x-a"),
    ])
    expect(await valueOf(await ask({ method: "POST", body: "[1]", headers: { "x-a": "2" } }))).toEqual([[1], "2"])
  })

  it("has no trouble with a parameter that is no escaped text", async () => {
    const { ask } = setUp(parts, services, (_: unknown, request: { params: object }) => request.params)
    expect(await valueOf(await ask({ params: { id: "%zz" } }))).toEqual({ id: "%zz" })
  })
})
