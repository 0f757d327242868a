import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { form } from "../../src/formats/form.ts"

const bytes = (text: string | Uint8Array): Uint8Array => Buffer.from(text)
const read = (text: string): unknown => form.read(bytes(text))

describe("form", () => {
  it("reads back what it wrote", () => {
    const text = fc.string({ unit: "binary" })
    const fields = fc.dictionary(text, fc.oneof(text, fc.array(text, { minLength: 2 })))
    fc.assert(
      fc.property(fields, (value) => {
        expect({ ...(form.read(bytes(form.write(value))) as object) }).toEqual({ ...value })
      }),
    )
  })

  it("is read by URLSearchParams as it was meant", () => {
    const text = fc.string({ unit: "binary" })
    fc.assert(
      fc.property(fc.dictionary(text, text), (value) => {
        const pairs = [...new URLSearchParams(`${form.write(value) as string}`)]
        expect(pairs).toEqual(Object.entries(value))
      }),
    )
  })

  it.each<[string, unknown]>([
    ["", {}],
    ["a=1&b=2", { a: "1", b: "2" }],
    ["a=1&a=2&a=3", { a: ["1", "2", "3"] }],
    ["a", { a: "" }],
    ["a=&=b&&", { a: "", "": "b" }],
    ["a+b=c+d%20e%2B", { "a b": "c d e+" }],
    ["a=b=c", { a: "b=c" }],
    ["a[b]=1&a[b]=2&c.d=3", { "a[b]": ["1", "2"], "c.d": "3" }],
    ["%F0%9F%98%80=%e2%82%ac", { "😀": "€" }],
    ["a;b=1", { "a;b": "1" }],
  ])("reads %j", (text, value) => {
    expect(read(text)).toEqual(value)
  })

  it("reads fields as lists that are declared to be", () => {
    const format = form.with({ arrays: ["a", "b", "c"] })
    expect(format.read(bytes("a=1&b=2&b=3&d=4"))).toEqual({ a: ["1"], b: ["2", "3"], c: [], d: "4" })
  })

  it("takes dangerous names for names", () => {
    const value = read("__proto__=x&constructor=y") as object
    expect(Object.entries(value)).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
    ])
  })

  it.each([
    ["a=%zz", 'field 1, "%zz", is not percent-encoded UTF-8.'],
    ["a=1&%=2", 'field 2, "%", is not'],
    ["a=%ff", 'field 1, "%ff", is not'],
    ["a=%ed%a0%80", "is not percent-encoded UTF-8."],
  ])("refuses %j, which others would read differently", (text, says) => {
    expect(() => read(text)).toThrow(`Cannot read form: ${says.startsWith("field") ? says : "field 1"}`)
  })

  it("refuses more than a thousand fields, or as many as it is told", () => {
    expect(() => read("a&".repeat(1000))).not.toThrow()
    expect(() => read("a&".repeat(1001))).toThrow("it has more than 1000 fields, which is the limit.")
    expect(() => form.with({ fields: 1 }).read(bytes("a&b"))).toThrow("more than 1 fields")
  })

  it.each<[unknown, string]>([
    [{ a: 1, b: true, c: null, d: undefined, e: [1, null, "x"], f: [] }, "a=1&b=true&c=&e=1&e=&e=x"],
    [{ "a b": "c&d=e+f%" }, "a+b=c%26d%3De%2Bf%25"],
    [{ at: new Date(0) }, "at=1970-01-01T00%3A00%3A00.000Z"],
  ])("writes %j", (value, text) => {
    expect(form.write(value)).toBe(text)
  })

  it.each<[unknown, string]>([
    [[1], "a form is an object with its fields, not a list."],
    [null, "not null."],
    ["a=b", "not String."],
    [{ a: { b: 1 } }, 'at "a": a field is a text, not an object.'],
    [{ a: [["b"]] }, "not a list."],
    [{ a: Number.NaN }, "not the number NaN."],
    [{ a: "\ud800" }, "half a surrogate pair"],
    [{ "\udc00": "a" }, "half a surrogate pair"],
  ])("cannot write %j", (value, says) => {
    expect(() => form.write(value)).toThrow(says)
    expect(() => form.write(value)).toThrow(/^Cannot write form/)
  })

  it("stops before a long name and a long list become an enormous body", () => {
    const value = { ["n".repeat(100_000)]: Array.from({ length: 100_000 }, () => 1) }
    expect(() => form.write(value)).toThrow("more than 16777216 characters")
    expect(() => form.with({ size: 5 }).write({ a: "12345" })).toThrow("more than 5 characters")
  })
})
