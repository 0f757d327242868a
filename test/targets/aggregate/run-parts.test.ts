import { describe, expect, it } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import { jsonReply } from "../../../src/core/reply.ts"
import { exchange } from "../../support/exchange.ts"
import { held, settle } from "../aggregated.ts"
import { aggregating, answering, errorsOf } from "./aggregating.ts"

const down = () => Promise.reject(new GatewayError("unreachable", "No."))

describe("parts that change something", () => {
  it("are called when all required parts are there that change nothing, and not before", async () => {
    const [cart, user, offers] = [held(), held(), held()]
    const { ask, called } = aggregating(
      {
        aggregate: {
          charge: { call: "pay POST /charge", needs: ["cart"] },
          cart: "cart GET /",
          user: "user GET /",
          offers: { call: "offers GET /", required: false },
          receipt: { call: "pay GET /receipts/:charge.id" },
        },
      },
      { cart: cart.answer, user: user.answer, offers: offers.answer, pay: { json: { id: 7 } } },
    )
    const got = ask({ method: "POST" })
    await settle()
    expect(called()).toEqual(["cart GET /", "user GET /", "offers GET /"])
    cart.reply(1)
    await settle()
    expect(called()).toHaveLength(3)
    user.reply(2)
    await settle()
    expect(called().slice(3)).toEqual(["pay POST /charge", "pay GET /receipts/7"])
    offers.reply(3)
    expect((await got).text).toBe('{"charge":{"id":7},"cart":1,"user":2,"offers":3,"receipt":{"id":7}}')
  })

  it("are not called when such a part fails", async () => {
    const { ask, called } = aggregating(
      { aggregate: { charge: "pay POST /charge", user: "user GET /" } },
      { user: down, pay: { json: 1 } },
    )
    expect((await ask({ method: "POST" })).status).toBe(502)
    expect(called()).toEqual(["user GET /"])
  })

  it("wait for nothing but their needs when they are early", async () => {
    const user = held()
    const { ask, called } = aggregating(
      { aggregate: { log: { call: "log POST /", early: true }, user: "user GET /" } },
      { user: user.answer, log: { json: 1 } },
    )
    const got = ask({ method: "POST" })
    await settle()
    expect(called()).toEqual(["log POST /", "user GET /"])
    user.reply(1)
    expect((await got).status).toBe(200)
  })

  it.each(["POST", "PUT", "PATCH", "DELETE"])("are those with %s", async (method) => {
    const cart = held()
    const { ask, called } = aggregating(
      { aggregate: { a: `a ${method} /`, cart: "cart GET /" } },
      { a: { json: 1 }, cart: cart.answer },
    )
    const got = ask({ method: "POST" })
    await settle()
    expect(called()).toEqual(["cart GET /"])
    cart.reply(1)
    await got
    expect(called()[1]).toBe(`a ${method} /`)
  })

  it.each(["GET", "HEAD", "OPTIONS"])("are not those with %s", async (method) => {
    const cart = held()
    const { ask, called } = aggregating(
      { aggregate: { a: `a ${method} /`, cart: "cart GET /" } },
      { a: { json: 1 }, cart: cart.answer },
    )
    const got = ask({ method: "POST" })
    await settle()
    expect(called()).toEqual([`a ${method} /`, "cart GET /"])
    cart.reply(1)
    await got
  })
})

