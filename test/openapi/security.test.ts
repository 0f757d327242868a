import { describe, expect, it } from "vitest"

import type { DescribedRoute } from "../../src/openapi/described.ts"
import { openapiDocument } from "../../src/openapi/document.ts"
import type { DescribedSecurity } from "../../src/openapi/security.ts"

const key: DescribedSecurity = { name: "apiKey", scheme: { type: "apiKey", in: "header", name: "x-api-key" } }
const other: DescribedSecurity = { name: "apiKey", scheme: { type: "apiKey", in: "query", name: "key" } }
const basic: DescribedSecurity = { name: "basic", scheme: { type: "http", scheme: "basic" } }

function document(routes: Readonly<Record<string, Pick<DescribedRoute, "security" | "anonymous">>>) {
  const made = openapiDocument({
    title: "Shop",
    version: "1.0",
    servers: [],
    routes: Object.entries(routes).map(([path, more]) => ({
      methods: ["GET"],
      path,
      target: "service",
      params: [],
      policies: [],
      ...more,
    })),
  }) as { paths: Record<string, { get?: { security?: unknown } }>; components: { securitySchemes?: unknown } }
  return {
    security: Object.fromEntries(Object.entries(made.paths).map(([path, { get }]) => [path, get?.security])),
    schemes: made.components.securitySchemes,
  }
}

describe("openapiDocument() of routes that want to know who asks", () => {
  it("has each scheme once, and asks any one of them of an operation", () => {
    const { security, schemes } = document({
      "/a": { security: [key, basic] },
      "/b": { security: [key] },
      "/c": { security: [other] },
      "/d": {},
    })
    expect(schemes).toEqual({ apiKey: key.scheme, basic: basic.scheme, apiKey2: other.scheme })
    expect(security).toEqual({
      "/a": [{ apiKey: [] }, { basic: [] }],
      "/b": [{ apiKey: [] }],
      "/c": [{ apiKey2: [] }],
      "/d": undefined,
    })
  })

  it("says where nothing will do as well", () => {
    expect(document({ "/a": { security: [key], anonymous: true } }).security).toEqual({ "/a": [{ apiKey: [] }, {}] })
  })

  it("has no schemes where nobody wants to know", () => {
    expect(document({ "/a": {} }).schemes).toBeUndefined()
  })
})
