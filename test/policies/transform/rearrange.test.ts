import { describe, expect, it } from "vitest"

import { readPath } from "../../../src/policies/transform/paths.ts"
import { flatten, group, rename } from "../../../src/policies/transform/rearrange.ts"

const text = (value: unknown): string => JSON.stringify(value)

describe("rename()", () => {
  const renamed = (value: unknown, rules: Record<string, string>): string =>
    text(rename(new Map(Object.entries(rules).map(([path, name]) => [readPath(path), name])))(value))

  it("gives fields other names where they stand", () => {
    expect(renamed({ a: 1, b: 2, c: 3 }, { b: "x" })).toBe('{"a":1,"x":2,"c":3}')
  })

  it("goes into lists, and to any depth", () => {
    expect(renamed({ items: [{ cost: 1 }, { cost: 2 }, 5] }, { "items.*.cost": "price" })).toBe(
      '{"items":[{"price":1},{"price":2},5]}',
    )
    expect(renamed({ cost: 1, a: [{ cost: 2, b: { cost: 3 } }] }, { "**.cost": "price" })).toBe(
      '{"price":1,"a":[{"price":2,"b":{"price":3}}]}',
    )
  })

  it("renames an object and what is in it by the names that came", () => {
    expect(renamed({ a: { b: 1 } }, { a: "x", "a.b": "y" })).toBe('{"x":{"y":1}}')
  })

  it("puts a field in the place of another that has the name", () => {
    expect(renamed({ price: 1, cost: 2 }, { cost: "price" })).toBe('{"price":2}')
    expect(renamed({ a: 1, b: 2 }, { a: "b", b: "a" })).toBe('{"b":1,"a":2}')
  })

  it("leaves a field alone that already has the name", () => {
    expect(renamed({ a: 1, b: 2 }, { a: "a" })).toBe('{"a":1,"b":2}')
  })

  it("takes any name for plain data", () => {
    expect(renamed({ a: 1 }, { a: "__proto__" })).toBe('{"__proto__":1}')
  })

  it.each([5, "a", null, [], [1]])("leaves %j as it is", (value) => {
    expect(renamed(value, { a: "b" })).toBe(text(value))
  })
})

describe("flatten()", () => {
  const flat = (value: unknown, ...paths: string[]): string => text(flatten(paths.map(readPath))(value))

  it("moves the fields of an object up, in its place", () => {
    expect(flat({ a: 1, meta: { b: 2, c: 3 }, d: 4 }, "meta")).toBe('{"a":1,"b":2,"c":3,"d":4}')
  })

  it("lets the fields around have their names", () => {
    expect(flat({ meta: { id: 2, b: 3 }, id: 1 }, "meta")).toBe('{"b":3,"id":1}')
  })

  it("moves up several levels, the inner ones first", () => {
    expect(flat({ a: { b: { c: 1 } } }, "a", "a.b")).toBe('{"c":1}')
    expect(flat({ list: [{ m: { a: 1 } }, { m: { a: 2 } }] }, "list.*.m")).toBe('{"list":[{"a":1},{"a":2}]}')
  })

  it("makes one list of lists", () => {
    expect(flat({ rows: [[1, 2], [3], 4] }, "rows")).toBe('{"rows":[1,2,3,4]}')
  })

  it("can move up a field of the name of the object itself", () => {
    expect(flat({ a: { a: 1, b: 2 } }, "a")).toBe('{"a":1,"b":2}')
  })

  it("leaves what is neither as it is", () => {
    expect(flat({ a: 1, b: null, c: "x" }, "a", "b", "c")).toBe('{"a":1,"b":null,"c":"x"}')
  })
})

describe("group()", () => {
  const grouped = (value: unknown, rules: Record<string, string[]>): string =>
    text(group(new Map(Object.entries(rules).map(([path, names]) => [readPath(path), names])))(value))

  it("puts fields into an object of their own, in the order of the config", () => {
    expect(grouped({ street: "s", name: "n", city: "c" }, { address: ["city", "street"] })).toBe(
      '{"name":"n","address":{"city":"c","street":"s"}}',
    )
  })

  it("does so below other objects, and in the items of lists", () => {
    expect(grouped({ a: { x: 1, y: 2 } }, { "a.g": ["x"] })).toBe('{"a":{"y":2,"g":{"x":1}}}')
    expect(grouped({ l: [{ x: 1 }, { y: 2 }] }, { "l.*.g": ["x"] })).toBe('{"l":[{"g":{"x":1}},{"y":2}]}')
    expect(grouped({ l: [{ x: 1 }, { y: 2 }] }, { "l.g": ["x"] })).toBe('{"l":[{"g":{"x":1}},{"y":2}]}')
    expect(grouped([{ x: 1 }, { x: 2 }], { g: ["x"] })).toBe('[{"g":{"x":1}},{"g":{"x":2}}]')
  })

  it("adds to an object that is there, and may take the name of a field that moves", () => {
    expect(grouped({ g: { a: 1 }, b: 2 }, { g: ["b"] })).toBe('{"g":{"a":1,"b":2}}')
    expect(grouped({ price: 5, currency: "EUR" }, { price: ["price", "currency"] })).toBe(
      '{"price":{"price":5,"currency":"EUR"}}',
    )
  })

  it("makes no object for fields that are not there", () => {
    expect(grouped({ a: 1 }, { g: ["x", "toString"] })).toBe('{"a":1}')
  })

  it("makes several, one after the other", () => {
    expect(grouped({ a: 1, b: 2 }, { g: ["a"], h: ["b", "g"] })).toBe('{"h":{"b":2,"g":{"a":1}}}')
  })

  it.each([5, "a", null, [1]])("leaves %j as it is", (value) => {
    expect(grouped(value, { g: ["a"] })).toBe(text(value))
  })
})
