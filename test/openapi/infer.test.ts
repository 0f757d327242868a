import * as fc from "fast-check"
import { describe, expect, it } from "vitest"

import { inferSchema, type JsonSchema, jsonValue } from "../../src/openapi/infer.ts"

describe("inferSchema()", () => {
  it("tells integers from numbers, and takes the wider of the two", () => {
    expect(inferSchema([1])).toEqual({ type: "integer" })
    expect(inferSchema([1.5])).toEqual({ type: "number" })
    expect(inferSchema([1, 1.5])).toEqual({ type: "number" })
    expect(inferSchema([2 ** 60])).toEqual({ type: "number" })
  })

  it("requires a property only when every object has it", () => {
    expect(inferSchema([{ a: 1, b: "x" }, { a: 2 }])).toEqual({
      type: "object",
      properties: { a: { type: "integer" }, b: { type: "string" } },
      required: ["a"],
    })
  })

  it("merges the items of an array into one schema", () => {
    expect(inferSchema([[{ a: 1 }, { a: null }]])).toEqual({
      type: "array",
      items: { type: "object", properties: { a: { type: ["integer", "null"] } }, required: ["a"] },
    })
  })

  it("says nothing of the items of an empty array", () => {
    expect(inferSchema([[]])).toEqual({ type: "array", items: {} })
  })

  it.each([
    ["date-time", "2026-01-02T03:04:05Z"],
    ["date-time", "2026-01-02T03:04:05.123+02:00"],
    ["uuid", "7f0c1c3e-6a0f-4a34-9a51-0e2d7a3b3f10"],
    ["email", "ada.l+shop@mail.example.com"],
    ["uri", "https://shop.example/cart?id=1"],
  ])("recognises a %s in %j", (format, value) => {
    expect(inferSchema([value])).toEqual({ type: "string", format })
  })

  it.each(["2026-01-02", "a@b", "shop.example", "https://", "http:// x", "", "7f0c1c3e"])(
    "sees no format in %j",
    (value) => {
      expect(inferSchema([value])).toEqual({ type: "string" })
    },
  )

  it("drops a format that one of the strings does not have", () => {
    expect(inferSchema(["a@shop.example", "nobody"])).toEqual({ type: "string" })
  })

  it("keeps a key __proto__ as a property", () => {
    const schema = inferSchema([JSON.parse('{"__proto__":{"polluted":1},"constructor":2}')])
    expect(Object.getPrototypeOf(schema.properties)).toBe(Object.prototype)
    expect(Object.keys(schema.properties as object)).toEqual(["__proto__", "constructor"])
  })

  it("stops before the stack does on values nested without end", () => {
    const deep = JSON.parse("[".repeat(5000) + "]".repeat(5000)) as unknown
    expect(JSON.stringify(inferSchema([deep])).length).toBeLessThan(5000)
  })

  it("accepts every value that it was made from", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue({ maxDepth: 4 }), { minLength: 1, maxLength: 5 }), (raw) => {
        const values = raw.map(jsonValue)
        const schema = inferSchema(values)
        for (const value of values) expect(accepts(schema, value)).toBe(true)
      }),
    )
  })
})

describe("jsonValue()", () => {
  it("gives what a client would read", () => {
    expect(jsonValue({ at: new Date(0), gone: undefined })).toEqual({ at: "1970-01-01T00:00:00.000Z" })
  })

  it("gives undefined for what cannot be sent as JSON", () => {
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    for (const value of [cycle, 1n, () => 1, undefined]) expect(jsonValue(value)).toBeUndefined()
  })
})

/** As much of a JSON Schema validator as the inferred schemas need. */
function accepts(schema: JsonSchema, value: unknown): boolean {
  if (Object.keys(schema).length === 0) return true
  const types = [schema.type].flat()
  if (Array.isArray(value)) {
    return types.includes("array") && value.every((item) => accepts(schema.items as JsonSchema, item))
  }
  if (value === null) return types.includes("null")
  if (typeof value === "number") {
    return types.includes("number") || (types.includes("integer") && Number.isInteger(value))
  }
  if (typeof value !== "object") return types.includes(typeof value)
  const properties = new Map(Object.entries(schema.properties as Record<string, JsonSchema>))
  const required = (schema.required ?? []) as string[]
  return (
    types.includes("object") &&
    required.every((key) => Object.hasOwn(value, key)) &&
    Object.entries(value).every(([key, item]) => accepts(properties.get(key) ?? { type: [] }, item))
  )
}
