import { describe, expect, it } from "vitest"

import { aggregateContent } from "../../src/openapi/aggregate-content.ts"
import type { DescribedPart } from "../../src/openapi/described.ts"

const part = (name: string, more: Partial<DescribedPart> = {}): DescribedPart => ({
  name,
  service: "shop",
  method: "GET",
  path: `/${name}`,
  required: true,
  needs: [],
  ...more,
})

interface Entries {
  oneOf: { properties: Record<string, { const?: string; type?: unknown }>; required: string[] }[]
}

const schemaOf = (parts: DescribedPart[], combined?: "merged" | "made"): unknown =>
  (aggregateContent({ parts, ...(combined && { combined }) })["application/json"] as { schema: unknown }).schema

const number = { type: "object", properties: { n: { type: "number" } } }

describe("aggregateContent()", () => {
  it("is one object by part name", () => {
    const parts = [part("cart", { as: "basket", schema: { type: "string" } }), part("user", { as: false })]
    expect(aggregateContent({ parts })).toEqual({
      "application/json": {
        schema: {
          type: "object",
          properties: { basket: { description: 'GET /cart of the service "shop".', type: "string" } },
          required: ["basket"],
        },
      },
    })
  })

  it.each([
    ["ndjson", "application/x-ndjson"],
    ["sse", "text/event-stream"],
    ["multipart", "multipart/mixed"],
  ] as const)("is one of several entries with %s", (stream, type) => {
    const parts = [part("cart", { as: "basket", schema: { type: "string" } }), part("user", { as: false })]
    const content = aggregateContent({ parts, stream }) as Record<string, { schema: Entries }>
    expect(Object.keys(content)).toEqual([type])
    const { oneOf } = content[type]?.schema ?? { oneOf: [] }
    expect(oneOf.map(({ properties, required }) => [Object.keys(properties), required])).toEqual([
      [
        ["part", "status", "value"],
        ["part", "status"],
      ],
      [["complete", "parts"], ["complete"]],
      [["error"], ["error"]],
    ])
    expect(oneOf[0]?.properties).toMatchObject({ part: { const: "basket" }, value: { type: "string" } })
  })
})

describe("aggregateContent() of what parts can be", () => {
  it("has the parts by the names that they have in the answer, and which are always there", () => {
    expect(
      schemaOf([
        part("a", { schema: number }),
        part("b", { as: "renamed" }),
        part("c", { as: false }),
        part("d", { required: false }),
        part("e", { isConditional: true }),
        part("__proto__"),
      ]),
    ).toEqual({
      type: "object",
      properties: Object.fromEntries([
        ["a", { description: 'GET /a of the service "shop".', ...number }],
        ["renamed", { description: 'GET /b of the service "shop".', examples: [{}] }],
        ["d", { description: 'GET /d of the service "shop".', examples: [{}] }],
        ["e", { description: 'GET /e of the service "shop".', examples: [{}] }],
        ["__proto__", { description: 'GET /__proto__ of the service "shop".', examples: [{}] }],
      ]),
      required: ["a", "renamed", "__proto__"],
    })
  })

  it("has lists, what a function asks for, and aggregates inside", () => {
    const { method: _, path: __, ...asked } = part("asked")
    const { service: ___, ...nested } = { ...asked, name: "nested", parts: [part("x", { schema: number })] }
    expect(
      schemaOf([part("list", { isList: true, schema: number }), part("bare", { isList: true }), asked, nested]),
    ).toEqual({
      type: "object",
      properties: {
        list: {
          description: 'GET /list of the service "shop", once for each item of a list.',
          type: "array",
          items: number,
        },
        bare: { description: 'GET /bare of the service "shop", once for each item of a list.', examples: [[]] },
        asked: { description: 'An answer of the service "shop".', examples: [{}] },
        nested: {
          description: 'An aggregate of "x".',
          type: "object",
          properties: { x: { description: 'GET /x of the service "shop".', ...number } },
          required: ["x"],
        },
      },
      required: ["list", "bare", "asked", "nested"],
    })
  })

  it("says nothing about what is shaped, and takes a schema for more than samples", () => {
    const sample = [{ status: 200, contentType: "application/json", body: { n: 1, more: 2 } }]
    const only = (more: Partial<DescribedPart>): unknown =>
      (schemaOf([part("a", more)]) as { properties: { a: unknown } }).properties.a
    expect(only({ sample })).toMatchObject({ properties: { n: {}, more: {} }, "x-bellhop-inferred": true })
    expect(only({ sample, schema: number })).toEqual({ description: 'GET /a of the service "shop".', ...number })
    expect(only({ sample, isShaped: true })).toEqual({ description: 'GET /a of the service "shop".', examples: [{}] })
  })

  it("has all of it in one object when that is merged, and anything when a function makes it", () => {
    expect(schemaOf([part("a", { schema: number }), part("b", { as: false })], "merged")).toEqual({
      type: "object",
      allOf: [{ description: 'GET /a of the service "shop".', ...number }],
    })
    expect(schemaOf([part("a")], "made")).toEqual({})
  })
})
