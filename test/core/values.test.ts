import { describe, expect, it } from "vitest"

import { Secret } from "../../src/core/secret.ts"
import { anyObject, flag, fn, headerLines, integer, json, off, oneOf, text } from "../../src/core/values.ts"
import { parsed, places } from "./parsed.ts"

describe("text()", () => {
  it("takes any text, the empty one too, and nothing else", () => {
    expect(parsed(text(), "")).toEqual({ value: "", problems: [] })
    for (const value of [5, null, true, ["a"], {}, Object("a")])
      expect(places(parsed(text(), value).problems)).toEqual(["E203 here"])
  })

  it("checks its pattern and quotes the value", () => {
    const word = text({ expected: "a word", pattern: /^\w+$/, fix: "Take out what is no letter." })
    expect(parsed(word, "abc").problems).toEqual([])
    expect(parsed(word, "a b").problems).toEqual([
      { code: "E204", path: ["here"], message: 'Expected a word, got "a b".', fix: "Take out what is no letter." },
    ])
  })
})

describe("oneOf()", () => {
  const fruit = oneOf("apple", "pear")

  it("takes its words only", () => {
    expect(parsed(fruit, "pear")).toEqual({ value: "pear", problems: [] })
    expect(parsed(fruit, "Pear").problems).toMatchObject([
      { code: "E204", message: 'Expected one of "apple" or "pear", got "Pear".' },
    ])
    for (const value of [1, null, ["apple"]]) expect(places(parsed(fruit, value).problems)).toEqual(["E203 here"])
  })

  it.each(["constructor", "__proto__", "toString", ""])("refuses %j", (word) => {
    expect(places(parsed(fruit, word).problems)).toEqual(["E204 here"])
  })

  it("prints its words", () => {
    expect(fruit.types("")).toBe('"apple" | "pear"')
  })
})

describe("flag()", () => {
  it("takes true and false, and nothing that is only like them", () => {
    expect(parsed(flag(), false)).toEqual({ value: false, problems: [] })
    for (const value of ["true", 1, 0, null]) expect(places(parsed(flag(), value).problems)).toEqual(["E203 here"])
  })
})

describe("off()", () => {
  it("takes false only", () => {
    expect(parsed(off(), false)).toEqual({ value: false, problems: [] })
    for (const value of [true, null, 0, ""]) expect(places(parsed(off(), value).problems)).toEqual(["E203 here"])
  })
})

describe("integer()", () => {
  it("takes whole numbers within its bounds", () => {
    expect(parsed(integer(1, 3), 1).problems).toEqual([])
    expect(parsed(integer(1, 3), 3).problems).toEqual([])
    for (const value of [0, 4, 1.5, Number.NaN, Infinity, -Infinity])
      expect(places(parsed(integer(1, 3), value).problems), String(value)).toEqual(["E204 here"])
    for (const value of ["1", 1n, null, true])
      expect(places(parsed(integer(1, 3), value).problems)).toEqual(["E203 here"])
  })

  it("says its bounds, and leaves out the one that is not meant", () => {
    expect(integer(1, 3).expected).toBe("a whole number from 1 to 3")
    expect(integer(1).expected).toBe("a whole number from 1")
    expect(places(parsed(integer(1), 2 ** 53).problems)).toEqual(["E204 here"])
  })
})

describe("fn()", () => {
  it("takes a function and prints the type it is given", () => {
    const run = fn<() => void>("() => void")
    expect(run.types("")).toBe("() => void")
    expect(parsed(run, async () => {}).problems).toEqual([])
    expect(places(parsed(run, "() => 1").problems)).toEqual(["E203 here"])
  })
})

describe("json()", () => {
  it("takes what JSON can carry, as it is", () => {
    const shared = { n: 1 }
    for (const value of [
      null,
      0,
      "",
      false,
      [],
      { a: [1, { b: null }] },
      new Date(0),
      [shared, shared],
      { a: undefined },
    ])
      expect(parsed(json(), value)).toEqual({ value, problems: [] })
  })

  it("says where something stands that JSON cannot carry", () => {
    const circle: Record<string, unknown> = { ok: 1 }
    circle.self = [circle]
    const secret = new Secret('env("TOKEN")', () => "hunter2")
    expect(places(parsed(json(), { a: [1, 10n], b: { c: () => 1 }, d: Symbol("s"), e: Number.NaN }).problems)).toEqual([
      "E203 here.a.1",
      "E203 here.b.c",
      "E203 here.d",
      "E203 here.e",
    ])
    expect(places(parsed(json(), circle).problems)).toEqual(["E203 here.self.0"])
    expect(parsed(json(), { deep: [secret] }).problems).toMatchObject([
      { path: ["here", "deep", 0], message: 'Expected a JSON value, got env("TOKEN").' },
    ])
    expect(places(parsed(json(), undefined).problems)).toEqual(["E203 here"])
    expect(places(parsed(json(), () => 1).problems)).toEqual(["E203 here"])
    expect(places(parsed(json(), secret).problems)).toEqual(["E203 here"])
  })
})

describe("anyObject()", () => {
  it("takes an object as it is", () => {
    const given = { a: 1, constructor: 2 }
    expect(parsed(anyObject(), given).value).toBe(given)
    expect(places(parsed(anyObject(), []).problems)).toEqual(["E203 here"])
  })
})

describe("headerLines()", () => {
  it("takes names and values that can be sent", () => {
    const given = { "X-A": "1", "!#$%&'*+.^_`|~-": "", accept: "a\tb é \u00ff" }
    expect(parsed(headerLines(), given)).toEqual({ value: new Map(Object.entries(given)), problems: [] })
  })

  it.each(["", "a b", "a:b", "a\n", "é", "(a)", "a\0"])("refuses the name %j", (name) => {
    expect(places(parsed(headerLines(), { [name]: "x" }).problems)).toEqual([`E204 here.${name} key`])
  })

  it.each(["a\r\nb: c", "a\nb", "a\0", "世", "a\u0001", "a\u007f"])("refuses the value %j", (value) => {
    expect(places(parsed(headerLines(), { a: value }).problems)).toEqual(["E204 here.a"])
  })

  it("every pair that it takes can be sent", () => {
    for (let code = 0; code < 300; code++) {
      const letter = String.fromCharCode(code)
      for (const lines of [{ [`x${letter}`]: "v" }, { x: `a${letter}b` }])
        if (parsed(headerLines(), lines).problems.length === 0)
          expect(() => new Headers(lines), `U+${code.toString(16)}`).not.toThrow()
    }
  })
})
