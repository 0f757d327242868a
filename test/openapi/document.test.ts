import * as fc from "fast-check"
import { describe, expect, it } from "vitest"

import type { DescribedApi, DescribedRoute, DescribedSample } from "../../src/openapi/described.ts"
import { openapiDocument } from "../../src/openapi/document.ts"

interface Operation {
  operationId: string
  tags: string[]
  parameters?: { name: string; in: string; required: boolean; schema: unknown }[]
  responses: Record<string, { $ref?: string; description?: string; headers?: object; content?: Record<string, Media> }>
  servers?: { url: string }[]
  requestBody?: object
  [extension: `x-${string}`]: unknown
}

interface Media {
  schema: Record<string, unknown>
  example?: unknown
  examples?: Record<string, unknown>
}

type Item = Record<string, Operation>

const api = (...routes: Partial<DescribedRoute>[]): DescribedApi => ({
  title: "Shop",
  version: "1.0",
  servers: [],
  routes: routes.map((route) => ({
    methods: ["GET"],
    path: "/",
    target: "service",
    params: [],
    policies: [],
    ...route,
  })),
})

const document = (...routes: Partial<DescribedRoute>[]) =>
  openapiDocument(api(...routes)) as { paths: Record<string, Item>; components: Record<string, object>; tags?: unknown }

const only = (...routes: Partial<DescribedRoute>[]): Operation => {
  const [item] = Object.values(document(...routes).paths)
  return Object.values(item ?? {})[0] as Operation
}

const json = (body: unknown, status = 200): DescribedSample => ({ status, contentType: "application/json", body })

