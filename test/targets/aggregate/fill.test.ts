import { describe, expect, it } from "vitest"

import { jsonReply } from "../../../src/core/reply.ts"
import { aggregating, errorsOf } from "./aggregating.ts"

const cart = (value: unknown) => () => jsonReply(value)
const call = (of: string, value: unknown) =>
  aggregating({ aggregate: { cart: "cart GET /cart", next: of } }, { cart: cart(value), next: { json: 1 } })
const asked = async (of: string, value: unknown) => {
  const { ask, called } = call(of, value)
  const { status } = await ask()
  return [status, called()[1]]
}

describe("a call of an aggregate takes values of", () => {
  it("answers that came before, which are waited for", async () => {
    const { ask, called } = call("next GET /users/:cart.user.id?first=:cart.items.0.name", {
      user: { id: 7 },
      items: [{ name: "tea & co" }],
    })
    expect((await ask()).body).toEqual({ cart: { user: { id: 7 }, items: [{ name: "tea & co" }] }, next: 1 })
    expect(called()).toEqual(["cart GET /cart", "next GET /users/7?first=tea%20%26%20co"])
  })

  it("the client's query, headers and body", async () => {
    const { ask, called } = aggregating(
      { aggregate: { a: "a GET /:query.q/:headers.x-user/:body.user.id?n=:body.n&h=:headers.X-User" } },
      { a: { json: 1 } },
    )
    await ask({
      method: "POST",
      path: "/?q=a%20b+c&q=second",
      headers: { "x-user": "mina/1" },
      body: '{"user":{"id":"ü"},"n":null}',
    })
    expect(called()).toEqual(["a GET /a%20b%20c/mina%2F1/%C3%BC?h=mina%2F1"])
  })

  it.each([
    ["a text", "a/b?c#d&e=f", "a%2Fb%3Fc%23d%26e%3Df"],
    ["a number", 1.5, "1.5"],
    ["zero", 0, "0"],
    ["a truth value", false, "false"],
    ["percent signs", "100%2e", "100%252e"],
    ["letters of other scripts", "čaj 茶", "%C4%8Daj%20%E8%8C%B6"],
    ["a dot segment that is not alone", "..x", "..x"],
  ])("%s, escaped", async (_, value, escaped) => {
    expect(await asked("next GET /x/:cart/y?q=:cart", value)).toEqual([200, `next GET /x/${escaped}/y?q=${escaped}`])
  })

  it.each([
    ["null", null],
    ["an empty text", ""],
    ["nothing", undefined],
  ])("no %s in a path: the part fails, and nobody is called", async (_, value) => {
    const { ask, called } = call("next GET /x/:cart.id", { id: value })
    const got = await ask()
    expect([got.status, errorsOf(got)]).toEqual([
      502,
      [
        {
          part: "next",
          status: 502,
          code: "missing_value",
          detail: 'Part "next" needs ":cart.id", which is not there.',
        },
      ],
    ])
    expect(called()).toEqual(["cart GET /cart"])
  })

  it("what is not there in a query: the pair is left out", async () => {
    const value = { a: null, c: 3, e: "" }
    expect(await asked("next GET /?a=:cart.a&b=:cart.b&c=:cart.c&d=4&e=:cart.e", value)).toEqual([
      200,
      "next GET /?c=3&d=4&e=",
    ])
    expect(await asked("next GET /?a=:cart.a", value)).toEqual([200, "next GET /"])
    expect(await asked("next GET /?x=1&&y=2", value)).toEqual([200, "next GET /?x=1&&y=2"])
  })

  it("what the client did not send: that is the client's mistake", async () => {
    for (const [of, written] of [
      ["a GET /:query.q", ":query.q"],
      ["a GET /:headers.x-user", ":headers.x-user"],
      ["a GET /:body.id", ":body.id"],
    ] as const) {
      const { ask, called } = aggregating({ aggregate: { a: of } }, { a: { json: 1 } })
      const got = await ask()
      expect([got.status, errorsOf(got)[0]?.detail]).toEqual([400, `Part "a" needs "${written}", which is not there.`])
      expect(called()).toEqual([])
    }
  })

  it.each([
    ["an object", { a: 1 }, "an object"],
    ["a list", [1], "a list"],
  ])("no %s, neither in a path nor in a query", async (_, value, kind) => {
    for (const of of ["next GET /:cart.x", "next GET /?q=:cart.x"]) {
      const got = await call(of, { x: value }).ask()
      expect([got.status, errorsOf(got)[0]?.code, errorsOf(got)[0]?.detail]).toEqual([
        502,
        "missing_value",
        `Part "next" needs a text or a number for ":cart.x", which is ${kind}.`,
      ])
    }
  })

  it.each(["..", ".", "a/../b", "\u0000", "a\nb", "..;x"])("no %j, which would make another path", async (value) => {
    const { ask, called } = call("next GET /users/:cart.id/x", { id: value })
    const got = await ask()
    expect([got.status, errorsOf(got)[0]?.code]).toEqual([502, "bad_path"])
    expect(called()).toEqual(["cart GET /cart"])
  })

  it("nothing that is only inherited", async () => {
    for (const path of ["constructor.name", "toString", "__proto__", "items.length", "id.length"]) {
      const got = await call(`next GET /:cart.${path}`, { items: [1], id: "text" }).ask()
      expect([path, got.status, errorsOf(got)[0]?.code]).toEqual([path, 502, "missing_value"])
    }
  })

  it("a field that is called like something inherited, when it is its own", async () => {
    const { ask, called } = aggregating(
      { aggregate: { cart: "cart GET /cart", next: "next GET /:cart.__proto__.x/:cart.constructor" } },
      {
        cart: () => ({ ...jsonReply(0), body: '{"__proto__":{"x":1},"constructor":"c"}' }),
        next: { json: 1 },
      },
    )
    expect((await ask()).status).toBe(200)
    expect(called()[1]).toBe("next GET /1/c")
  })
})
