import { join } from "node:path"

import { describe, expect, it } from "vitest"

import { typeCheck } from "../../../src/config/type-check.ts"
import { writeTypes } from "../../../src/config/types.ts"
import { Kept } from "../../../src/core/kept.ts"
import { build } from "../../../src/gateway/build.ts"
import { tools } from "../../support/exchange.ts"
import { folder } from "../../support/executable.ts"

const config = (route: string): string => `import { defineGateway } from "bellhop"

export default defineGateway({
  services: { cart: "http://a", user: { url: "http://b" }, stock: "http://c" },
  routes: {
    "GET /user": "user",
    "GET /stock": ["stock"],
    "POST /checkout/:id": {
${route}
    },
  },
})
`

/** The mistakes that the type checker finds: the line of the route that each is in, counted from 1, and what it is. */
async function mistakes(route: string): Promise<[line: number, message: string][]> {
  using shop = folder({ "gateway.config.ts": config(route) })
  writeTypes(shop.path)
  const issues = await typeCheck(join(shop.path, ".bellhop/tsconfig.json"), { executable: process.execPath })
  const start = config("§")
    .split("\n")
    .findIndex((line) => line.includes("§"))
  return issues.map(({ message, place }) => [(place?.line ?? 0) - start, message])
}

/** The mistakes that a check of the whole config finds, by line of the route. */
async function issuesOf(route: string): Promise<[line: number, code: string, message: string][]> {
  using shop = folder({ "gateway.config.ts": config(route) })
  const entry = join(shop.path, "gateway.config.ts")
  const { issues } = await build({ entry, log: tools().log, kept: new Kept(), types: true })
  const start = config("§")
    .split("\n")
    .findIndex((line) => line.includes("§"))
  return issues.map(({ code, message, place }) => [(place?.line ?? 0) - start, code, message])
}

const cart = `{
  call: "cart GET /carts/:id",
  schema: {
    type: "object",
    required: ["total", "items"],
    properties: {
      total: { type: "number" },
      note: { type: ["string", "null"] },
      state: { enum: ["open", "paid"] },
      items: { type: "array", items: { type: "object", required: ["id"], properties: { id: { type: "string" } } } },
    },
  },
}`.replaceAll("\n", " ")

const price = `{ type: "object", required: ["price"], properties: { price: { type: "number" } } }`

