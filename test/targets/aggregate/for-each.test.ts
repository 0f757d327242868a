import { describe, expect, it } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import type { Exchange } from "../../../src/core/exchange.ts"
import type { Handler } from "../../../src/core/handler.ts"
import { jsonReply } from "../../../src/core/reply.ts"
import type { Answer } from "../../support/exchange.ts"
import { held, settle } from "../aggregated.ts"
import { aggregating, answering, errorsOf } from "./aggregating.ts"

const cart = { json: { items: [{ id: "a" }, { id: "b" }, { id: "c" }] } }
const product: Handler = ({ path }) => jsonReply({ name: path.slice(1) })

const each = (forEach: unknown, answer: Answer = product, more: object = {}, items: Answer = cart) =>
  aggregating(
    {
      aggregate: {
        cart: { call: "cart GET /", as: false },
        products: { call: "product GET /:item.id", forEach, ...more },
      },
    },
    { cart: items, product: answer },
  )

/** Fails for these ids. */
const failing =
  (...ids: string[]): Answer =>
  (asked) =>
    ids.includes(asked.path.slice(1)) ? answering(404)() : product(asked)

const answering404 = answering(404)
const answerFor =
  (status: Record<string, Handler>): Answer =>
  (asked: Exchange) =>
    (status[asked.path.slice(1)] ?? product)(asked)

