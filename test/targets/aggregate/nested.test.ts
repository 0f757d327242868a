import { afterEach, describe, expect, it, vi } from "vitest"

import { jsonReply } from "../../../src/core/reply.ts"
import type { Answer } from "../../support/exchange.ts"
import { held, settle } from "../aggregated.ts"
import { aggregating, answering, errorsOf } from "./aggregating.ts"

const s: Answer = ({ path }) => jsonReply(path)

describe("an aggregate inside a part", () => {
  it("has its own parts in its value, and what it names around it is there before", async () => {
    const { ask, called } = aggregating(
      {
        aggregate: {
          details: { aggregate: { a: "s GET /a/:user.id", b: { call: "s GET /b:a", needs: ["a"] } } },
          user: "user GET /",
        },
      },
      { s, user: { json: { id: 7 } } },
    )
    expect(await ask()).toMatchObject({
      text: '{"details":{"a":"/a/7","b":"/b%2Fa%2F7"},"user":{"id":7}}',
      parts: "details=200, user=200",
    })
    expect(called()[0]).toBe("user GET /")
  })

  it("puts its parts together as it says", async () => {
    const { ask } = aggregating(
      {
        aggregate: {
          made: { aggregate: { a: "s GET /a" }, response: ({ a }: { a: string }) => ({ only: a }) },
          merged: { aggregate: { a: "o GET /", b: "s GET /b" }, merge: "deep" },
        },
      },
      { s, o: { json: { x: 1 } } },
    )
    expect((await ask()).text).toBe('{"made":{"only":"/a"},"merged":{"x":1,"b":"/b"}}')
  })

  it("takes its own part where one around it has the same name", async () => {
    const { ask } = aggregating(
      { aggregate: { a: "s GET /outer", inner: { aggregate: { a: "s GET /inner", b: "s GET /b:a" } } } },
      { s },
    )
    expect((await ask()).body).toEqual({ a: "/outer", inner: { a: "/inner", b: "/b%2Finner" } })
  })

  it("is called for each item of a list", async () => {
    const { ask } = aggregating(
      {
        aggregate: {
          cart: { call: "cart GET /", as: false },
          items: {
            forEach: "cart.items",
            aggregate: { product: "s GET /products/:item.id", stock: "s GET /stock/:item.id/:cart.shop" },
          },
        },
      },
      { s, cart: { json: { shop: "x", items: [{ id: 1 }, { id: 2 }] } } },
    )
    expect(await ask()).toMatchObject({
      text: '{"items":[{"product":"/products/1","stock":"/stock/1/x"},{"product":"/products/2","stock":"/stock/2/x"}]}',
      parts: "cart=200, items=200*2",
    })
  })

  it("fails with the name of the part inside, and is not complete where something stands in inside", async () => {
    const parts = { a: "s GET /", b: "bad GET /" }
    const { ask } = aggregating({ aggregate: { x: { aggregate: parts } } }, { s, bad: answering(404) })
    expect(errorsOf(await ask())).toEqual([
      { part: "x.b", status: 404, code: "error_status", detail: 'Part "x.b" answered 404.' },
    ])
    const soft = { a: "s GET /", b: { call: "bad GET /", fallback: 1 } }
    const partial = aggregating({ aggregate: { x: { aggregate: soft } } }, { s, bad: answering(404) })
    expect(await partial.ask()).toMatchObject({ text: '{"x":{"a":"/","b":1}}', parts: "x=partial", complete: "false" })
  })

  it("fails in a list with the number of the item and the name of the part", async () => {
    const { ask } = aggregating(
      { aggregate: { x: { forEach: "body.ids", aggregate: { a: "s GET /:item", b: "bad GET /" } } } },
      { s, bad: answering(500) },
    )
    expect(errorsOf(await ask({ method: "POST", body: '{"ids":[1,2]}' }))).toMatchObject([
      { part: "x[0].b", detail: 'Part "x[0].b" answered 500.' },
    ])
  })

  it("has a fallback for the whole of it", async () => {
    const part = { aggregate: { a: "bad GET /" }, fallback: { a: 0 } }
    const { ask } = aggregating({ aggregate: { x: part } }, { bad: answering(500) })
    expect(await ask()).toMatchObject({ text: '{"x":{"a":0}}', parts: "x=fallback", complete: "false" })
    const optional = aggregating(
      { aggregate: { x: { aggregate: { a: "bad GET /" }, required: false } } },
      { bad: answering(500) },
    )
    expect((await optional.ask()).text).toBe('{"x":null}')
  })

  it("changes something when a part of it does, and waits with that", async () => {
    const user = held()
    const { ask, called } = aggregating(
      { aggregate: { order: { aggregate: { pay: "pay POST /" } }, user: "user GET /" } },
      { pay: { json: 1 }, user: user.answer },
    )
    const got = ask({ method: "POST" })
    await settle()
    expect(called()).toEqual(["user GET /"])
    user.reply(1)
    expect((await got).text).toBe('{"order":{"pay":1},"user":1}')
  })

  it("cannot be a Response", async () => {
    const part = { aggregate: { a: "s GET /" }, response: () => new Response("x") }
    const { ask, logged } = aggregating({ aggregate: { x: part } }, { s })
    expect(await ask()).toMatchObject({ status: 500, body: { code: "part_failed" } })
    expect(logged[0]?.message).toContain('"response" of part "x" gave a Response')
  })

  it("ends with the part that it is", async () => {
    const slow = held()
    const { ask } = aggregating(
      { aggregate: { bad: "bad GET /", x: { aggregate: { slow: "slow GET /" } } } },
      { bad: answering(500), slow: slow.answer },
    )
    expect((await ask()).status).toBe(500)
    expect((await slow.asked).isOver).toBe(true)
  })
})

describe("an aggregate inside a part with a timeout", () => {
  afterEach(() => void vi.useRealTimers())

  it("fails when it takes too long, and what it called ends", async () => {
    vi.useFakeTimers()
    const slow = held()
    const { ask } = aggregating(
      { aggregate: { x: { aggregate: { slow: "slow GET /" }, timeout: "1s" } } },
      { slow: slow.answer },
    )
    const got = ask()
    const asked = await slow.asked
    vi.advanceTimersByTime(1100)
    expect(errorsOf(await got)).toEqual([
      { part: "x", status: 504, code: "timeout", detail: 'Part "x" failed: No answer within 1s.' },
    ])
    expect(asked.isOver).toBe(true)
    vi.advanceTimersByTime(100)
    expect(vi.getTimerCount()).toBe(0)
  })
})
