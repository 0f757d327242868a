import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { csv } from "../../src/formats/csv.ts"

const bytes = (text: string | Uint8Array): Uint8Array => Buffer.from(text)
const read = (text: string): unknown => csv.read(bytes(text))

describe("csv", () => {
  const field = fc.oneof(
    fc.string({ unit: fc.constantFrom(..."ab ,;\t\"'\r\n=+-@1.") }),
    fc.string({ unit: "grapheme" }),
  )

  it.each([
    [",", "disarm"],
    [";", "keep"],
    ["\t", "disarm"],
    ["|", "keep"],
  ] as const)("reads back what it wrote between %j, told to %s formulas", (separator, formulas) => {
    const tables = fc
      .uniqueArray(field, { minLength: 1, maxLength: 4 })
      .chain((names) =>
        fc
          .array(fc.tuple(...names.map(() => field)), { minLength: 1, maxLength: 5 })
          .map((rows) => rows.map((row) => Object.fromEntries(names.map((name, n) => [name, row[n]])))),
      )
    const format = csv.with({ separator, formulas })
    fc.assert(
      fc.property(tables, (table) => {
        const found = format.read(bytes(format.write(table))) as object[]
        expect(found.map((row) => ({ ...row }))).toEqual(table)
      }),
      { numRuns: 500 },
    )
  })

  it.each<[string, unknown]>([
    ["", []],
    ["a,b", []],
    ["a,b\r\n1,2\r\n", [{ a: "1", b: "2" }]],
    [
      "a,b\n1,2\n\n3,4",
      [
        { a: "1", b: "2" },
        { a: "3", b: "4" },
      ],
    ],
    ['"a","b"\r\n"1,\r\n""2""",', [{ a: '1,\r\n"2"', b: "" }]],
    ['a\n""\nx', [{ a: "" }, { a: "x" }]],
    ["a,b\n,", [{ a: "", b: "" }]],
    ["a\n x ", [{ a: " x " }]],
    ["a\nx\ry", [{ a: "x\ry" }]],
    ["\ufeffa\n1", [{ a: "1" }]],
    ["__proto__,constructor\n1,2", [JSON.parse('{"__proto__":"1","constructor":"2"}')]],
  ])("reads %j", (text, value) => {
    expect(read(text)).toEqual(value)
  })

  it("reads another charset", () => {
    expect(csv.read(Buffer.from("a\n\x80", "latin1"), "windows-1252")).toEqual([{ a: "€" }])
  })

  it.each([
    ["a,b\n1", "at line 2, column 1: this row has 1 fields, the first one has 2."],
    ["a\n\n1,2", "at line 3, column 1: this row has 2 fields, the first one has 1."],
    ['"a\nb",c\n"x\ny"', "at line 3, column 1: this row has 1 fields"],
    ['a\nx"y', "at line 2, column 2: a quote may only begin a field."],
    ['a\n"x"y', "at line 2, column 4: a field goes on after its closing quote."],
    ['a\n"x', "at line 2, column 1: this quote is never closed."],
    ["a,b,a", 'two columns are called "a".'],
    ["a,".repeat(1001), "a row has more than 1000 fields."],
  ])("refuses %j and says where", (text, says) => {
    expect(() => read(text)).toThrow(says)
    expect(() => read(text)).toThrow(/^Cannot read CSV/)
  })

  it.each<[unknown, string]>([
    [[], ""],
    [
      [
        { a: 1, b: true },
        { b: null, c: "x" },
      ],
      "a,b,c\r\n1,true,\r\n,,x\r\n",
    ],
    [[{ a: 'say "hi"', "b,c": "x\r\ny" }], 'a,"b,c"\r\n"say ""hi""","x\r\ny"\r\n'],
    [[{ a: " x " }], 'a\r\n" x "\r\n'],
    [[{ a: "" }], 'a\r\n""\r\n'],
    [[{ a: 1, constructor: "x" }, { a: 2 }], "a,constructor\r\n1,x\r\n2,\r\n"],
    [[{ at: new Date(0) }], "at\r\n1970-01-01T00:00:00.000Z\r\n"],
  ])("writes %j", (value, text) => {
    expect(csv.write(value)).toBe(text)
  })

  it("writes large integers digit by digit", () => {
    expect(csv.write([{ a: 2n ** 70n }])).toBe("a\r\n1180591620717411303424\r\n")
  })

  it.each([
    ["=1+1", "'=1+1"],
    ["+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"],
    ["-2+3", "'-2+3"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\t=1", "'\t=1"],
    ["\r=1", '"\'\r=1"'],
    ["＝1", "'＝1"],
    ["'=1", "''=1"],
    ["-5", "-5"],
    ["+41791234567", "+41791234567"],
    ["-1.5e3", "-1.5e3"],
    ["'quoted'", "'quoted'"],
    ["a=b", "a=b"],
  ])("disarms what spreadsheets would run: %j", (text, written) => {
    expect(csv.write([{ a: text }])).toBe(`a\r\n${written}\r\n`)
    expect(read(csv.write([{ a: text }]) as string)).toEqual([{ a: text }])
  })

  it("leaves formulas alone when told so", () => {
    const format = csv.with({ formulas: "keep" })
    expect(format.write([{ a: "=1" }])).toBe("a\r\n=1\r\n")
    expect(format.read(bytes("a\r\n'=1\r\n"))).toEqual([{ a: "'=1" }])
  })

  it("disarms the names of columns too", () => {
    expect(csv.write([{ "=1": "x" }])).toBe("'=1\r\nx\r\n")
  })

  it.each<[unknown, string]>([
    [{ a: 1 }, "a table is a list of objects, not an object."],
    [[1], 'at "[0]": a row is an object, not the number 1.'],
    [[{ a: 1 }, { a: { b: 1 } }], 'at "[1].a": a field is a text, not an object.'],
    [[{ a: [1] }], "not a list."],
    [[{}], "none of the objects has a field."],
    [[{ a: Number.NaN }], "not the number NaN."],
    [[{ a: "\ud800" }], "half a surrogate pair"],
  ])("cannot write %j", (value, says) => {
    expect(() => csv.write(value)).toThrow(says)
    expect(() => csv.write(value)).toThrow(/^Cannot write CSV/)
  })

  it("stops before a few names and many rows become an enormous table", () => {
    expect(() => csv.write(Array.from({ length: 1001 }, (_, n) => ({ [`c${n}`]: 1 })))).toThrow(
      "more than 1000 columns",
    )
    const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`c${n}`, 1]))
    expect(() => csv.write([wide, ...Array.from({ length: 50_000 }, () => ({}))])).toThrow(
      "more than 16777216 characters",
    )
  })
})
