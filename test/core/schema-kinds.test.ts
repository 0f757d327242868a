import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { either, isObject, list, listOf, object, record, shown } from "../../src/core/schema.ts"
import { Secret } from "../../src/core/secret.ts"
import { duration } from "../../src/core/units.ts"
import { flag, integer, off, oneOf, text } from "../../src/core/values.ts"
import { parsed, places } from "./parsed.ts"

const hostileKeys = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"]
const withKey = (key: string, value: unknown): object => JSON.parse(`{${JSON.stringify(key)}:${JSON.stringify(value)}}`)

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
    [class A extends Map {}, "a function"],
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
