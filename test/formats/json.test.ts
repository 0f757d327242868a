import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { json } from "../../src/formats/json.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const read = (text: string): unknown => json.read(bytes(text))

describe("json", () => {
  it("reads back what it wrote", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), (raw) => {
        const value = JSON.parse(JSON.stringify(raw)) as unknown
        expect(read(json.write(value) as string)).toEqual(value)
      }),
    )
  })

  it("writes what JSON.stringify writes", () => {
    const value = { a: [1, undefined, () => 1], b: undefined, c: new Date(0), d: "\ud800" }
    expect(json.write(value)).toBe(JSON.stringify(value))
  })

  it.each<[string, Uint8Array, string | undefined, unknown]>([
    ["a byte order mark", bytes('\ufeff{"a":1}'), undefined, { a: 1 }],
    ["a charset that says what is so anyway", bytes('"é"'), "UTF-8", "é"],
    ["another charset", Buffer.from('"é"', "latin1"), "iso-8859-1", "é"],
    ["UTF-16 by its charset", Buffer.from('"é"', "utf16le"), "utf-16le", "é"],
  ])("reads %s", (_, body, charset, value) => {
    expect(json.read(body, charset)).toEqual(value)
  })

  it("takes the last of two members of one name, as JSON.parse does", () => {
    expect(read('{"a":1,"a":2}')).toEqual({ a: 2 })
  })

  it("takes dangerous names for names", () => {
    const value = read('{"__proto__":{"admin":true}}') as object
    expect(Object.keys(value)).toEqual(["__proto__"])
    expect(value).not.toHaveProperty("admin")
  })

  it("reads numbers as those of JavaScript", () => {
    expect(read("[12345678901234567890, 1e400, -0, 1.0]")).toEqual([
      12345678901234567000,
      Number.POSITIVE_INFINITY,
      -0,
      1,
    ])
  })

  it.each<[string, string, string]>([
    ["a list that is not closed", '{"a": [1,\n 2', 'at line 2, column 3: the "[" of line 1 is never closed.'],
    ["a comma at the end", '{"a": 1,}', 'at line 1, column 8: a comma may not stand before "}".'],
    ["single quotes", "{'a': 1}", "expected a name in double quotes, got a single quote"],
    ["nothing", "", "it is empty."],
    ["a word", "nil", 'expected a value, got "nil".'],
    ["a second mark", "\ufeff\ufeff{}", "at line 1, column 1"],
    ["half a number", "[1.]", 'at line 1, column 2: expected a value, got "1.".'],
  ])("refuses %s and says where", (_, text, says) => {
    expect(() => read(text)).toThrow(says)
    expect(() => read(text)).toThrow(/^Cannot read JSON/)
  })

  it("refuses bytes that are no UTF-8", () => {
    expect(() => json.read(Buffer.from([0x22, 0xff, 0x22]))).toThrow("Cannot read JSON: it is not UTF-8.")
    expect(() => json.read(bytes('"+ADw-"'), "utf-7")).toThrow('the charset "utf-7" is not known. Send it as UTF-8.')
  })

  it.each([
    ["lists", "[".repeat(200), "]".repeat(200), "[", "]"],
    ["objects", '{"a":'.repeat(199) + "{", "}".repeat(200), '{"a":', "}"],
    ["lists that are closed again and again", `${"[[],".repeat(199)}[`, "]".repeat(200), "[", "]"],
  ])("refuses %s deeper than 200", (_, open, close, oneMore, end) => {
    expect(() => read(open + close)).not.toThrow()
    expect(() => read(oneMore + open + close + end)).toThrow("nested more than 200 deep, which is the limit.")
  })

  it("refuses a hundred thousand brackets, closed or not", () => {
    expect(() => read("[".repeat(100_000))).toThrow('the "[" of line 1 is never closed.')
    expect(() => read("[".repeat(100_000) + "]".repeat(100_000))).toThrow("nested more than 200 deep")
  })

  it("does not count brackets in texts", () => {
    const value = { [`${"[".repeat(300)}\\"{`]: ["{[".repeat(300), '\\"[', "\\\\"] }
    expect(read(JSON.stringify(value))).toEqual(value)
  })

  it("counts as told", () => {
    const format = json.with({ depth: 2 })
    expect(format.read(bytes('{"a":[1]}'))).toEqual({ a: [1] })
    expect(() => format.read(bytes('{"a":[[]]}'))).toThrow("more than 2 deep")
  })

  it("counts exactly", () => {
    const depthOf = (value: unknown): number =>
      typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 6, stringUnit: fc.constantFrom("[", "{", '"', "\\", "]", "a") }),
        (value) => {
          const [depth, body] = [depthOf(value), bytes(JSON.stringify(value))]
          expect(json.with({ depth }).read(body)).toEqual(JSON.parse(JSON.stringify(value)))
          if (depth > 0) expect(() => json.with({ depth: depth - 1 }).read(body)).toThrow("deep")
        },
      ),
    )
  })

  const circle: { again?: unknown } = {}
  circle.again = circle
  let deep: unknown = 0
  for (let n = 0; n < 200_000; n++) deep = [deep]

  it.each<[string, unknown, string]>([
    ["undefined", undefined, "there is no form for undefined."],
    ["a function", () => 1, "there is no form for function."],
    ["a large integer", { a: 1n }, "BigInt"],
    ["a circle", circle, "cyclic"],
    ["a value too deep for the stack", deep, "it is nested too deeply."],
  ])("cannot write %s", (_, value, says) => {
    expect(() => json.write(value)).toThrow(says)
    expect(() => json.write(value)).toThrow(/^Cannot write JSON: /)
  })
})
