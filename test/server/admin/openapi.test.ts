import { describe, expect, it } from "vitest"

import type { Log } from "../../../src/core/log.ts"
import { Metrics } from "../../../src/observe/metrics.ts"
import { adminApp } from "../../../src/server/admin.ts"
import { adminDocument, adminPaths } from "../../../src/server/admin/openapi.ts"
import { Live } from "../../../src/server/live.ts"

const log: Log = { info() {}, warn() {}, error() {} }
const metrics = new Metrics()

function app() {
  return adminApp(
    { host: "127.0.0.1", port: 0, token: undefined },
    {
      live: new Live(log, metrics),
      metrics,
      reload: () => Promise.reject(new Error("There is nothing to reload.")),
      issues: () => [],
      told: () => ({ mode: "start", config: "/gateway.config.ts", url: undefined, docs: undefined, reload: undefined }),
    },
  )
}

interface Node {
  readonly [name: string]: unknown
}

const nodes = (value: unknown): Node[] =>
  typeof value !== "object" || value === null ? [] : [value as Node, ...Object.values(value).flatMap(nodes)]

describe("the OpenAPI document of the admin listener", () => {
  it("describes each of its routes, and nothing else", () => {
    const routes = app().routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`)
    expect(new Set(adminPaths)).toEqual(new Set(routes))
  })

  it("is served by it, with references that lead somewhere", async () => {
    const answer = await app().handle(new Request("http://localhost/openapi.json", { headers: { host: "localhost" } }))
    const document = (await answer.json()) as { openapi: string; components: { schemas: Node } }
    expect(document).toEqual(JSON.parse(JSON.stringify(adminDocument(false))))
    expect(document.openapi).toBe("3.1.0")
    const named = nodes(document).flatMap(({ $ref }) => (typeof $ref === "string" ? [$ref] : []))
    expect(named.length).toBeGreaterThan(5)
    for (const ref of named)
      expect(document.components.schemas).toHaveProperty(ref.replace("#/components/schemas/", ""))
  })

  it("names the parameters of each path, and asks for the token where there is one", () => {
    for (const [path, operations] of Object.entries(adminDocument(true).paths as Record<string, Record<string, Node>>))
      for (const operation of Object.values(operations)) {
        const given = ((operation.parameters ?? []) as Node[]).flatMap((one) => (one.in === "path" ? [one.name] : []))
        expect(given).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))
      }
    expect(adminDocument(true).security).toEqual([{ token: [] }])
    expect(adminDocument(false)).not.toHaveProperty("security")
  })
})
