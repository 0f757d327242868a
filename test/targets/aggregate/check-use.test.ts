import { describe, expect, it } from "vitest"

import { aggregate } from "../../../src/targets/aggregate.ts"
import { problemsOf } from "../checked.ts"

const check = (route: object, params: string[] = []) =>
  problemsOf(aggregate, route, { services: ["cart", "user", "pay"], params }).map(({ code, path, message }) => [
    code,
    path.slice(1).join("."),
    message,
  ])
const part = (options: object | string, params: string[] = [], more: object = {}) =>
  check({ aggregate: { cart: "cart GET /cart", a: options, ...more } }, params)

const one = (): number => 1

describe("a config of an aggregate is refused for", () => {
  it.each([
    ["nothing to call", {}, "E202", "aggregate.a", 'Missing option "call".'],
    ["a request without a service", { request: one }, "E202", "aggregate.a", 'Missing option "service".'],
    ["a service without a request", { service: "cart" }, "E202", "aggregate.a", 'Missing option "request".'],
    [
      "a service beside a call",
      { call: "cart GET /", service: "cart" },
      "E306",
      "aggregate.a.service",
      '"service" has no effect beside "call".',
    ],
    [
      "a call and a request",
      { call: "cart GET /", service: "cart", request: one },
      "E306",
      "aggregate.a.request",
      '"request" has no effect beside "call": a part is one of them.',
    ],
    [
      "a call and an aggregate",
      { call: "cart GET /", aggregate: { x: "cart GET /" } },
      "E306",
      "aggregate.a.aggregate",
      '"aggregate" has no effect beside "call": a part is one of them.',
    ],
    [
      "headers that a part of a part would hand on",
      { aggregate: { x: { call: "cart GET /", pass: ["x-a"] } } },
      "E306",
      "aggregate.a.aggregate.x.pass",
      '"pass" has no effect on part "x": its aggregate is a part of another one, and hands on a value only.',
    ],
    [
      "an unknown service of a request",
      { service: "crat", request: one },
      "E301",
      "aggregate.a.service",
      'Unknown service "crat". Did you mean "cart"?',
    ],
    [
      "an unknown service of a compensation",
      { call: "cart POST /", compensate: "crat DELETE /" },
      "E301",
      "aggregate.a.compensate",
      'Unknown service "crat". Did you mean "cart"?',
    ],
    [
      "a body beside a request",
      { service: "cart", request: one, body: () => 1 },
      "E306",
      "aggregate.a.body",
      '"body" has no effect on part "a": "request" makes the whole request.',
    ],
    [
      "a retry of a POST",
      { call: "cart POST /", retry: 1 },
      "E306",
      "aggregate.a.retry",
      '"retry" has no effect on part "a": POST may not be sent twice.',
    ],
    [
      "a retry of a compensation that is a POST",
      { call: "cart POST /", compensate: { call: "cart POST /", retry: 1 } },
      "E306",
      "aggregate.a.compensate.retry",
      '"retry" has no effect: POST may not be sent twice.',
    ],
    [
      "an early part that changes nothing",
      { call: "cart GET /", early: true },
      "E306",
      "aggregate.a.early",
      '"early" has no effect on part "a": it changes nothing.',
    ],
    [
      "a response without an aggregate",
      { call: "cart GET /", response: () => 1 },
      "E306",
      "aggregate.a.response",
      '"response" has no effect on part "a": it has no aggregate of its own.',
    ],
    [
      "a merge without an aggregate",
      { call: "cart GET /", merge: "deep" },
      "E306",
      "aggregate.a.merge",
      '"merge" has no effect on part "a": it has no aggregate of its own.',
    ],
    [
      "an option for services beside an aggregate",
      { aggregate: { x: "cart GET /" }, retry: 1 },
      "E306",
      "aggregate.a.retry",
      '"retry" has no effect on part "a": it calls no service by itself.',
    ],
    [
      "a list that a function makes, without a limit",
      { call: "cart GET /", forEach: { items: () => [] } },
      "E202",
      "aggregate.a.forEach",
      'Missing option "limit": a function may make a list of any length.',
    ],
    [
      "a header that says nothing about the whole",
      { call: "cart GET /", pass: ["x-a", "ETag"] },
      "E204",
      "aggregate.a.pass.1",
      'The header "ETag" of a part says nothing about the whole answer.',
    ],
    [
      "a fallback that the schema does not let through",
      { call: "cart GET /", schema: { type: "object" }, fallback: 1 },
      "E204",
      "aggregate.a.fallback",
      'The fallback is not what the schema of this part says: at "#", where "type" does not hold.',
    ],
    [
      "two fields with one new name",
      { call: "cart GET /", rename: { "x.a": "c", "x.b": "c" } },
      "E204",
      "aggregate.a.rename.x.b",
      '"x.a" and "x.b" get one name: "c".',
    ],
    [
      "a name in the answer that another part has",
      { call: "cart GET /", as: "cart" },
      "E204",
      "aggregate.a.as",
      'Parts "cart" and "a" have one name in the answer: "cart".',
    ],
    ["a path that is none", "cart GET /a/../b", "E204", "aggregate.a", 'The path "/a/../b" is not valid.'],
    [
      "a pattern in a call",
      "cart GET /:id(\\d+)",
      "E204",
      "aggregate.a",
      '":id(\\d+)" has a pattern, which only the path of a route may have.',
    ],
  ])("%s", (_, options, code, path, message) => {
    expect(part(options, ["id"])).toEqual([[code, path, message]])
  })

  it.each([
    [
      "a response beside a merge",
      { response: () => 1, merge: "deep" },
      "E306",
      "merge",
      '"merge" has no effect beside "response", which makes the whole answer.',
    ],
    [
      "a time to leave where nothing is changed",
      { onAbort: "cancel" },
      "E306",
      "onAbort",
      '"onAbort" has no effect on this aggregate: none of its parts changes anything.',
    ],
    [
      "one header for two reports",
      { report: { parts: "x-a", complete: "X-A" } },
      "E204",
      "report.complete",
      'Both headers of the report are called "X-A".',
    ],
  ])("%s", (_, options, code, path, message) => {
    expect(check({ aggregate: { a: "cart GET /" }, ...options })).toEqual([[code, path, message]])
  })

  it.each(["pick", "omit", "rename", "map", "as"])("%s beside a response, which is told all of the part", (option) => {
    const values = { pick: ["a"], omit: ["a"], rename: { a: "b" }, map: () => 1, as: "b" } as Record<string, unknown>
    const parts = { a: { call: "cart GET /", [option]: values[option] } }
    const message = `"${option}" has no effect beside "response", which is told the whole answer of part "a".`
    expect(check({ aggregate: parts, response: () => 1 })).toEqual([["E306", `aggregate.a.${option}`, message]])
  })

  it("an answer that would always be empty", () => {
    expect(check({ aggregate: { a: { call: "cart GET /", as: false } } })).toEqual([
      ["E205", "aggregate", 'None of "a" is in the answer, which would always be empty.'],
    ])
    expect(check({ aggregate: { a: { call: "cart GET /" } }, response: () => 1 })).toEqual([])
  })

  it.each(["query", "headers", "body", "item"])("a part called %s", (name) => {
    expect(check({ aggregate: { [name]: "cart GET /" } })).toEqual([
      [
        "E204",
        `aggregate.${name}`,
        `A part cannot be called "${name}": ":${name}" stands for something of the request.`,
      ],
    ])
  })

  it("everything in an aggregate inside a part", () => {
    const inner = { x: { call: "crat GET /:nobody", needs: ["y"] }, z: { call: "cart GET /:cart.id/:z.id" } }
    expect(part({ aggregate: inner }).map(([code, path]) => [code, path])).toEqual([
      ["E301", "aggregate.a.aggregate.x.call"],
      ["E307", "aggregate.a.aggregate.x.call"],
      ["E302", "aggregate.a.aggregate.x.needs.0"],
      ["E302", "aggregate.a.aggregate.z.call"],
    ])
  })
})

