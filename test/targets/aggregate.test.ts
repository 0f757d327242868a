import { describe, expect, it } from "vitest"

import { jsonReply } from "../../src/core/reply.ts"
import { type Answer, textOf, valueOf } from "../support/exchange.ts"
import { held, settle, setUp, status } from "./aggregated.ts"

describe("aggregate", () => {
  it("puts the answers together by part name", async () => {
    const { ask } = setUp(
      { cart: "cart GET /cart", user: "user GET /user" },
      { cart: { json: [1] }, user: { json: null } },
    )
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
          body: (
            { cart }: { cart: { total: number } },
            request: { body: unknown; params: object; query: URLSearchParams },
          ) => ({
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
    expect(seen).toEqual([["b", "c"], []])
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

describe("aggregate with a response", () => {
  const parts = { a: "a GET /", b: "b GET /" }
  const services: Record<string, Answer> = { a: { json: 1 }, b: { json: 2 } }

  it("answers with the value that it makes", async () => {
    const { ask } = setUp(parts, services, async (answers: { a: number; b: number }) => ({
      sum: answers.a + answers.b,
    }))
    expect(await valueOf(await ask())).toEqual({ sum: 3 })
  })

  it("answers with the Response that it makes", async () => {
    const { ask } = setUp(
      parts,
      services,
      () => new Response("<p>", { status: 201, headers: { "content-type": "text/html" } }),
    )
    const reply = await ask()
    expect([reply.status, reply.headers.get("content-type"), await textOf(reply.body)]).toEqual([
      201,
      "text/html",
      "<p>",
    ])
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
