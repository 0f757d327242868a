import { describe, expect, it } from "vitest"

import { places } from "../../src/config/places.ts"
import { config, entry, type Files, open } from "./open-places.ts"

describe("places() in one file", () => {
  const { map, show } = open(`import { defineGateway } from "bellhop"
const signedIn = { timeout: "3s" }
export default defineGateway({
  services: { cart: "http://localhost:4001" },
  routes: {
    "GET /cart": "cart",
    "POST /checkout": { ...signedIn, aggregate: { cart: "crat GET /cart" } },
  },
})
`)

  it("finds a value with its exact place", () => {
    expect(map.find(["routes", "POST /checkout", "aggregate", "cart"], "value")).toEqual({
      file: entry,
      line: 7,
      column: 57,
      length: 16,
    })
    expect(show(["routes", "POST /checkout", "aggregate", "cart"])).toBe('"crat GET /cart"')
  })

  it("finds a key with its exact place", () => {
    expect(map.find(["routes", "GET /cart"], "key")).toEqual({ file: entry, line: 6, column: 5, length: 11 })
  })

  it("finds what comes in through a spread, where it is written", () => {
    expect(map.find(["routes", "POST /checkout", "timeout"])).toEqual({ file: entry, line: 2, column: 29, length: 4 })
    expect(show(["routes", "POST /checkout", "timeout"], "key")).toBe("timeout")
  })

  it("takes the value to its first line only", () => {
    expect(map.find(["routes"], "value")).toEqual({ file: entry, line: 5, column: 11, length: 1 })
  })

  it("prefers the key of a value over several lines unless the value is asked for", () => {
    expect(show(["routes"])).toBe("routes")
    expect(show(["services"])).toBe('{ cart: "http://localhost:4001" }')
  })

  it("points at the key of the deepest object when the rest of the path is missing", () => {
    expect(show(["routes", "POST /checkout", "aggregate", "user"])).toBe("aggregate")
    expect(show(["services", "user", "url"])).toBe("services")
  })

  it("points at the value when it is no object that could have the rest of the path", () => {
    expect(show(["services", "cart", "url"])).toBe('"http://localhost:4001"')
  })

  it("points at the config for a missing top-level option", () => {
    expect(show(["listen"])).toBe("defineGateway({")
    expect(show([])).toBe("defineGateway({")
  })
})

describe("places() never throws", () => {
  it("and knows no place in a file that is missing or cannot be parsed", () => {
    expect(open({}).map.find(["a"])).toBeUndefined()
    expect(open("export default {{{").map.find(["a"])).toBeUndefined()
    expect(open("export default {{{").map.duplicates()).toEqual([])
  })

  it("when reading throws", () => {
    const map = places(entry, () => {
      throw new Error("EISDIR")
    })
    expect(map.find(["a"])).toBeUndefined()
    expect(map.duplicates()).toEqual([])
  })

  it("and points at the beginning of a file without a default export", () => {
    expect(open("export const a = 1").map.find(["a"])).toEqual({ file: entry, line: 1, column: 1, length: 1 })
    expect(open("").map.find([])).toEqual({ file: entry, line: 1, column: 1, length: 1 })
  })

  it("and finds its way through mistakes that a parser can recover from", () => {
    expect(open("const a = 1\nconst a = 2\nexport default { b: 1 }\nexport default {}").show(["b"])).toBe("1")
  })

  it.each([
    ["a name that stands for itself", "const a = a\nexport default a"],
    ["names in a circle", "const a = { ...b }, b = { ...a }\nexport default a"],
    ["a function that calls itself", "const f = (x) => f(x)\nexport default f({})"],
    ["a getter that reads itself", "const o = { get a() { return o.a } }\nexport default o"],
  ])("with %s", (_, source) => {
    expect(open(source).map.find(["a", "b"])?.file).toBe(entry)
    expect(open(source).map.duplicates()).toEqual([])
  })

  it("with files that import and re-export each other in a circle", () => {
    const sources = {
      [entry]: 'import { a } from "./a"\nexport default { a }',
      "/shop/a.ts": 'export * from "./b"',
      "/shop/b.ts": 'export * from "./a"',
    }
    expect(open(sources).map.find(["a", "x"])?.file).toBe(entry)
  })

  it("with more conditions than could be tried", () => {
    const levels = Array.from({ length: 60 }, (_, level) => `const a${level + 1} = x ? a${level} : { ...a${level} }`)
    const source = `const a0 = { k: 1 }\n${levels.join("\n")}\nexport default { deep: a60 }`
    expect(open(source).map.find(["deep", "missing"])?.line).toBe(62)
    expect(open(source).map.duplicates()).toEqual([])
  })
})