describe("a call of an aggregate is refused for", () => {
  const call = (of: string, params: string[] = [], more: object = {}) => part({ call: of, ...more }, params)

  it.each([
    [
      "a part that is none",
      "cart GET /:crat.id",
      [],
      "E307",
      '":crat" in "/:crat.id" is not a parameter of the route, nor a part. Did you mean ":cart"?',
    ],
    [
      "a word of the request that is none",
      "cart GET /:qurey.q",
      ["id"],
      "E307",
      '":qurey" in "/:qurey.q" is not a parameter of the route, nor a part. Did you mean ":query"?',
    ],
    [
      "a query without a name",
      "cart GET /:query",
      [],
      "E307",
      '":query" in "/:query" names no parameter of the query.',
    ],
    ["a header without a name", "cart GET /?a=:headers", [], "E307", '":headers" in "?a=:headers" names no header.'],
    [
      "an item without forEach",
      "cart GET /:item.id",
      [],
      "E307",
      '":item.id" in "/:item.id": there is an item only in a part with forEach.',
    ],
    ["the part itself", "cart GET /:a.id", [], "E302", 'Part "a" needs itself.'],
    [
      "a parameter that is called like a part",
      "cart GET /:cart",
      ["cart"],
      "E204",
      '":cart" in "/:cart" could be the part or the parameter of the route: both are called "cart".',
    ],
    [
      "a parameter that is called like a word of the request",
      "cart GET /:query.q",
      ["query"],
      "E204",
      '":query.q" in "/:query.q" could be of the request or the parameter ":query" of the route.',
    ],
  ])("%s", (_, of, params, code, message) => {
    expect(call(of, params)).toEqual([[code, "aggregate.a.call", message]])
  })

  it("nothing when a parameter and a part have one name that no call uses", () => {
    expect(call("cart GET /", ["cart", "query"])).toEqual([])
  })

  it("a compensation that names what is not there, but not for naming its own part", () => {
    const compensate = (of: string) => part({ call: "cart POST /", compensate: of })
    expect(compensate("cart DELETE /:a.id/:cart.id")).toEqual([])
    expect(compensate("cart DELETE /:b.id")).toEqual([
      ["E307", "aggregate.a.compensate", '":b" in "/:b.id" is not a parameter of the route, nor a part.'],
    ])
  })

  it.each([
    ["a part that is none", "crat.items", "E302", 'Unknown part "crat". Did you mean "cart"?'],
    ["the part itself", "a.items", "E302", 'Part "a" needs itself.'],
    ["the query", "query.ids", "E204", '"query.ids" is no list.'],
    [
      "an item where there is none",
      "item.ids",
      "E307",
      '"item.ids" in "item.ids": there is an item only in a part with forEach.',
    ],
  ])("a list of %s", (_, items, code, message) => {
    for (const forEach of [items, { items }])
      expect(call("cart GET /:item", [], { forEach })).toEqual([[code, "aggregate.a.forEach", message]])
  })
})

