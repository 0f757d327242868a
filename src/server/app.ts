import { Elysia } from "elysia"

import { describe } from "../gateway/describe.ts"
import { openapiDocument } from "../openapi/document.ts"
import { docs } from "./docs.ts"
import type { Listening } from "./door.ts"
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

/** The gateway's own listener: documentation at its path, everything else to what is served now. */
export function app(live: Live, options: { docsPath: string | undefined; scheme: "http" | "https" }) {
  const { docsPath, scheme } = options
  const made = new Elysia({ handler: { standardHostname: false } })
  if (docsPath !== undefined) made.use(docs({ path: docsPath, document: () => documentOf(live) }))
  return made.all("/*", ({ request, server }) => live.answer(request, server as Listening, scheme), { parse: "none" })
}