describe("a part with a request function", () => {
  const parts = (request: unknown) => ({
    aggregate: { next: { service: "next", needs: ["cart"], request }, cart: "cart GET /cart" },
  })
  const services = { cart: { json: { id: "a/b", total: 3 } }, next: { json: "done" } }

  it("calls what the function makes of the answers and the request", async () => {
    const { ask, calls } = aggregating(
      parts(({ cart }: { cart: { id: string; total: number } }, request: { query: URLSearchParams }) => ({
        method: "PUT",
        path: `/carts/${encodeURIComponent(cart.id)}/ü`,
        query: { q: request.query.get("q"), total: cart.total, none: undefined, list: ["a&b", true] },
        headers: { "X-Own": "1", authorization: "Bearer own", none: undefined },
        body: { total: cart.total },
      })),
      services,
    )
    expect(await ask({ path: "/?q=x", headers: { authorization: "Bearer client" } })).toMatchObject({
      status: 200,
      body: { next: "done", cart: { id: "a/b", total: 3 } },
    })
    const asked = calls[1]?.exchange
    expect([asked?.method, asked?.rawPath, asked?.search]).toEqual([
      "PUT",
      "/carts/a%2Fb/%C3%BC",
      "?q=x&total=3&list=a%26b&list=true",
    ])
    expect(Object.fromEntries(asked?.headers ?? [])).toMatchObject({
      "x-own": "1",
      authorization: "Bearer own",
      "content-type": "application/json",
      "content-length": "11",
    })
  })

  it("asks with GET where it gives no body, and with POST where it does", async () => {
    for (const [body, method] of [
      [undefined, "GET"],
      [1, "POST"],
    ]) {
      const { ask, calls } = aggregating(
        parts(() => ({ path: "/", body })),
        services,
      )
      await ask()
      expect(calls[1]?.exchange.method).toBe(method)
    }
  })

  it.each([
    ["nothing", undefined, "gave undefined: it has to give an object"],
    ["a text", "/path", 'gave "/path": it has to give an object'],
    ["no path", {}, "gave the path undefined: it has to begin with a slash"],
    ["a path without a slash", { path: "a" }, 'gave the path "a": it has to begin with a slash'],
    ["a query in the path", { path: "/a?b=1" }, 'gave the path "/a?b=1"'],
    ["another method", { path: "/", method: "TRACE" }, 'gave the method "TRACE"'],
    ["another option", { path: "/", timeout: 1 }, 'gave "timeout", which is no part of a request'],
    ["a query that is none", { path: "/", query: "a=1" }, 'gave the query "a=1"'],
    ["an object in the query", { path: "/", query: { a: { b: 1 } } }, "gave an object in the query"],
    ["headers that are none", { path: "/", headers: [] }, "gave the headers a list"],
    ["a header with a line break", { path: "/", headers: { "x-a": "a\r\nb: c" } }, 'gave the header "x-a"'],
    ["a header of the gateway's own", { path: "/", headers: { Host: "x" } }, 'gave the header "host"'],
    ["a body that is no JSON", { path: "/", body: () => 1 }, "gave a function, which is no JSON value"],
  ])("fails when it gives %s, and the log says why", async (_, made, why) => {
    const { ask, called, logged } = aggregating(
      parts(() => made),
      services,
    )
    const got = await ask()
    expect([got.status, errorsOf(got)]).toMatchObject([500, [{ part: "next", code: "internal" }]])
    expect(errorsOf(got)[0]?.detail).toMatch(/its function "(request|body)" gave nothing usable\.$/)
    expect(called()).toEqual(["cart GET /cart"])
    expect(logged).toMatchObject([{ level: "error", message: expect.stringContaining(why) }])
  })

  it.each(["/a/../b", "/%2e%2e/b", "/a%", "/a\\b", "/a%00"])("calls nobody with the path %j", async (path) => {
    const { ask, called } = aggregating(
      parts(() => ({ path })),
      services,
    )
    const got = await ask()
    expect([got.status, errorsOf(got)[0]?.code]).toEqual([502, "bad_path"])
    expect(called()).toEqual(["cart GET /cart"])
  })

  it("begins when its needs are there, and waits for the others before it changes something", async () => {
    const user = held()
    const parts = {
      get: { service: "next", request: () => ({ path: "/get" }) },
      post: { service: "next", request: () => ({ path: "/post", body: 1 }) },
      early: { service: "next", request: () => ({ path: "/early", body: 1 }), early: true },
      user: "user GET /",
    }
    const { ask, called } = aggregating({ aggregate: parts }, { next: { json: 1 }, user: user.answer })
    const got = ask()
    await settle()
    expect(called().toSorted()).toEqual(["next GET /get", "next POST /early", "user GET /"])
    user.reply(1)
    expect((await got).status).toBe(200)
    expect(called().at(-1)).toBe("next POST /post")
  })

  it("is not called when another part fails before its turn", async () => {
    const { ask, called } = aggregating(
      { aggregate: { post: { service: "next", request: () => ({ path: "/", body: 1 }) }, user: "user GET /" } },
      { next: { json: 1 }, user: down },
    )
    expect((await ask()).status).toBe(502)
    expect(called()).toEqual(["user GET /"])
  })
})