describe("places() counts as editors do", () => {
  it("in UTF-16 units", () => {
    expect(open('export default { "é世😀": "x" }').map.find(["é世😀"], "value")).toMatchObject({
      line: 1,
      column: 26,
      length: 3,
    })
  })

  it("tabs as one column", () => {
    expect(open("export default {\n\t\ta: 1,\n}").map.find(["a"], "key")).toMatchObject({ line: 2, column: 3 })
  })

  it("CR LF as one line end", () => {
    expect(open("export default {\r\n  a: [\r\n  ],\r\n}").map.find(["a"], "value")).toMatchObject({
      line: 2,
      column: 6,
      length: 1,
    })
  })

  it("without a byte order mark", () => {
    expect(open("\uFEFFexport default { a: 1 }").map.find(["a"], "key")).toMatchObject({ line: 1, column: 18 })
  })
})

describe("places().duplicates()", () => {
  const duplicates = (source: string | Files) =>
    open(source)
      .map.duplicates()
      .map(({ path, place, first }) => ({
        path: path.join("."),
        at: [place.line, place.column],
        first: [first.line, first.column],
      }))

  it("lists nothing for a config without any", () => {
    expect(duplicates(config('a: { x: 1 }, b: { x: 1 }, "c": 1'))).toEqual([])
  })

  it("names the later key and the first one", () => {
    expect(
      duplicates('export default {\n  routes: {\n    "GET /a": "x",\n    "GET /b": "y",\n    "GET /a": "z",\n  },\n}'),
    ).toEqual([{ path: "routes.GET /a", at: [5, 5], first: [3, 5] }])
  })

  it("sees through the ways to write a key", () => {
    const before = 'const key = "a"'
    expect(
      duplicates(config('x: { a: 1, "a": 2, [`a`]: 3, [key]: 4, a() {} }', before)).map((one) => one.path),
    ).toEqual(Array<string>(4).fill("x.a"))
    expect(duplicates(config("x: { 1: 1, '1': 2 }"))).toHaveLength(1)
  })

  it("looks into lists, constants, spreads, branches, calls and other files", () => {
    const sources = {
      [entry]: config(
        "list: [{ a: 1, a: 2 }], named, ...spread, branch: x ? { c: 1, c: 2 } : {}, call: make({ d: 1, d: 2 }), other",
        'import { other } from "./other"\nconst named = { b: 1, b: 2 }\nconst spread = { s: { t: 1, t: 2 } }',
      ),
      "/shop/other.ts": "export const other = { e: 1, e: 2 }",
    }
    expect(duplicates(sources).map((one) => one.path)).toEqual([
      "list.0.a",
      "named.b",
      "s.t",
      "branch.c",
      "call.d",
      "other.e",
    ])
    expect(open(sources).map.duplicates().at(-1)?.place.file).toBe("/shop/other.ts")
  })

  it("looks into the function that makes the config, but not into handlers", () => {
    expect(duplicates("export default () => ({ a: 1, a: 2 })")).toHaveLength(1)
    expect(duplicates(config("handler: () => ({ a: 1, a: 2 })"))).toEqual([])
  })

  it("leaves alone what the config does not use", () => {
    expect(duplicates(config("a: 1", "const unused = { b: 1, b: 2 }"))).toEqual([])
  })

  it("takes a getter with its setter, and a key in a spread, for no duplicate", () => {
    expect(duplicates(config("get a() { return 1 }, set a(x) {}, b: 1, ...{ b: 2 }"))).toEqual([])
  })

  it("lists an object that is used twice once", () => {
    expect(duplicates(config("one: shared, two: shared", "const shared = { a: 1, a: 2 }"))).toHaveLength(1)
  })

  it("looks through a config of thousands of routes", () => {
    const route = (name: number): string =>
      `"GET /r${name}": { service: "cart", headers: { request: { set: { a: "b" } } } }`
    const routes = Array.from({ length: 5000 }, (_, index) => route(index)).join(",\n")
    expect(duplicates(config(`routes: { ${routes} }, last: { a: 1, a: 2 }`))).toHaveLength(1)
  })
})