describe("forEach", () => {
  it("calls a part for each item, and has the answers in the order of the items", async () => {
    const { ask, called } = each("cart.items")
    expect(await ask()).toMatchObject({
      text: '{"products":[{"name":"a"},{"name":"b"},{"name":"c"}]}',
      parts: "cart=200, products=200*3",
      complete: "true",
    })
    expect(called()).toEqual(["cart GET /", "product GET /a", "product GET /b", "product GET /c"])
  })

  it("has no call for an empty list", async () => {
    const { ask, called } = each("cart.items", product, {}, { json: { items: [] } })
    expect(await ask()).toMatchObject({ text: '{"products":[]}', parts: "cart=200, products=empty", complete: "true" })
    expect(called()).toEqual(["cart GET /"])
  })

  it("takes lists of the client's body, and items that are no objects", async () => {
    const { ask, called } = aggregating(
      { aggregate: { products: { call: "product GET /:item?n=:item", forEach: "body.ids" } } },
      { product },
    )
    const body = '{"ids":["x y",7]}'
    expect((await ask({ method: "POST", body })).text).toBe('{"products":[{"name":"x%20y"},{"name":"7"}]}')
    expect(called()).toEqual(["product GET /x%20y?n=x%20y", "product GET /7?n=7"])
    expect(await ask({ method: "POST", body: "{}" })).toMatchObject({ status: 400 })
    expect(await ask({ method: "POST", body: '{"ids":1}' })).toMatchObject({ status: 400 })
  })

  it("takes a function for the list, which is told of the answers, and gives functions the item", async () => {
    const { ask, calls } = aggregating(
      {
        aggregate: {
          cart: { call: "cart GET /", as: false },
          items: {
            call: "product PUT /",
            needs: ["cart"],
            forEach: {
              items: async (parts: { cart: { items: object[] } }) => parts.cart.items.slice(1),
              limit: 5,
            },
            body: (parts: { cart: object }, _request: unknown, item: { id: string }, index: number) => [
              Object.keys(parts),
              item.id,
              index,
            ],
          },
        },
      },
      { cart, product: { json: 1 } },
    )
    expect((await ask({ method: "POST" })).text).toBe('{"items":[1,1]}')
    const bodies = await Promise.all(calls.slice(1).map(({ exchange }) => new Response(exchange.body).json()))
    expect(bodies).toEqual([
      [["cart"], "b", 0],
      [["cart"], "c", 1],
    ])
  })

  it.each([
    ["is not there", {}, "missing_value", 'Part "products" needs "cart.items", which is not there.'],
    ["is null", { items: null }, "missing_value", 'Part "products" needs "cart.items", which is not there.'],
    ["is no list", { items: { 0: 1 } }, "wrong_type", 'Part "products" needs a list in "cart.items".'],
  ])("fails when the list %s", async (_, json, code, detail) => {
    const { ask } = each("cart.items", product, {}, { json })
    const got = await ask()
    expect([got.status, errorsOf(got)]).toEqual([502, [{ part: "products", status: 502, code, detail }]])
  })

  it("fails when there are more items than the limit, and calls nobody", async () => {
    const { ask, called } = each({ items: "cart.items", limit: 2 })
    expect(errorsOf(await ask())).toMatchObject([
      { code: "too_many_items", detail: 'Part "products" has 3 items, and 2 are the limit.' },
    ])
    expect(called()).toEqual(["cart GET /"])
    const many = { items: Array.from({ length: 101 }, () => ({ id: "a" })) }
    const hundred = each("cart.items", product, {}, { json: many })
    expect(errorsOf(await hundred.ask())).toMatchObject([{ code: "too_many_items" }])
  })

  it("has no more calls under way at once than it may", async () => {
    let [now, most] = [0, 0]
    const slow: Answer = async (asked) => {
      most = Math.max(most, ++now)
      await settle()
      now--
      return product(asked)
    }
    const items = { json: { items: Array.from({ length: 30 }, (_, index) => ({ id: `${index}` })) } }
    expect(await each({ items: "cart.items", concurrency: 3 }, slow, {}, items).ask()).toMatchObject({ status: 200 })
    expect(most).toBe(3)
    most = 0
    expect(await each("cart.items", slow, {}, items).ask()).toMatchObject({ status: 200 })
    expect(most).toBe(10)
  })

  it("fails with the first item that fails, whichever failed first", async () => {
    const [a, c] = [held(), held()]
    const { ask } = each("cart.items", answerFor({ a: a.answer, b: answering404, c: c.answer }))
    const got = ask()
    const last = await c.asked
    await settle()
    expect(last.isOver).toBe(true)
    a.fail(new GatewayError("unavailable", "Not now."))
    expect(errorsOf(await got)).toEqual([
      { part: "products[0]", status: 503, code: "unavailable", detail: 'Part "products[0]" failed: Not now.' },
    ])
    expect(errorsOf(await each("cart.items", failing("b", "c")).ask())).toMatchObject([
      { part: "products[1]", detail: 'Part "products[1]" answered 404.' },
    ])
  })

  it("has null for an item that failed, or leaves it out", async () => {
    expect(await each({ items: "cart.items", failed: "null" }, failing("b")).ask()).toMatchObject({
      text: '{"products":[{"name":"a"},null,{"name":"c"}]}',
      parts: "cart=200, products=200*2+failed*1",
      complete: "false",
      headers: { "cache-control": "no-store" },
    })
    expect(await each({ items: "cart.items", failed: "drop" }, failing("a", "c")).ask()).toMatchObject({
      text: '{"products":[{"name":"b"}]}',
      parts: "cart=200, products=failed*2+200*1",
      complete: "false",
    })
  })

  it("has a fallback for each item", async () => {
    expect(await each("cart.items", failing("b"), { fallback: { name: "?" } }).ask()).toMatchObject({
      text: '{"products":[{"name":"a"},{"name":"?"},{"name":"c"}]}',
      parts: "cart=200, products=200*2+fallback*1",
      complete: "false",
    })
    const fallback = (error: { message: string }, _parts: object, _request: object, item: object, index: number) => [
      error.message,
      item,
      index,
    ]
    expect((await each("cart.items", failing("b"), { fallback }).ask()).body).toEqual({
      products: [{ name: "a" }, ['Part "products" answered 404.', { id: "b" }, 1], { name: "c" }],
    })
  })

  it("is null as a whole when it is not required and an item fails", async () => {
    expect(await each("cart.items", failing("b"), { required: false }).ask()).toMatchObject({
      text: '{"products":null}',
      parts: "cart=200, products=failed",
    })
  })

  it("has each item shaped", async () => {
    expect((await each("cart.items", product, { rename: { name: "title" } }).ask()).text).toBe(
      '{"products":[{"title":"a"},{"title":"b"},{"title":"c"}]}',
    )
  })
})
