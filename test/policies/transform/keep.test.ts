import { describe, expect, it } from "vitest"

import { omit, pick } from "../../../src/policies/transform/keep.ts"
import { readPath } from "../../../src/policies/transform/paths.ts"
import { xmlName } from "../../../src/policies/transform/strip.ts"

const order = () => ({
  id: 1,
  cost: 2,
  owner: { id: 2, name: "Mina", secret: "s" },
  items: [
    { sku: "a", cost: 1 },
    { sku: "b", cost: null },
  ],
})

describe("pick()", () => {
  const picked = (value: unknown, ...paths: string[]): unknown => pick(paths.map(readPath))(value)

  it("keeps nothing but the fields that are named, in their own order", () => {
    expect(JSON.stringify(picked(order(), "owner.name", "id"))).toBe('{"id":1,"owner":{"name":"Mina"}}')
  })

  it("keeps the items of lists, and what is named in them", () => {
    expect(picked(order(), "items.sku")).toEqual({ items: [{ sku: "a" }, { sku: "b" }] })
    expect(picked([order(), { x: 1 }], "id")).toEqual([{ id: 1 }, {}])
  })

  it("keeps whole what is named whole, null too", () => {
    expect(picked(order(), "owner")).toEqual({ owner: order().owner })
    expect(picked({ a: null, b: 1 }, "a")).toEqual({ a: null })
  })

  it("drops what has no such field", () => {
    expect(picked({ a: 5, b: { c: 1 } }, "a.x", "b.x")).toEqual({ b: {} })
    expect(picked({ list: [1, { x: 2 }, null, [{ x: 3 }]] }, "list.x")).toEqual({ list: [{ x: 2 }, [{ x: 3 }]] })
    expect(picked("text", "a")).toBeNull()
  })

  it("leaves the value itself alone", () => {
    const value = order()
    picked(value, "id")
    expect(value).toEqual(order())
  })

  it("keeps fields of any name, as fields", () => {
    const value = JSON.parse('{ "__proto__": { "a": 1 }, "b": 2 }') as object
    expect(JSON.stringify(picked(value, "__proto__"))).toBe('{"__proto__":{"a":1}}')
  })
})

describe("omit()", () => {
  const left = (value: unknown, ...paths: string[]): { any: boolean; value: unknown } => ({
    any: omit(paths.map(readPath))(value),
    value,
  })

  it("takes out the fields that are named, and tells that there were some", () => {
    const { owner, items } = order()
    expect(left(order(), "cost")).toEqual({ any: true, value: { id: 1, owner, items } })
    expect(left(order(), "none", "owner.cost")).toEqual({ any: false, value: order() })
  })

  it("takes them out wherever they are", () => {
    expect(left(order(), "**.cost", "**.secret").value).toEqual({
      id: 1,
      owner: { id: 2, name: "Mina" },
      items: [{ sku: "a" }, { sku: "b" }],
    })
  })

  it("takes out items of lists", () => {
    expect(left({ list: [1, 2, 3] }, "list.1").value).toEqual({ list: [1, 3] })
    expect(left({ list: [1, 2, 3] }, "list.*").value).toEqual({ list: [] })
  })

  it("goes through lists of lists and objects without prototype", () => {
    const bare = Object.assign(Object.create(null) as object, { cost: 1, a: 2 })
    expect(left([[bare], [[{ cost: 1 }]]], "cost")).toEqual({ any: true, value: [[{ a: 2 }], [[{}]]] })
  })

  it("has nothing to do with values without fields", () => {
    for (const value of [null, 1, "cost", true]) expect(left(value, "cost", "**.x")).toEqual({ any: false, value })
  })

  it("can call fields as XML means them", () => {
    const value = { "@cost": "1", "s:cost": "2", "@s:cost": "3", costs: "4", "s:costs": "5", a: { "x:cost": {} } }
    expect(omit([readPath("**.cost")])(value, xmlName("@"))).toBe(true)
    expect(value).toEqual({ costs: "4", "s:costs": "5", a: {} })
  })
})
