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
