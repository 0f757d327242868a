import { describe, expect, it } from "vitest"

import type { Problem } from "../../../src/core/schema.ts"
import { fieldPath, lastName, readPath, spotOf } from "../../../src/policies/transform/paths.ts"

/** The places in a value that paths lead to. */
function found(paths: readonly string[], value: unknown): string[] {
  const places: string[] = []
  const walk = (at: unknown, spot: ReturnType<typeof spotOf> | undefined, way: string): void => {
    if (!spot) return
    if (spot.ends.length > 0) places.push(`${way}${spot.ends.length > 1 ? `×${spot.ends.length}` : ""}`)
    if (Array.isArray(at)) for (const [n, item] of at.entries()) walk(item, spot.item(n), `${way}[${n}]`)
    else if (typeof at === "object" && at !== null)
      for (const [key, item] of Object.entries(at)) walk(item, spot.field(key), way === "" ? key : `${way}.${key}`)
  }
  walk(value, spotOf(paths.map(readPath)), "")
  return places
}

const order = {
  id: 1,
  owner: { id: 2, name: "Mina" },
  items: [
    { id: 3, price: { net: 1, id: 4 } },
    { id: 5, price: { net: 2, id: 6 } },
  ],
  grid: [[{ id: 7 }], [{ id: 8 }]],
}

describe("spotOf()", () => {
  it.each([
    [["id"], ["id"]],
    [["owner.name"], ["owner.name"]],
    [["owner.name.first"], []],
    [["items.id"], ["items[0].id", "items[1].id"]],
    [["items.*.id"], ["items[0].id", "items[1].id"]],
    [["items.*"], ["items[0]", "items[1]"]],
    [["items.1.id"], ["items[1].id"]],
    [["items.2.id"], []],
    [["items.*.*.id"], ["items[0].price.id", "items[1].price.id"]],
    [["*.id"], ["owner.id", "items[0].id", "items[1].id", "grid[0][0].id", "grid[1][0].id"]],
    [["grid.*.id"], ["grid[0][0].id", "grid[1][0].id"]],
    [
      ["**.id"],
      [
        "id",
        "owner.id",
        "items[0].id",
        "items[0].price.id",
        "items[1].id",
        "items[1].price.id",
        "grid[0][0].id",
        "grid[1][0].id",
      ],
    ],
    [["items.**.id"], ["items[0].id", "items[0].price.id", "items[1].id", "items[1].price.id"]],
    [["**.price.**.id"], ["items[0].price.id", "items[1].price.id"]],
    [
      ["id", "**.id", "owner"],
      [
        "id×2",
        "owner",
        "owner.id",
        "items[0].id",
        "items[0].price.id",
        "items[1].id",
        "items[1].price.id",
        "grid[0][0].id",
        "grid[1][0].id",
      ],
    ],
    [["constructor", "toString", "__proto__"], []],
  ])("%j leads to %j", (paths, places) => {
    expect(found(paths, order)).toEqual(places)
  })

  it("goes through a list at the very top", () => {
    expect(found(["id", "*.id"], [{ id: 1 }, { id: 2 }])).toEqual(["[0].id×2", "[1].id×2"])
  })

  it("takes a star behind a list for the items, not for what is in them", () => {
    expect(found(["items.*.id"], { items: [{ owner: { id: 1 } }] })).toEqual([])
  })

  it("takes escaped dots and stars for letters", () => {
    expect(found([String.raw`a\.b.\*`], { "a.b": { "*": 1, c: 2 }, a: { b: { "*": 1 } } })).toEqual(["a.b.*"])
  })

  it("finds fields of any name", () => {
    const value = JSON.parse('{ "__proto__": { "constructor": 1 } }') as unknown
    expect(found(["__proto__.constructor", "**.constructor"], value)).toEqual(["__proto__.constructor×2"])
  })

  it("remembers nothing of names that no path has", () => {
    const spot = spotOf([readPath("**.secret")])
    const first = spot.field("a")
    for (let n = 0; n < 1000; n++) expect(spot.field(`name ${n}`)).toBe(first)
  })
})

describe("lastName()", () => {
  it.each([
    ["a.b", "b"],
    ["**.secret", "secret"],
    ["meta.*", "meta"],
    ["*", undefined],
  ])("of %j is %j", (path, name) => {
    expect(lastName(readPath(path))).toBe(name)
  })
})

describe("fieldPath()", () => {
  const wrong = (kind: "fields" | "named" | "plain", path: unknown): string[] => {
    const problems: Problem[] = []
    fieldPath(kind).parse(path, ["here"], (problem) => void problems.push(problem))
    return problems.map(({ message }) => message)
  }

  it.each([
    ["fields", "a.b"],
    ["fields", "**.secret"],
    ["fields", "meta.*"],
    ["named", "items.*.cost"],
    ["named", "**.cost"],
    ["plain", "items.*"],
    ["plain", "a.0.b"],
  ] as const)("of %s takes %j", (kind, path) => {
    expect(wrong(kind, path)).toEqual([])
  })

  it.each([
    ["fields", "", "has an empty name in it"],
    ["fields", "a..b", "has an empty name in it"],
    ["fields", "a.", "has an empty name in it"],
    ["fields", "*", "has no name in it"],
    ["fields", "**.*", "has no name in it"],
    ["fields", "a.**", "does not end with a name"],
    ["named", "items.*", "does not end with a name"],
    ["plain", "**.a", '"**"'],
  ] as const)("of %s refuses %j: it %s", (kind, path, why) => {
    expect(wrong(kind, path)).toEqual([expect.stringContaining(why)])
  })

  it("refuses what is no text", () => {
    expect(wrong("fields", 1)).toEqual([expect.stringContaining("got 1")])
  })
})
