import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { about, either, listOf, object, optional, printed, record, schema } from "../../src/core/schema.ts"
import { Secret } from "../../src/core/secret.ts"
import { duration } from "../../src/core/units.ts"
import { flag, integer, text } from "../../src/core/values.ts"
import { parsed, places } from "./parsed.ts"

const person = object({
  name: about("What to call them.", text()),
  age: about("In years.", optional(integer(0, 150))),
  tags: optional(listOf(text())),
})

const hostileKeys = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"]

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
