import { describe, expect, it, vi } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import { jsonReply, type Reply } from "../../../src/core/reply.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { aggregate } from "../../../src/targets/aggregate.ts"
import { exchange, failureOf, streamOf, textOf, tools, valueOf } from "../../support/exchange.ts"
import { held, settle, setUp, status } from "../aggregated.ts"
import { built } from "../checked.ts"

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

  it("no path that parameters have made ambiguous, and by the canonical one", async () => {
    const services = { a: { json: 1 } }
    const { ask, calls } = setUp({ a: "a GET /files/.:name" }, services)
    expect(await failureOf(() => ask({ params: { name: "." } }))).toMatchObject({ code: "part_failed", status: 400 })
    expect(calls).toEqual([])
    await ask({ params: { name: "%41//b" } })
    expect(calls.map(({ exchange: { rawPath, path } }) => [rawPath, path])).toEqual([["/files/.%41//b", "/files/.A/b"]])
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
      accept: "application/json, */*;q=0.5",
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
    const [get, post, put] = calls.map((call) => call.exchange)
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

  it.each(["{", "x", '{"a":1}x', "a=1&b=2"])("nothing when the client's body %j is not JSON", async (body) => {
    const { ask, calls } = setUp({ a: "a POST /" }, { a: { json: 1 } })
    expect(await failureOf(() => ask({ method: "POST", body }))).toMatchObject({ code: "bad_request", status: 400 })
    expect(calls).toEqual([])
  })

  it("nothing when the client's body is nested too deeply to be sent on", async () => {
    const { ask, calls } = setUp({ a: "a POST /" }, { a: { json: 1 } })
    const body = "[".repeat(100_000) + "]".repeat(100_000)
    expect(await failureOf(() => ask({ method: "POST", body }))).toMatchObject({ code: "bad_request", status: 400 })
    expect(calls).toEqual([])
  })

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

describe("aggregate with a part that fails", () => {
  it.each([
    [500, 500],
    [503, 503],
    [404, 404],
    [401, 401],
    [599, 599],
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

  it("fails with 500 when a function of the config throws, and says what to the log only", async () => {
    const error = new TypeError("cart is undefined")
    const throws = (): never => {
      throw error
    }
    const body = setUp({ a: { call: "a POST /", body: throws } }, { a: { json: 1 } })
    expect(await failureOf(body.ask)).toMatchObject({
      code: "part_failed",
      status: 500,
      message: 'Part "a" failed: its function "body" threw.',
    })
    expect(body.logged).toEqual([
      { level: "error", message: 'The function "body" of part "a" threw (exchange test-1).', error },
    ])
    const response = setUp({ a: "a GET /" }, { a: { json: 1 } }, throws)
    expect(await failureOf(response.ask)).toMatchObject({
      code: "internal",
      status: 500,
      message: "The answer could not be made of its parts.",
    })
    expect(response.logged).toEqual([
      { level: "error", message: 'The function "response" threw (exchange test-1).', error },
    ])
  })

  it("ends the others that are declared later, and calls nobody after", async () => {
    const [slow, bad] = [held(), held()]
    const { ask, calls } = setUp(
      { bad: "bad GET /", slow: "slow GET /", after: { call: "pay POST /", needs: ["slow"] } },
      { slow: slow.answer, bad: bad.answer, pay: { json: "paid" } },
    )
    const failing = failureOf(ask)
    const asked = await slow.asked
    bad.fail(new GatewayError("unreachable", "No."))
    expect(await failing).toMatchObject({ message: 'Part "bad" failed: No.' })
    expect(asked.isOver).toBe(true)
    slow.reply("too late")
    await settle()
    expect(calls.map(({ to }) => to)).toEqual(["bad", "slow"])
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

  it("ends all parts when nobody waits for the answer any more, and takes no fallback for one", async () => {
    const slow = held()
    const given = tools({ services: { slow: slow.answer } })
    const asked = exchange()
    const failing = failureOf(() =>
      built(aggregate, { aggregate: { a: { call: "slow GET /", fallback: 1 } } }, given)(asked),
    )
    const part = await slow.asked
    asked.end(new GatewayError("client_gone", "The client went away."))
    expect(await failing).toMatchObject({ message: expect.stringContaining("The client went away.") })
    expect(part.isOver).toBe(true)
  })
})