describe("openapiDocument()", () => {
  it("is an OpenAPI 3.1 document of the origin it is read from", () => {
    expect(openapiDocument({ ...api(), description: "All of it." })).toEqual({
      openapi: "3.1.0",
      info: { title: "Shop", description: "All of it.", version: "1.0" },
      servers: [{ url: "/" }],
      paths: {},
      components: {},
    })
  })

  it("declares the parameters of a path", () => {
    expect(only({ path: "/users/:id/*", params: ["id", "*"] }).parameters).toEqual([
      { name: "id", in: "path", required: true, schema: { type: "string" } },
      {
        name: "rest",
        in: "path",
        required: true,
        description: "The rest of the path; may contain slashes.",
        schema: { type: "string" },
      },
    ])
  })

  it("says what a parameter has to match", () => {
    const schemas = (...routes: Partial<DescribedRoute>[]) => only(...routes).parameters?.map(({ schema }) => schema)
    const [numbers, words] = [
      { path: "/users/:id(\\d+)", params: ["id"] },
      { path: "/users/:name([a-z]+)", params: ["name"] },
    ]
    expect(schemas(numbers)).toEqual([{ type: "string", pattern: "^(?:\\d+)$" }])
    expect(schemas(numbers, words)).toEqual([{ type: "string", pattern: "^(?:\\d+|[a-z]+)$" }])
    expect(schemas(numbers, { path: "/users/:any", params: ["any"] })).toEqual([{ type: "string" }])
    expect(schemas({ path: "/:a(\\d+)/*", params: ["a", "*"] })).toEqual([
      { type: "string", pattern: "^(?:\\d+)$" },
      { type: "string" },
    ])
  })

  it("documents a route for any method under five of them", () => {
    const item = document({ methods: "any", path: "/pay/*" }).paths["/pay/{rest}"] ?? {}
    expect(Object.keys(item)).toEqual(["get", "post", "put", "patch", "delete"])
    expect(item.patch?.operationId).toBe("patchPayRest")
    expect(item.post?.requestBody).toBeDefined()
    expect(item.get?.requestBody).toBeUndefined()
  })

  it("lists neither HEAD nor OPTIONS, and names methods that OpenAPI has no place for", () => {
    expect(document({ methods: ["GET", "HEAD", "OPTIONS", "PURGE"] }).paths["/"]).toMatchObject({
      get: {},
      "x-bellhop-methods": ["PURGE"],
    })
    expect(document({ methods: ["HEAD", "OPTIONS"] }).paths).toEqual({})
  })

  it("gives paths that differ only in the name of a parameter one entry", () => {
    const { paths } = document(
      { path: "/users/:id", params: ["id"] },
      { path: "/users/:name", params: ["name"], methods: ["DELETE"] },
    )
    expect(Object.keys(paths)).toEqual(["/users/{id}"])
    expect(paths["/users/{id}"]?.delete?.parameters).toMatchObject([{ name: "id" }])
  })

  it("puts the host of a route into the servers of its operation", () => {
    expect(only({ host: "api.example" }).servers).toEqual([{ url: "//api.example" }])
    expect(only({}).servers).toBeUndefined()
  })

  it("describes routes that share a path and a method as one operation with alternatives", () => {
    const operation = only(
      { service: "new", host: "new.example" },
      { service: "old", host: "old.example", summary: "As it was" },
    )
    expect(operation.servers).toEqual([{ url: "//new.example" }, { url: "//old.example" }])
    expect(operation.tags).toEqual(["new", "old"])
    expect(operation["x-bellhop-also"]).toEqual([
      {
        host: "old.example",
        path: "/",
        summary: "As it was",
        "x-bellhop-target": "service",
        "x-bellhop-service": "old",
      },
    ])
    expect(only({}, { host: "old.example" }).servers).toBeUndefined()
  })

  it("infers the schema of an answer from samples, and says so", () => {
    const media = only({ sample: [json({ total: 1 })] }).responses["200"]?.content?.["application/json"]
    expect(media).toEqual({
      schema: {
        type: "object",
        properties: { total: { type: "integer" } },
        required: ["total"],
        "x-bellhop-inferred": true,
      },
      example: { total: 1 },
    })
  })

  it("merges several samples of one status", () => {
    const media = only({ sample: [json(1), json(null)] }).responses["200"]?.content?.["application/json"]
    expect(media?.schema.type).toEqual(["integer", "null"])
    expect(media?.examples).toEqual({ example1: { value: 1 }, example2: { value: null } })
  })

  it("leaves out a sample that cannot be sent as JSON", () => {
    expect(only({ sample: [json(1n)] }).responses["200"]?.content).toEqual({ "application/json": {} })
  })

  it("drops the parameters of a media type, and infers nothing from text", () => {
    const sample = { status: 200, contentType: "Text/Plain; charset=utf-8", body: "1" }
    expect(only({ sample: [sample] }).responses["200"]?.content).toEqual({
      "text/plain": { schema: { type: "string" }, example: "1" },
    })
  })

  it("composes the answer of an aggregate from its parts", () => {
    const { responses, ...operation } = only({
      target: "aggregate",
      parts: [
        {
          name: "cart",
          service: "cart",
          method: "GET",
          path: "/cart",
          required: true,
          needs: [],
          sample: [json({ total: 1 })],
        },
        {
          name: "__proto__",
          service: "pay",
          method: "POST",
          path: "/pay",
          required: false,
          needs: ["cart"],
          sample: [json({}, 404)],
        },
      ],
    })
    const schema = responses["200"]?.content?.["application/json"]?.schema
    expect(schema?.required).toEqual(["cart"])
    expect(Object.entries(schema?.properties as object)).toEqual([
      ["cart", expect.objectContaining({ type: "object", required: ["total"], "x-bellhop-inferred": true })],
      ["__proto__", { description: 'POST /pay of the service "pay".', examples: [{}] }],
    ])
    expect(operation.tags).toEqual(["aggregates"])
    expect(operation["x-bellhop-parts"]).toEqual([
      { name: "cart", service: "cart", method: "GET", path: "/cart", required: true, needs: [] },
      { name: "__proto__", service: "pay", method: "POST", path: "/pay", required: false, needs: ["cart"] },
    ])
  })

  it("shows redirects with their headers and no failure of services", () => {
    const operation = only({
      target: "redirect",
      responses: [{ status: 301, description: "Moved.", headers: { Location: "/cart", "Content-Type": "text/html" } }],
    })
    expect(operation.responses).toEqual({
      "301": { description: "Moved.", headers: { Location: { schema: { type: "string" }, example: "/cart" } } },
    })
  })

  it.each([
    ["auth", "401"],
    ["authorize", "403"],
    ["bodyLimit", "413"],
    ["rateLimit", "429"],
    ["timeout", "504"],
  ])("expects from the policy %s the status %s", (policy, status) => {
    expect(only({ target: "reply", policies: [policy] }).responses[status]?.$ref).toMatch(/^#\/components\/responses\//)
    expect(only({ target: "reply" }).responses[status]).toBeUndefined()
  })

  it("adds the problem to a status that a sample answers as well", () => {
    const content = only({ policies: ["auth"], sample: [json({ error: "no" }, 401)] }).responses["401"]?.content
    expect(Object.keys(content ?? {})).toEqual(["application/json", "application/problem+json"])
  })

  it("leaves hidden routes out, their tags as well", () => {
    expect(document({ hidden: true, service: "secret" })).toMatchObject({ paths: {}, components: {} })
    expect(document({ hidden: true, service: "secret" }).tags).toBeUndefined()
  })

  it("is the same text whatever order the routes come in", () => {
    const routes = [
      { path: "/b" },
      { path: "/a", methods: ["POST"] },
      { path: "/a" },
      { path: "/a-b" },
      { path: "/a_b" },
    ]
    expect(JSON.stringify(document(...routes))).toBe(JSON.stringify(document(...routes.toReversed())))
  })

  it("has unique operation ids, declared parameters and no dangling reference for any routes", () => {
    fc.assert(
      fc.property(fc.array(anyRoute, { maxLength: 12 }), (routes) => {
        const made = document(...routes)
        const text = JSON.stringify(made)
        expect(JSON.parse(text)).toEqual(made)
        const ids = new Set<string>()
        const shapes = new Set<string>()
        for (const [path, item] of Object.entries(made.paths)) {
          shapes.add(path.replace(/\{[^}]*\}/g, "{}"))
          for (const [method, operation] of Object.entries(item)) {
            if (method.startsWith("x-")) continue
            expect(ids.has(operation.operationId)).toBe(false)
            ids.add(operation.operationId)
            const inPath = [...path.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name)
            expect((operation.parameters ?? []).map(({ name }) => name)).toEqual(inPath)
            expect(new Set(inPath).size).toBe(inPath.length)
            expect(Object.keys(operation.responses).length).toBeGreaterThan(0)
          }
        }
        expect(shapes.size).toBe(Object.keys(made.paths).length)
        for (const [, kind = "", name = ""] of text.matchAll(/"#\/components\/(\w+)\/(\w+)"/g)) {
          expect(made.components[kind]).toHaveProperty(name)
        }
      }),
    )
  })
})

