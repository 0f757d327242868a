import { describe, expect, it } from "vitest"

import type { Problem, Schema } from "../../../src/core/schema.ts"
import { Secret } from "../../../src/core/secret.ts"
import { set } from "../../../src/policies/transform/assign.ts"
import { readPath } from "../../../src/policies/transform/paths.ts"
import { type Filled, filled, filledHeader, filledValue } from "../../../src/policies/transform/values.ts"
import { exchange } from "../../support/exchange.ts"

const given = { exchange: exchange({ params: { id: "7" } }), search: "", body: { a: { b: 1 } } }
const secret = (value: string | undefined) => new Secret('env("KEY")', () => value)

function parsed<T>(schema: Schema<Filled<T>>, value: unknown): { made: Filled<T>; problems: Problem[] } {
  const problems: Problem[] = []
  const made = schema.parse(value, ["here"], (problem) => void problems.push(problem))
  return { made, problems }
}

describe("filledValue()", () => {
  it("fills texts at any depth, and leaves out fields for which nothing is there", () => {
    const { made } = parsed(filledValue(), {
      n: 1,
      t: true,
      z: null,
      l: [":id", ":none", { x: ":none" }],
      o: { i: ":id" },
    })
    expect(made.fill(given)).toEqual({ n: 1, t: true, z: null, l: ["7", null, {}], o: { i: "7" } })
    expect(made.holes.map(({ written }) => written)).toEqual([":id", ":none", ":none", ":id"])
  })

  it("makes the value anew each time", () => {
    const { made } = parsed(filledValue(), { l: [{ a: 1 }] })
    expect(made.fill(given)).not.toBe(made.fill(given))
    expect((made.fill(given) as { l: object[] }).l[0]).not.toBe((made.fill(given) as { l: object[] }).l[0])
  })

  it("takes secrets for the texts that they are, colons and all", () => {
    const { made, problems } = parsed(filledValue(), { token: secret("a:id"), l: [secret("b")] })
    expect(problems).toEqual([])
    expect(made.fill(given)).toEqual({ token: "a:id", l: ["b"] })
    expect(made.holes).toEqual([])
  })

  it("reports a secret that is not there, at its place", () => {
    expect(parsed(filledValue(), { a: [secret(undefined)] }).problems).toEqual([
      expect.objectContaining({ code: "E501", path: ["here", "a", 0] }),
    ])
  })

  it("reports what no JSON value has", () => {
    const circle: { self?: unknown } = {}
    circle.self = circle
    for (const value of [{ a: () => 1 }, { a: Number.NaN }, circle, [circle]])
      expect(parsed(filledValue(), value).problems).toEqual([expect.objectContaining({ code: "E203" })])
  })

  it("takes any name for plain data", () => {
    const { made } = parsed(filledValue(), JSON.parse('{ "__proto__": ":id" }'))
    expect(JSON.stringify(made.fill(given))).toBe('{"__proto__":"7"}')
  })
})

describe("filled()", () => {
  it("takes a secret as it is", () => {
    expect(parsed(filled(), secret("x :id")).made.fill(given)).toBe("x :id")
    expect(parsed(filled(), "x :id").made.fill(given)).toBe("x 7")
  })

  it("of a header refuses what no header can have", () => {
    expect(parsed(filledHeader(), "a\nb").problems).toEqual([expect.objectContaining({ code: "E204" })])
    expect(parsed(filledHeader(), secret("世")).problems).toEqual([expect.objectContaining({ code: "E204" })])
  })
})

describe("set()", () => {
  const after = (value: unknown, rules: Record<string, unknown>, body: unknown = value): unknown =>
    set(new Map(Object.entries(rules).map(([path, item]) => [readPath(path), parsed(filledValue(), item).made])))({
      ...given,
      body,
    })(value)

  it("gives fields values, and makes the objects around them", () => {
    expect(after({ a: 1 }, { a: 2, "b.c.d": ":id" })).toEqual({ a: 2, b: { c: { d: "7" } } })
  })

  it("goes into the items of lists", () => {
    expect(after({ l: [{ a: 1 }, {}] }, { "l.b": 1, "l.*.c": 2 })).toEqual({
      l: [
        { a: 1, b: 1, c: 2 },
        { b: 1, c: 2 },
      ],
    })
    expect(after({ l: [1, 2] }, { "l.1": 5, "l.7": 9 })).toEqual({ l: [1, 5] })
    expect(after({ l: [1, 2], o: { x: 1 } }, { "l.*": 0, "o.*": 0, "none.*": 0 })).toEqual({
      l: [0, 0],
      o: { x: 0 },
    })
    expect(after([{ a: 1 }, { a: 2 }], { b: 3 })).toEqual([
      { a: 1, b: 3 },
      { a: 2, b: 3 },
    ])
  })

  it("puts an object in the place of what has no fields", () => {
    expect(after({ a: 5 }, { "a.b": 1 })).toEqual({ a: { b: 1 } })
  })

  it("leaves a field as it is when nothing is there for it", () => {
    expect(after({ a: 1 }, { a: ":none", b: ":body.x" })).toEqual({ a: 1 })
  })

  it("copies what it takes from the body", () => {
    const value = { a: { b: 1 }, l: [{}, {}] }
    const made = after(value, { "l.*.c": ":body.a" }) as { a: object; l: { c: object }[] }
    expect(made.l).toEqual([{ c: { b: 1 } }, { c: { b: 1 } }])
    expect(new Set([made.a, made.l[0]?.c, made.l[1]?.c]).size).toBe(3)
  })

  it("takes any name for plain data", () => {
    expect(JSON.stringify(after({}, { "__proto__.a": 1 }))).toBe('{"__proto__":{"a":1}}')
    expect(Object.hasOwn(Object.prototype, "a")).toBe(false)
  })
})
