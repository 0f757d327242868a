import { Elysia } from "elysia"

import type { Exchange } from "../core/exchange.ts"
import { type Reply, replyFrom } from "../core/reply.ts"
import { describe } from "../gateway/describe.ts"
import { openapiDocument } from "../openapi/document.ts"
import { answer, type Listening } from "./bun-door.ts"
import { docs } from "./docs.ts"
import type { Generation, Live } from "./live.ts"

const documents = new WeakMap<Generation, Record<string, unknown>>()

/** The OpenAPI document of what is served now, made once for each generation. */
export function documentOf(live: Live): Record<string, unknown> {
  const generation = live.now
  if (!generation) return {}
  const found = documents.get(generation) ?? openapiDocument(describe(generation.built))
  documents.set(generation, found)
  return found
}

/** The documentation at its path, everything else to what is served now. */
export function app(live: Live, options: { docsPath: string | undefined; scheme: "http" | "https" }) {
  const { docsPath, scheme } = options
  const made = new Elysia({ handler: { standardHostname: false } })
  if (docsPath !== undefined) made.use(docs({ path: docsPath, document: () => documentOf(live) }))
  return made.all("/*", ({ request, server }) => answer(live, request, server as Listening, scheme), { parse: "none" })
}

/** The documentation, for a listener that is not Elysia's own: undefined where it has no page. */
export function docsPages(live: Live, path: string): (exchange: Exchange) => Promise<Reply> | undefined {
  const pages = docs({ path, document: () => documentOf(live) })
  const paths = new Set(pages.routes.map((route) => route.path))
  return (exchange) => {
    if (!paths.has(exchange.path) || (exchange.method !== "GET" && exchange.method !== "HEAD")) return undefined
    return Promise.resolve(pages.handle(exchange.toRequest())).then(replyFrom)
  }
}