const segment = fc.oneof(
  fc.constantFrom("users", "a-b", "a_b", "*", ":id", ":name", ":rest", "", "v1.json", "{id}", "__proto__"),
  fc.string({ maxLength: 6 }).map((text) => text.replaceAll("/", "")),
)

const anyRoute: fc.Arbitrary<Partial<DescribedRoute>> = fc.record(
  {
    methods: fc.oneof(
      fc.constant("any" as const),
      fc.array(fc.constantFrom("GET", "get", "POST", "HEAD", "OPTIONS", "DELETE", "PURGE"), { minLength: 1 }),
    ),
    host: fc.constantFrom("a.example", "*.b.example", ":tenant.c.example"),
    path: fc.array(segment, { maxLength: 4 }).map((segments) => `/${segments.join("/")}`),
    target: fc.constantFrom("service", "aggregate", "mock", "redirect", "reply", "handler"),
    service: fc.constantFrom("cart", "user"),
    params: fc.array(fc.constantFrom("id", "name", "*"), { maxLength: 3 }),
    sample: fc.array(
      fc.record({
        status: fc.constantFrom(200, 404, 504),
        contentType: fc.constantFrom("application/json", "text/plain", ""),
        body: fc.oneof(fc.jsonValue(), fc.bigInt(), fc.constant(undefined)),
      }),
      { maxLength: 3 },
    ),
    policies: fc.subarray(["auth", "timeout", "cache", "rateLimit", "validate", "constructor"]),
    hidden: fc.boolean(),
  },
  { requiredKeys: ["methods", "path", "target", "params", "policies"] },
)
