import fc from "fast-check"
import { describe, expect, it } from "vitest"

import {
  about,
  either,
  isObject,
  list,
  listOf,
  object,
  optional,
  printed,
  record,
  schema,
  shown,
} from "../../src/core/schema.ts"
import { Secret } from "../../src/core/secret.ts"
import { duration } from "../../src/core/units.ts"
import { flag, integer, off, oneOf, text } from "../../src/core/values.ts"
import { parsed, places } from "./parsed.ts"

const person = object({
  name: about("What to call them.", text()),
  age: about("In years.", optional(integer(0, 150))),
  tags: optional(listOf(text())),
})

const hostileKeys = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"]
const withKey = (key: string, value: unknown): object => JSON.parse(`{${JSON.stringify(key)}:${JSON.stringify(value)}}`)

describe("object()", () => {
  it("lets its fields through", () => {
    const given = { name: "Ann", age: 7, tags: ["a"] }
    expect(parsed(person, given)).toEqual({ value: given, problems: [] })
  })

  it("finds every problem at once, each at its place", () => {
    const { problems } = parsed(person, { nmae: "Ann", age: 151, tags: ["a", 5, "c", null] })
    expect(places(problems)).toEqual([
      "E201 here.nmae key",
      "E202 here",
      "E204 here.age",
      "E203 here.tags.1",
      "E203 here.tags.3",
    ])
  })

  it("goes on into objects of objects", () => {
    const nested = object({ outer: object({ inner: object({ deep: integer(1) }) }) })
    const { problems } = parsed(nested, { outer: { inner: { deep: 0, deeep: 1 }, more: 2 } })
    expect(places(problems)).toEqual([
      "E201 here.outer.more key",
      "E201 here.outer.inner.deeep key",
      "E204 here.outer.inner.deep",
    ])
  })

  it("says what an unknown key was meant to be, or what there is", () => {
    expect(parsed(person, { name: "Ann", agee: 1 }).problems).toEqual([
      {
        code: "E201",
        path: ["here", "agee"],
        on: "key",
        message: 'Unknown option "agee". Did you mean "age"?',
        fix: 'Write "age".',
      },
    ])
    expect(parsed(person, { name: "Ann", colour: 1 }).problems).toMatchObject([
      { message: 'Unknown option "colour".', fix: 'Use one of "name", "age" or "tags".' },
    ])
  })

  it("says what to add for a missing key", () => {
    expect(parsed(person, {}).problems).toEqual([
      { code: "E202", path: ["here"], message: 'Missing option "name".', fix: 'Add "name": a text.' },
    ])
  })

  it("takes undefined for absent, in a field that may be left out and in one that may not", () => {
    expect(places(parsed(person, { name: undefined, age: undefined }).problems)).toEqual(["E202 here"])
  })

  it.each(hostileKeys)("refuses the key %j like any other that nobody reads", (key) => {
    expect(places(parsed(person, { name: "Ann", ...withKey("x", 1), ...{} }).problems)).toEqual(["E201 here.x key"])
    const given = Object.defineProperty({ name: "Ann" }, key, { value: "evil", enumerable: true })
    expect(places(parsed(person, given).problems)).toEqual([`E201 here.${key} key`])
  })

  it.each(hostileKeys)("does not take what every object inherits for the field %j", (key) => {
    const fields = Object.defineProperty({}, key, { value: text(), enumerable: true }) as { field: typeof person }
    expect(places(parsed(object(fields), {}).problems)).toEqual(["E202 here"])
  })

  it.each([
    ["a text", '"x"'],
    [null, "null"],
    [[], "a list"],
    [() => ({}), "a function"],
    [5, "5"],
    [new Map(), "an instance of Map"],
    [Promise.resolve({ name: "Ann" }), "an instance of Promise"],
    [new Secret('env("NAME")', () => "x"), 'env("NAME")'],
  ])("refuses %o", (value, quoted) => {
    const { problems } = parsed(person, value)
    expect(problems).toMatchObject([{ code: "E203", path: ["here"] }])
    if (typeof value !== "string") expect(problems[0]?.message).toContain(`got ${quoted}.`)
  })

  it("prints a type with its documentation", () => {
    expect(object({ outer: about("The outer one.", optional(person)), "odd-name": optional(flag(), true) }).types(""))
      .toBe(`{
  /** The outer one. */
  outer?: {
    /** What to call them. */
    name: string | Secret
    /** In years. */
    age?: number
    tags?: readonly (string | Secret)[]
  }
  "odd-name"?: boolean
}`)
  })

  it("prints what an absent field means", () => {
    expect(object({ on: about("Whether.", optional(flag(), true)) }).types("")).toContain(
      "/** Whether. Default: `true`. */",
    )
  })
})

