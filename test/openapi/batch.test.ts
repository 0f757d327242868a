import { describe, expect, it } from "vitest"

import type { DescribedRoute } from "../../src/openapi/described.ts"
import { openapiDocument } from "../../src/openapi/document.ts"

type Operation = {
  tags: string[]
  requestBody: { description: string; content: Record<string, { schema: Schema; example: unknown }> }
  responses: Record<string, { $ref?: string; content: Record<string, { schema: Schema }> }>
}
type Schema = { properties: Record<string, Schema>; items: Schema; maxItems?: number; required?: string[] }

const operation = (batch: DescribedRoute["batch"]): Operation => {
  const route: DescribedRoute = {
    methods: ["POST"],
    path: "/batch",
    target: "batch",
    batch: batch as never,
    params: [],
    policies: [],
  }
  const { paths } = openapiDocument({ title: "Shop", version: "1", servers: [], routes: [route] }) as {
    paths: Record<string, Record<string, Operation>>
  }
  return paths["/batch"]?.post as Operation
}

describe("openapiDocument() of a batch", () => {
  it("has what is sent and what is answered", () => {
    const { tags, requestBody, responses } = operation({ routes: ["GET /a", "/b"], limit: 7, streams: false })
    expect(tags).toEqual(["batches"])
    expect(requestBody.description).toBe("Requests to `GET /a`, `/b`.")
    const sent = requestBody.content["application/json"]?.schema.properties.requests
    expect(sent).toMatchObject({ maxItems: 7, items: { required: ["path"] } })
    expect(Object.keys(sent?.items.properties ?? {})).toEqual(["id", "method", "path", "headers", "body", "encoding"])
    const answered = responses["200"]?.content["application/json"]?.schema.properties.responses?.items
    expect(answered?.required).toEqual(["id", "status", "headers", "body"])
    expect(Object.keys(responses)).toEqual(["200", "400", "413", "415"])
  })

  it("has lines where the answers come as they arrive", () => {
    const { responses } = operation({ routes: ["GET /a"], limit: 7, streams: true })
    expect(responses["200"]?.content["application/x-ndjson"]?.schema.required).toContain("index")
  })

  it.each([
    ["GET /users/:id(\\d+)/*", { method: "GET", path: "/users/1/1" }],
    ["PUT,POST api.example/a", { method: "PUT", path: "/a" }],
    ["/any", { method: "GET", path: "/any" }],
  ])("shows a request to %s", (key, request) => {
    const { requestBody } = operation({ routes: [key], limit: 1, streams: false })
    expect(requestBody.content["application/json"]?.example).toEqual({ requests: [{ id: "a", ...request }] })
  })
})