describe("parts that need each other in a circle", () => {
  it.each([
    ["by their calls", { a: "cart GET /:b.id", b: "cart GET /:a.id" }, "aggregate.a"],
    [
      "by their options",
      { a: { call: "cart GET /:b.id" }, b: { call: "cart GET /", needs: ["a"] } },
      "aggregate.a.call",
    ],
    ["by their lists", { a: { call: "cart GET /", forEach: "b.items" }, b: "cart GET /:a" }, "aggregate.a.call"],
    [
      "by what is inside",
      { a: { aggregate: { x: "cart GET /:b.id" } }, b: "cart GET /?a=:a.x" },
      "aggregate.a.aggregate",
    ],
    [
      "by how they are undone",
      { a: { call: "cart POST /", compensate: "cart DELETE /:b" }, b: "cart GET /:a" },
      "aggregate.a.call",
    ],
  ])("%s, are refused", (_, parts, path) => {
    expect(check({ aggregate: parts })).toEqual([["E303", path, 'Parts need each other in a circle: "a" → "b" → "a".']])
  })
})

describe("fields of merged parts that take each other's place", () => {
  const schema = (...names: string[]): object => ({
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name, { type: "string" }])),
  })
  const inner = (name: string): object => ({ type: "object", properties: { x: schema(name), list: { type: "array" } } })
  const merged = (merge: unknown, a: object, b: object) =>
    check({ aggregate: { a: { call: "cart GET /", ...a }, b: { call: "user GET /", ...b } }, merge })

  it("are warned of, with both places", () => {
    const message = 'The field "id" of part "b" takes the place of that of part "a" (aggregate.a.schema.properties.id).'
    expect(merged("shallow", { schema: schema("id", "x") }, { schema: schema("y", "id") })).toEqual([
      ["E308", "aggregate.b.schema.properties.id", message],
    ])
  })

  it("are those that the way of merging does not join", () => {
    const paths = (merge: unknown) =>
      merged(merge, { schema: inner("p") }, { schema: inner("p") }).map(([, path]) =>
        path?.slice("aggregate.b.schema.properties.".length),
      )
    expect(paths("shallow")).toEqual(["x", "list"])
    expect(paths("deep")).toEqual(["x.properties.p", "list"])
    expect(paths({ arrays: "concat" })).toEqual(["x.properties.p"])
    expect(merged("deep", { schema: inner("p") }, { schema: inner("q") }).map(([, path]) => path)).toEqual([
      "aggregate.b.schema.properties.list",
    ])
  })

  it("are none where a part is shaped, left out, or stands under its name", () => {
    for (const more of [{ omit: ["id"] }, { as: false }, { pick: ["x"] }, { map: () => 1 }, { rename: { id: "x" } }])
      expect(merged("shallow", { schema: schema("id") }, { schema: schema("id"), ...more })).toEqual([])
    expect(merged("shallow", { schema: schema("id") }, { schema: { type: "array" } })).toEqual([])
    expect(merged(undefined, { schema: schema("id") }, { schema: schema("id") })).toEqual([])
  })
})