describe("optional()", () => {
  it("puts its standard in the place of nothing, checked like anything else", () => {
    expect(parsed(optional(duration(), "2s"), undefined)).toEqual({ value: 2000, problems: [] })
    expect(parsed(optional(duration(), "2s"), "3s")).toEqual({ value: 3000, problems: [] })
    expect(parsed(optional(duration()), undefined)).toEqual({ value: undefined, problems: [] })
  })

  it("does not take null for nothing", () => {
    expect(places(parsed(optional(duration(), "2s"), null).problems)).toEqual(["E203 here"])
  })

  it("keeps a standard that is falsy", () => {
    expect(parsed(optional(flag(), false), undefined).value).toBe(false)
    expect(parsed(optional(integer(0), 0), undefined).value).toBe(0)
    expect(optional(integer(0), 0).standard).toBe("0")
  })
})

describe("record()", () => {
  it("gives a Map of whatever keys there are", () => {
    expect(parsed(record(integer(0)), { a: 1, b: 2 }).value).toEqual(
      new Map([
        ["a", 1],
        ["b", 2],
      ]),
    )
  })

  it.each(hostileKeys)("holds the key %j as data", (key) => {
    const { value, problems } = parsed(record(integer(0)), withKey(key, 7))
    expect(problems).toEqual([])
    expect([...value]).toEqual([[key, 7]])
  })

  it("finds the problems of all values", () => {
    expect(places(parsed(record(integer(0)), { a: -1, b: 1, c: "x" }).problems)).toEqual(["E204 here.a", "E203 here.c"])
  })

  it("checks its keys too when told how", () => {
    const digits = text({ expected: "digits", pattern: /^\d+$/ })
    expect(places(parsed(record(flag(), digits), { 1: true, x: true, 2: "no" }).problems)).toEqual([
      "E203 here.2",
      "E204 here.x key",
    ])
  })

  it("refuses what only looks like an object: a Map would silently be an empty one", () => {
    expect(places(parsed(record(integer(0)), new Map([["a", 1]])).problems)).toEqual(["E203 here"])
  })
})

describe("listOf()", () => {
  it("refuses the empty list, which could be read as nothing or as everything", () => {
    expect(parsed(listOf(text()), []).problems).toMatchObject([{ code: "E205", path: ["here"] }])
  })

  it("refuses what is like a list", () => {
    for (const value of ["ab", { length: 1, 0: "a" }, new Set(["a"]), null])
      expect(places(parsed(listOf(text()), value).problems)).toEqual(["E203 here"])
  })

  it("looks at the holes of a list", () => {
    // oxlint-disable-next-line no-sparse-arrays
    expect(places(parsed(listOf(text()), ["a", , "b"]).problems)).toEqual(["E203 here.1"])
  })

  it("prints a union in brackets", () => {
    expect(listOf(oneOf("a", "b")).types("")).toBe('readonly ("a" | "b")[]')
  })
})