describe("when", () => {
  const services = { a: { json: { id: 1 } }, b: { json: 2 }, c: { json: 3 } }

  it("leaves a part out, and those that need it see undefined", async () => {
    const seen: unknown[] = []
    const { ask, called } = aggregating(
      {
        aggregate: {
          a: { call: "a GET /", when: (_: object, request: { query: URLSearchParams }) => request.query.has("a") },
          b: { call: "b POST /", needs: ["a"], body: (parts: object) => void seen.push(parts) },
          c: "c GET /?id=:a.id",
        },
      },
      services,
    )
    expect(await ask()).toMatchObject({ text: '{"b":2,"c":3}', parts: "a=skipped, b=200, c=200", complete: "true" })
    expect(called()).toEqual(["c GET /", "b POST /"])
    expect(seen).toEqual([{ a: undefined }])
    expect(await ask({ path: "/?a" })).toMatchObject({ text: '{"a":{"id":1},"b":2,"c":3}' })
  })

  it("is told the answers that the part needs, and may take its time", async () => {
    const when = async ({ a }: { a: { id: number } }): Promise<boolean> => a.id > 1
    const { ask } = aggregating({ aggregate: { a: "a GET /", b: { call: "b GET /", needs: ["a"], when } } }, services)
    expect(await ask()).toMatchObject({ text: '{"a":{"id":1}}', parts: "a=200, b=skipped" })
  })

  it("that throws is a failure of the part", async () => {
    const when = (): boolean => {
      throw new Error("x")
    }
    const { ask, logged } = aggregating({ aggregate: { a: { call: "a GET /", when } } }, services)
    expect(await ask()).toMatchObject({ status: 500, body: { code: "part_failed" } })
    expect(logged[0]?.message).toBe('The function "when" of part "a" threw (exchange test-1).')
    const optional = aggregating({ aggregate: { a: { call: "a GET /", when, required: false } } }, services)
    expect((await optional.ask()).text).toBe('{"a":null}')
  })
})

describe("formats of answers", () => {
  const typed = (type: string, body: string) =>
    aggregating({ aggregate: { a: "a GET /" } }, { a: answering(200, body, { "content-type": type }) })

  it.each([
    ["application/json", '{"a":1}', { a: 1 }],
    ["application/json; charset=utf-8", '{"a":1}', { a: 1 }],
    ["application/hal+json;charset=UTF-8", '{"a":1}', { a: 1 }],
    ["text/plain", '{"a":1}', { a: 1 }],
    ["application/x-www-form-urlencoded", "a=1&b=2", { a: "1", b: "2" }],
    ["application/yaml", "a: 1\nb: [x]", { a: 1, b: ["x"] }],
    ["application/xml", "<a><b>1</b></a>", { a: { b: "1" } }],
  ])("are read by their content type: %s", async (type, body, value) => {
    expect(await typed(type, body).ask()).toMatchObject({ status: 200, body: { a: value } })
  })

  it.each([
    ["application/json", "<html>", "JSON"],
    ["text/html", "<html>", "JSON"],
    ["application/xml", "{}", "XML"],
    ["application/yaml", "a: [", "YAML"],
  ])("that cannot be read as %s are a failure", async (type, body, name) => {
    const got = await typed(type, body).ask()
    expect([got.status, errorsOf(got)]).toEqual([
      502,
      [{ part: "a", status: 502, code: "invalid_answer", detail: `Part "a" did not answer with ${name}.` }],
    ])
  })

  it("that are coded without being asked for are a failure that says so", async () => {
    const { ask } = aggregating(
      { aggregate: { a: "a GET /" } },
      { a: answering(200, "x", { "content-encoding": "gzip" }) },
    )
    expect(errorsOf(await ask())).toMatchObject([
      { detail: 'Part "a" answered in the coding "gzip", which was not asked for.' },
    ])
  })

  it("are those of the client's body too", async () => {
    const { ask, called } = aggregating({ aggregate: { a: "a GET /:body.id" } }, { a: { json: 1 } })
    const form = { "content-type": "application/x-www-form-urlencoded" }
    expect(await ask({ method: "POST", body: "id=7", headers: form })).toMatchObject({ status: 200 })
    expect(called()).toEqual(["a GET /7"])
  })
})

