import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { jsonError } from "../../src/formats/json-error.ts"

describe("jsonError()", () => {
  it.each([
    ['{\n  "a": 1,\n}', 2, 9, 'a comma may not stand before "}".'],
    ["[1, 2,]", 1, 6, 'a comma may not stand before "]".'],
    ['{\r\n  "a": 1\r\n  "b": 2\r\n}', 3, 3, 'expected "," or "}", got """.'],
    ["{ a: 1 }", 1, 3, 'expected a name in double quotes, got "a".'],
    ["['a']", 1, 2, "expected a value, got a single quote; strings stand in double quotes."],
    ["// no\n{}", 1, 1, 'expected a value, got "/"; JSON has no comments.'],
    ['{"a" 1}', 1, 6, 'expected ":", got "1".'],
    ["[undefined]", 1, 2, 'expected a value, got "undefined".'],
    ["[01]", 1, 2, 'expected a value, got "01".'],
    ['{"a": [1', 1, 9, 'the "[" of line 1 is never closed.'],
    ["{} {}", 1, 4, 'expected the end, got "{".'],
    ['["a\nb"]', 1, 2, "this string is never closed."],
    ['["\\x41"]', 1, 3, '"\\x" is no escape of JSON.'],
    ['["a\tb"]', 1, 4, "a control character in a string has to be escaped."],
    ["", 1, 1, "it is empty."],
    ["[😀]", 1, 2, 'expected a value, got "😀".'],
  ])("finds the place in %j", (text, line, column, message) => {
    expect(jsonError(text)).toEqual({ line, column, message })
  })

  it("agrees with JSON.parse on what JSON is", () => {
    const broken = fc
      .tuple(fc.json(), fc.nat(), fc.nat({ max: 3 }), fc.constantFrom("", ",", "}", "[", '"', "\\", "0", "-", "e", "."))
      .map(([text, at, cut, put]) => {
        const place = at % (text.length + 1)
        return text.slice(0, place) + put + text.slice(place + cut)
      })
    fc.assert(
      fc.property(broken, (text) => {
        expect(jsonError(text) === undefined, text).toBe(isJson(text))
      }),
      { numRuns: 1000 },
    )
  })

  it("does not run out of stack on deep nesting", () => {
    expect(jsonError("[".repeat(200_000))).toMatchObject({ column: 200_001 })
  })
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