describe("either()", () => {
  const choice = either(duration(), listOf(duration()), object({ every: duration() }))

  it("picks by the outer shape of the value", () => {
    expect(parsed(choice, "1s").value).toBe(1000)
    expect(parsed(choice, ["1s", "2s"]).value).toEqual([1000, 2000])
    expect(parsed(choice, { every: "3s" }).value).toEqual({ every: 3000 })
  })

  it("reports what is wrong with the one that was meant, and nothing about the others", () => {
    expect(places(parsed(choice, "soon").problems)).toEqual(["E204 here"])
    expect(places(parsed(choice, ["1s", "soon"]).problems)).toEqual(["E204 here.1"])
    expect(places(parsed(choice, { evry: "1s" }).problems)).toEqual(["E201 here.evry key", "E202 here"])
  })

  it("names all choices where none was meant", () => {
    const { problems } = parsed(either(integer(1), off()), "x")
    expect(problems).toMatchObject([{ code: "E203", message: 'Expected a whole number from 1, or false, got "x".' }])
  })

  it("has the fields of the object among its choices, for the reference", () => {
    expect(Object.keys(choice.fields ?? {})).toEqual(["every"])
  })

  it("prints a union", () => {
    expect(either(flag(), text()).types("")).toBe("boolean | string | Secret")
  })
})

describe("printed()", () => {
  it("changes what the editor sees and nothing else", () => {
    const named = printed("Wait", duration())
    expect(named.types("  ")).toBe("Wait")
    expect(parsed(named, "1s")).toEqual({ value: 1000, problems: [] })
  })
})

describe("schema()", () => {
  it("does not parse what it does not accept", () => {
    const strict = schema({
      expected: "a text",
      types: "string",
      accepts: (value) => typeof value === "string",
      parse: (value) => (value as string).length,
    })
    expect(parsed(strict, 5)).toMatchObject({ value: undefined, problems: [{ code: "E203" }] })
    expect(parsed(strict, "abc").value).toBe(3)
  })

  it("never throws, whatever a config holds", () => {
    const anything = object({ a: either(text(), listOf(person)), b: record(either(flag(), duration())), c: person })
    fc.assert(
      fc.property(
        fc.anything({ withNullPrototype: true, withMap: true, withBigInt: true, withDate: true }),
        (value) => {
          parsed(anything, value)
          parsed(anything, { a: value, b: value, c: value })
          parsed(anything, { a: [value], b: { x: value }, c: { name: value, tags: value } })
        },
      ),
    )
  })
})

describe("isObject()", () => {
  it("is true for what is written as { … }, an imported module and an object without prototype", async () => {
    expect(isObject({})).toBe(true)
    expect(isObject(Object.create(null))).toBe(true)
    expect(isObject(await import("./parsed.ts"))).toBe(true)
  })

  it("is false for everything else", () => {
    for (const value of [
      null,
      [],
      "x",
      1,
      () => {},
      new Date(),
      new Map(),
      Promise.resolve(),
      new Secret("x", () => ""),
    ])
      expect(isObject(value), shown(value)).toBe(false)
  })
})

describe("shown()", () => {
  it.each([
    ["a", '"a"'],
    ['with "quotes"\n', '"with \\"quotes\\"\\n"'],
    [5, "5"],
    [-0, "0"],
    [10n, "10"],
    [true, "true"],
    [null, "null"],
    [undefined, "undefined"],
    [Symbol("s"), "Symbol(s)"],
    [[1], "a list"],
    [{ a: 1 }, "an object"],
    [Object.create(null), "an object"],
    [class A {}, "a function"],
    [new Date(0), "an instance of Date"],
  ])("quotes %o as %s", (value, expected) => {
    expect(shown(value)).toBe(expected)
  })

  it("is short, whatever the value", () => {
    fc.assert(fc.property(fc.string({ maxLength: 500 }), (value) => shown(value).length <= 60 * 6 + 2))
    expect(shown("x".repeat(1000))).toHaveLength(60)
  })

  it("names where a secret comes from, never what it is", () => {
    expect(shown(new Secret('env("TOKEN")', () => "hunter2"))).toBe('env("TOKEN")')
  })
})

describe("list()", () => {
  it("puts words together as a person does", () => {
    expect(list([])).toBe("nothing")
    expect(list(["a"])).toBe("a")
    expect(list(["a", "b"])).toBe("a or b")
    expect(list(["a", "b", "c"], "and")).toBe("a, b and c")
  })
})