describe("a failure of the whole", () => {
  it("is a problem with the part that decides, and what led there", async () => {
    const { ask } = aggregating(
      {
        aggregate: {
          other: { call: "other GET /", required: false },
          user: { call: "user GET /", fallback: { id: 1 } },
          orders: "orders GET /?user=:user.id",
        },
      },
      { other: down, user: answering(503), orders: answering(404, { secret: "hunter2" }) },
    )
    const got = await ask()
    expect(got).toMatchObject({
      status: 404,
      body: {
        type: "urn:bellhop:part_failed",
        title: "A part of the answer failed",
        status: 404,
        code: "part_failed",
        detail: 'Part "orders" answered 404.',
        exchange: "test-1",
        errors: [
          { part: "user", status: 503, code: "error_status", detail: 'Part "user" answered 503.' },
          { part: "orders", status: 404, code: "error_status", detail: 'Part "orders" answered 404.' },
        ],
      },
    })
    expect(got.text).not.toContain("hunter2")
  })

  it("passes on what the client can do about it, of the part that decides", async () => {
    const headers = { "www-authenticate": "Bearer", "retry-after": "7", "x-secret": "1", "set-cookie": "a=b" }
    const { ask } = aggregating(
      { aggregate: { a: { call: "a GET /", fallback: 1 }, b: "b GET /?a=:a" } },
      { a: answering(401, {}, { "www-authenticate": "Basic" }), b: answering(401, {}, headers) },
    )
    const got = await ask()
    expect(got.headers).toMatchObject({ "www-authenticate": "Bearer", "retry-after": "7", "cache-control": "no-store" })
    expect([got.headers["x-secret"], got.headers["set-cookie"]]).toEqual([undefined, undefined])
  })

  it("is what the gateway itself says when its time is over, or the client is gone", async () => {
    const slow = held()
    const { handle } = aggregating({ aggregate: { a: "slow GET /" } }, { slow: slow.answer })
    const asked = exchange()
    const failing = handle(asked).catch((error: unknown) => error)
    const part = await slow.asked
    asked.end(new GatewayError("timeout", "No answer within 1s."))
    expect(await failing).toMatchObject({ code: "timeout", status: 504, message: "No answer within 1s." })
    expect(part.isOver).toBe(true)
  })

  it("calls nobody when nobody waits for the answer any more", async () => {
    const { handle, called } = aggregating({ aggregate: { a: "a GET /" } }, { a: { json: 1 } })
    const asked = exchange()
    asked.end(new GatewayError("client_gone", "The client went away."))
    await expect(handle(asked)).rejects.toMatchObject({ code: "client_gone" })
    expect(called()).toEqual([])
  })

  it("does not wait for a function of the config that never ends", async () => {
    const began = Promise.withResolvers<void>()
    const never = (): Promise<never> => {
      began.resolve()
      return new Promise(() => undefined)
    }
    for (const route of [
      { aggregate: { a: { call: "a POST /", body: never } } },
      { aggregate: { a: "a GET /" }, response: never },
      { aggregate: { a: { call: "a GET /", map: never } } },
    ]) {
      const { handle } = aggregating(route, { a: () => jsonReply(1) })
      const asked = exchange()
      const failing = handle(asked).catch((error: unknown) => error)
      await began.promise
      await settle()
      asked.end(new GatewayError("timeout", "Over."))
      expect(await failing).toMatchObject({ code: "timeout" })
    }
  })
})
