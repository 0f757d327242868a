import { describe, expect, it } from "vitest"

import { check } from "../../src/config/check.ts"
import { policiesOf } from "../../src/config/route.ts"
import type { Handler } from "../../src/core/handler.ts"
import type { Problem } from "../../src/core/schema.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { transform } from "../../src/policies/transform.ts"
import { exchange, textOf, tools } from "../support/exchange.ts"

const services = { cart: "http://localhost:4001" }

/** What is wrong with a transformation of a route, and of the defaults. */
const problems = (options: unknown, key = "/users/:id"): Pick<Problem, "code" | "path" | "message">[] =>
  check({ services, routes: { [key]: { service: "cart", transform: options } } }).problems.map(
    ({ code, path, message }) => ({
      code,
      path: path.slice(3),
      message,
    }),
  )

/** What a route does to an answer, with defaults for all routes. */
async function answered(defaults: object | undefined, own: unknown, json: unknown, path = "/"): Promise<string> {
  const { config, problems: wrong } = check({
    services,
    ...(defaults && { defaults: { transform: defaults } }),
    routes: { "/": { service: "cart", ...(own !== undefined && { transform: own }) } },
  })
  expect(wrong).toEqual([])
  const [choice] = config.routes[0]?.choices ?? []
  const chosen = choice ? policiesOf(choice, config).filter(({ part }) => part.name === "transform") : []
  // Read once and written once, whoever says what.
  expect(chosen.length).toBeLessThan(2)
  const headers = new HeaderList(["content-type", "application/json"])
  const service: Handler = () => ({ status: 200, headers, body: JSON.stringify(json) })
  const handle = chosen.reduceRight((next, { part, options }) => part.create(options, tools())(next), service)
  return textOf((await handle(exchange({ path }))).body)
}

describe("transform() in the defaults and in a route", () => {
  const json = { a: 1, cost: 2, secret: 3 }

  it("takes out what either of them says is internal", async () => {
    expect(await answered({ internal: ["cost"] }, undefined, json)).toBe('{"a":1,"secret":3}')
    expect(await answered({ internal: ["cost"] }, { internal: ["secret"] }, json)).toBe('{"a":1}')
    expect(await answered({ internal: ["cost"] }, { response: { rename: { a: "b" } } }, json)).toBe(
      '{"b":1,"secret":3}',
    )
    expect(await answered({ response: { rename: { a: "b" } } }, { internal: ["secret"] }, json)).toBe(
      '{"b":1,"cost":2}',
    )
  })

  it("does what the route says in the place of what the defaults say", async () => {
    expect(await answered({ response: { omit: ["a"] } }, { response: { omit: ["cost"] } }, json)).toBe(
      '{"a":1,"secret":3}',
    )
    expect(await answered({ fields: true }, { fields: "only" }, json, "/?only=a&fields=cost")).toBe('{"a":1}')
    expect(await answered({ fields: true }, { fields: false }, json, "/?fields=cost")).toBe(JSON.stringify(json))
  })

  it("joins types, and takes the route's limit", () => {
    const parse = (options: object) => transform.options.parse(options, [], () => {})
    const joined = transform.join?.(
      parse({ types: { "text/plain": "json", "a/b": "xml" }, limit: "1mb" }),
      parse({ types: { "a/b": false }, limit: "1kb" }),
    )
    expect(joined).toMatchObject({
      types: new Map<string, unknown>([
        ["text/plain", "json"],
        ["a/b", false],
      ]),
      limit: 1024,
    })
  })

  it("is off where a route says false", async () => {
    expect(await answered({ internal: ["cost"] }, false, json)).toBe(JSON.stringify(json))
  })
})

describe("the options of transform()", () => {
  it("know the parameters of the route", () => {
    const set = { a: ":id", b: { c: [":ide"] }, d: "urn:ide" }
    const request = { set: { a: ":x" }, query: { set: { q: ":y" } } }
    expect(
      problems({ response: { set }, request }).map(({ code, path, message }) => [code, path.join("."), message]),
    ).toEqual([
      ["E307", "request.set.a", '":x" is not a parameter of the route.'],
      ["E307", "response.set.b.c.0", '":ide" is not a parameter of the route.'],
      ["E307", "request.query.set.q", '":y" is not a parameter of the route.'],
    ])
    expect(
      check({ services, defaults: { transform: { response: { set: { a: ":id" } } } }, routes: { "/:id": "cart" } })
        .problems,
    ).toEqual([expect.objectContaining({ code: "E307" })])
  })

  it.each([
    [{ response: { to: "json", accept: ["json"] } }, ["response", "to"]],
    [{ response: { accept: ["json", "json"] } }, ["response", "accept", 1]],
    [{ request: { from: ["xml", "xml"] } }, ["request", "from", 1]],
    [{ request: { from: ["json"], to: "yaml", xml: {} } }, ["request", "xml"]],
    [{ request: { to: "jsn" } }, ["request", "to"]],
    [{ request: { accept: ["json"] } }, ["request", "accept"]],
    [{ response: { xml: { attributePrefix: "a" } } }, ["response", "xml"]],
    [{ response: { xml: { textKey: "@text" } } }, ["response", "xml"]],
    [{ response: { xml: { arrays: ["a..b"] } } }, ["response", "xml", "arrays", 0]],
    [{ response: { pick: [] } }, ["response", "pick"]],
    [{ response: { pick: ["*"] } }, ["response", "pick", 0]],
    [{ response: { rename: { "a.*": "b" } } }, ["response", "rename", "a.*"]],
    [{ response: { set: { "**.a": 1 } } }, ["response", "set", "**.a"]],
    [{ response: { set: { a: () => 1 } } }, ["response", "set", "a"]],
    [{ request: { query: { set: { a: "x :body.a" } } } }, ["request", "query", "set", "a"]],
    [{ internal: ["a.**"] }, ["internal", 0]],
    [{ internal: "cost" }, ["internal"]],
    [{ fields: "a b" }, ["fields"]],
    [{ types: { "Text/Plain": "json" } }, ["types", "Text/Plain"]],
    [{ types: { "text/plain": true } }, ["types", "text/plain"]],
    [{ limit: 5 }, ["limit"]],
    [{ response: { errors: true } }, ["response", "errors"]],
  ])("refuse %o", (options, path) => {
    expect(problems(options)).toEqual([expect.objectContaining({ path })])
  })
})
