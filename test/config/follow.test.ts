import { describe, expect, it } from "vitest"

import { config, open } from "./open-places.ts"

describe("places() follows", () => {
  it.each([
    ["a plain object", "export default { a: 1 }"],
    ["satisfies", "export default { a: 1 } satisfies Gateway"],
    ["as const", "export default ({ a: 1 } as const)"],
    ["a non-null mark", "export default { a: 1 }!"],
    ["a type assertion", "export default <Gateway>{ a: 1 }"],
    ["type arguments", 'import { defineGateway } from "bellhop"\nexport default defineGateway<"a">({ a: 1 })'],
    ["Object.freeze", "export default Object.freeze({ a: 1 })"],
    ["nested calls", "export default defineGateway(Object.freeze({ a: 1 } as const) satisfies X)"],
    ["a const", "const config = { a: 1 }\nexport default config"],
    ["a let", "let config = { a: 1 }\nexport default config"],
    ["a const declared later", "export default config\nvar config = { a: 1 }"],
    ["an export list", "const config = { a: 1 }\nexport { config as default }"],
    ["export =", "export = { a: 1 }"],
    ["an arrow function", "export default defineGateway(() => ({ a: 1 }))"],
    ["a function with statements", "export default defineGateway(() => { const it = { a: 1 }; return it })"],
    ["a function with branches", "export default () => { if (x) { return {} } else { return { a: 1 } } }"],
    ["a function by name", "function config() { return { a: 1 } }\nexport default defineGateway(config)"],
    ["an exported function", "export default function () { return { a: 1 } }"],
    ["a local function that is called", "function make() { return { a: 1 } }\nexport default make()"],
    ["a parameter of a local function", "const wrap = (rest) => ({ ...rest, b: 2 })\nexport default wrap({ a: 1 })"],
    ["a destructured parameter", "const wrap = ({ x = 2, y }) => ({ a: y, b: x })\nexport default wrap({ y: 1 })"],
    ["await", "export default await { a: 1 }"],
    ["a conditional", "export default prod ? { b: 2 } : { a: 1 }"],
    ["??", "export default given ?? { a: 1 }"],
    ["a spread of &&", "export default { ...(prod && { a: 1 }), b: 2 }"],
    ["a member", "const shared = { deep: { a: 1 } }\nexport default shared.deep"],
    ["a computed member", 'const shared = { "x y": { a: 1 } }\nexport default shared["x y"]'],
    ["an optional member", "const shared = { deep: { a: 1 } }\nexport default shared?.deep"],
    ["destructuring", "const { deep: { found } } = { deep: { found: { a: 1 } } }\nexport default found"],
    ["list destructuring", "const [, second] = [{}, { a: 1 }]\nexport default second"],
    ["a rest", "const { b, ...rest } = { b: 2, a: 1 }\nexport default rest"],
    ["shorthand", "const a = 1\nexport default { a }"],
    ["a merging function of a package", 'import merge from "merge"\nexport default merge({ b: 2 }, { a: 1 })'],
  ])("%s", (_, source) => {
    expect(open(source).show(["a"])).toBe("1")
  })

  it.each([
    ["a number", "{ 404: 1 }", 404],
    ["a template", "{ [`GET /a`]: 1 }", "GET /a"],
    ["a const", "{ [key]: 1 }", "GET /cart"],
    ["a template with a const", "{ [`${key}/:id`]: 1 }", "GET /cart/:id"],
    ["a sum", '{ [key + "/*"]: 1 }', "GET /cart/*"],
    ["a const of an object", "{ [paths.cart]: 1 }", "/c"],
  ])("a key that is %s", (_, routes, key) => {
    const before = 'const key = "GET /cart"\nconst paths = { cart: "/c" }'
    expect(open(config(`routes: ${routes}`, before)).show(["routes", key])).toBe("1")
  })

  it("list elements by their index, also behind spreads", () => {
    const { show } = open(config('urls: [...two, "c", , "e"]', 'const two = ["a", "b"]'))
    expect(show(["urls", 1])).toBe('"b"')
    expect(show(["urls", 2])).toBe('"c"')
    expect(show(["urls", 4])).toBe('"e"')
    expect(show(["urls", 9], "value")).toBe("urls")
  })

  it("no index behind a spread that it cannot read", () => {
    expect(open(config('urls: [...read(), "c"]')).show(["urls", 1])).toBe("urls")
  })

  it("a getter and a method", () => {
    const { show } = open(config("get routes() { return { a: 1 } }, handler() {}"))
    expect(show(["routes", "a"])).toBe("1")
    expect(show(["handler"], "key")).toBe("handler")
  })
})

describe("places() chooses", () => {
  it("the later of two equal keys", () => {
    expect(open(config('a: "first", a: "second"')).show(["a"])).toBe('"second"')
  })

  it("what stands after a spread over what is in it, and the other way round", () => {
    const before = 'const base = { a: "base" }'
    expect(open(config('...base, a: "own"', before)).show(["a"])).toBe('"own"')
    expect(open(config('a: "own", ...base', before)).show(["a"])).toBe('"base"')
  })

  it("the own object even where the one that it hides has the rest of the path", () => {
    const before = 'const base = { cart: { url: "x" } }'
    expect(open(config("...base, cart: { mock: true }", before)).show(["cart", "url"])).toBe("cart")
    expect(open(config("...base, cart: { mock: true }", before)).map.find(["cart", "url"])?.line).toBe(3)
  })

  it("what comes in through a later spread even where the own object has the rest of the path", () => {
    const before = "const base = { cart: { mock: true } }"
    const { map } = open(config('cart: { url: "x" }, ...base', before))
    expect(map.find(["cart", "url"])?.line).toBe(2)
  })

  it("the last argument of a merging function", () => {
    const { show } = open('import merge from "merge"\nexport default merge({ a: "first" }, { a: "last" })')
    expect(show(["a"])).toBe('"last"')
  })

  it("the branch of a conditional that has the rest of the path", () => {
    const { show } = open(config('a: prod ? { x: "1" } : { y: { z: "2" } }'))
    expect(show(["a", "y", "z"])).toBe('"2"')
    expect(show(["a", "x"])).toBe('"1"')
  })

  it("the own value behind a conditional spread that has not got it", () => {
    expect(open(config('a: "own", ...(prod ? { b: 1 } : {})')).show(["a"])).toBe('"own"')
    expect(open(config('a: { x: "own" }, ...(prod && { a: { y: 1 } })')).show(["a", "x"])).toBe('"own"')
  })

  it("the whole conditional when the value itself is wanted", () => {
    expect(open(config('a: prod ? "1" : "2"')).show(["a"])).toBe('prod ? "1" : "2"')
  })

  it("the call itself when the value is a call, not what goes into it", () => {
    expect(open(config('password: env("SECRET")')).show(["password"])).toBe('env("SECRET")')
    expect(open(config("password", 'const { password } = { password: env("SECRET") }')).show(["password"])).toBe(
      'env("SECRET")',
    )
  })

  it("the literal behind a name", () => {
    expect(open(config("timeout: slow", 'const slow = "3sec"')).show(["timeout"])).toBe('"3sec"')
  })

  it("the use of a name that leads out of the sources", () => {
    expect(open(config("a: process.env.A, b: missing.x")).show(["a", "deep"])).toBe("process.env.A")
    expect(open(config("a: process.env.A, b: missing.x")).show(["b"])).toBe("missing.x")
  })
})