describe("the types of an aggregate", () => {
  it("let through what is right, with and without schemas", async () => {
    expect(
      await mistakes(`
aggregate: {
  cart: ${cart},
  plain: "cart GET /cart",
  user: { call: "user GET /users/:query.id", fallback: { name: "guest" }, fallbackLast: "10m", timeout: "1s" },
  made: { call: "user GET /", fallback: (error, { cart }, request) => [error.code, cart.total, request.params.id] },
  prices: { call: "stock GET /:item.id", forEach: "cart.items", schema: ${price} },
  others: {
    call: "stock GET /:item.id",
    forEach: { items: ({ cart }) => cart.items, limit: 10, concurrency: 2, failed: "drop" },
    schema: ${price},
  },
  bare: { call: "stock GET /:item", forEach: "body.ids" },
  inner: {
    aggregate: {
      a: { call: "stock GET /", schema: ${price} },
      b: { call: "stock POST /", needs: ["a"], body: ({ a }) => a.price.toFixed(2) },
    },
    response: ({ a, b }) => ({ price: a.price, b }),
  },
  each: {
    forEach: "cart.items",
    aggregate: { a: "stock GET /:item.id", b: { call: "stock POST /", needs: ["a"], body: ({ a }, _, item) => [a, item.id] } },
  },
  asked: {
    service: "stock",
    needs: ["cart"],
    when: ({ cart }, { query }) => cart.total > 0 && query.has("x"),
    request: ({ cart }, { headers }) => ({
      path: \`/carts/\${cart.items[0]?.id}\`,
      query: { total: cart.total, user: headers.get("x-user"), all: ["a", 1] },
      headers: { "x-a": "1" },
    }),
    pick: ["a"], omit: ["b.c"], rename: { d: "e" }, map: (value, { cart }) => value.a + cart.total, as: "ask", pass: ["x-a"],
  },
  reserve: {
    call: "stock POST /",
    compensate: { call: "stock DELETE /:reserve.id", body: ({ reserve, cart }) => [reserve.id, cart.total] },
  },
  charge: {
    call: "user POST /charge",
    needs: ["cart", "prices", "others", "inner", "each", "bare"],
    body: ({ cart, prices, others, inner, each, bare, plain }) => [
      cart.total.toFixed(2), cart.note?.length, cart.state === "paid", cart.items.map(({ id }) => id.length),
      prices.map(({ price }) => price.toFixed(2)), others[0]?.price, inner.anything, each.map((one) => one.b), bare.length, plain.anything,
    ],
    compensate: "user DELETE /charge/:charge.id",
  },
},
response: ({ cart, prices, charge }, request) => ({ total: cart.total, first: prices[0]?.price, charge: charge.id, ...request.params }),
report: { parts: false }, onAbort: "cancel",`),
    ).toEqual([])
  })

  it("take schemas from other files, which they do not know by heart", async () => {
    using shop = folder({
      "cart.schema.json":
        '{ "type": "object", "properties": { "total": { "type": "number" } }, "required": ["total"] }',
      "gateway.config.ts": `import { defineGateway } from "bellhop"
import schema from "./cart.schema.json"
const user = { type: "object", properties: { name: { type: "string" } } } as const
export default defineGateway({
  services: { cart: "http://a" },
  routes: {
    "GET /": {
      aggregate: { cart: { call: "cart GET /", schema }, user: { call: "cart GET /user", schema: user } },
      response: ({ cart, user }) => [cart.anything, user.name?.length],
    },
  },
})
`,
    })
    writeTypes(shop.path)
    const check = () => typeCheck(join(shop.path, ".bellhop/tsconfig.json"), { executable: process.execPath })
    expect(await check()).toEqual([])
  })

  const parts = (lines: string): string => `aggregate: {\ncart: ${cart},\n${lines}\n},`

  it.each([
    [
      "a field that the schema does not have",
      `b: { call: "user POST /",\nbody: ({ cart }) => cart.totl },`,
      4,
      /'totl'.*Did you mean 'total'\?/,
    ],
    [
      "a field of another type",
      `b: { call: "user POST /",\nbody: ({ cart }) => cart.total.length },`,
      4,
      /'length' does not exist on type 'number'/,
    ],
    [
      "a field that may not be there",
      `b: { call: "user POST /",\nbody: ({ cart }) => cart.state.length },`,
      4,
      /'cart\.state' is possibly 'undefined'/,
    ],
    [
      "a part that is misspelt in a function",
      `b: { call: "user POST /",\nbody: ({ crat }) => crat.total },`,
      4,
      /'crat' does not exist/,
    ],
    [
      "a part that is misspelt in needs",
      `b: { call: "user POST /",\nneeds: ["crat"] },`,
      4,
      /"crat" is not allowed here.*cart/,
    ],
    ["a service that is misspelt", `b: {\ncall: "usr POST /" },`, 4, /"usr POST \/" is not allowed here/],
    [
      "a service of a request that is misspelt",
      `b: { request: () => ({ path: "/" }),\nservice: "usr" },`,
      4,
      /"usr" is not allowed here/,
    ],
    [
      "an option that is misspelt",
      `b: { call: "user POST /",\nfallbck: 1 },`,
      4,
      /Unknown option "fallbck"\. Did you mean "fallback"\?/,
    ],
    [
      "a field of an item",
      `b: { call: "stock GET /:item.id", forEach: "cart.items",\nschema: ${price} },\nc: { call: "user POST /",\nbody: ({ b }) => b.map((one) => one.prise) },`,
      6,
      /'prise'.*Did you mean 'price'\?/,
    ],
    [
      "a list taken for one",
      `b: { call: "stock GET /:item.id", forEach: "cart.items",\nschema: ${price} },\nc: { call: "user POST /",\nbody: ({ b }) => b.price },`,
      6,
      /'price' does not exist/,
    ],
    ["a request without a path", `b: { service: "stock",\nrequest: () => ({ method: "GET" }) },`, 4, /path/],
    [
      "a part of an aggregate inside",
      `b: { aggregate: { x: "cart GET /", y: { call: "cart GET /",\nneeds: ["z"] } } },`,
      4,
      /"z" is not allowed here/,
    ],
    [
      "a compensation of another service",
      `b: { call: "user POST /",\ncompensate: "usr DELETE /" },`,
      4,
      /"usr DELETE \/"/,
    ],
  ])("find %s, in its line", async (_, lines, line, message) => {
    expect(await mistakes(parts(lines))).toEqual([[line, expect.stringMatching(message)]])
  })

  it("find a wrong field in the response, and in a list of choices", async () => {
    expect(await mistakes(`aggregate: { cart: ${cart} },\nresponse: ({ cart }) => cart.totl,`)).toEqual([
      [2, expect.stringMatching(/Did you mean 'total'\?/)],
    ])
  })
})

describe("a check of the whole config", () => {
  it("finds names and circles in their lines, each once", async () => {
    expect(
      await issuesOf(`aggregate: {
cart: "cart GET /:crat.id",
user: { call: "usr GET /" },
a: { call: "cart GET /",
  needs: ["b"] },
b: "stock GET /:a.id",
c: { call: "cart GET /",
  fallback: 1,
  schema: { type: "object" } },
},`),
    ).toEqual([
      [2, "E307", expect.stringContaining('":crat"')],
      [3, "E301", 'Unknown service "usr". Did you mean "user"?'],
      [5, "E303", 'Parts need each other in a circle: "a" → "b" → "a".'],
      [8, "E204", expect.stringContaining("The fallback is not what the schema")],
    ])
  })

  it("finds words of a schema that would check nothing", async () => {
    expect(
      await issuesOf(`aggregate: {
c: { call: "cart GET /",
  schema: { type: "object",
    properties: { x: { typ: "string" } } } },
},`),
    ).toEqual([[4, "E201", 'Unknown option "typ". Did you mean "type"?']])
  })

  it("warns of fields that are lost in a merge", async () => {
    const schema = `{ type: "object", properties: { id: {} } }`
    expect(
      await issuesOf(`aggregate: {
cart: { call: "cart GET /", schema: ${schema} },
user: { call: "user GET /",
  schema: ${schema} },
},
merge: "shallow",`),
    ).toEqual([[4, "E308", expect.stringContaining("(aggregate.cart.schema.properties.id)")]])
  })
})
