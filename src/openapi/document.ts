import { answersOf } from "./answers.ts"
import { batchRequest } from "./batch.ts"
import type { DescribedApi, DescribedPart, DescribedRoute } from "./described.ts"
import type { JsonSchema } from "./infer.ts"
import { hostServers, operationId, type PathTemplate, pathTemplate } from "./paths.ts"
import { type FailureStatus, problemComponents } from "./responses.ts"
import { SecuritySchemes } from "./security.ts"

const documentedForAny = ["GET", "POST", "PUT", "PATCH", "DELETE"]
const inherent = new Set(["HEAD", "OPTIONS"])
const withBody = new Set(["POST", "PUT", "PATCH"])
// What the body is made of is not known, but a docs page offers a field for one only where the document has it.
const anyBody = { content: { "application/json": { schema: {}, example: {} } } }
const groups = {
  aggregate: "aggregates",
  batch: "batches",
  mock: "mocks",
  redirect: "redirects",
  reply: "replies",
  handler: "handlers",
}

interface PathEntry {
  template: PathTemplate
  operations: Map<string, DescribedRoute[]>
  unnameable: Set<string>
}

/** What the operations of one document have in common while it is written. */
interface Draft {
  servers: readonly string[]
  ids: Set<string>
  refused: Set<FailureStatus>
  security: SecuritySchemes
}

/** Describes all routes of a gateway as one OpenAPI 3.1 document. */
export function openapiDocument(api: DescribedApi): Record<string, unknown> {
  const routes = api.routes.filter((route) => route.hidden !== true)
  const draft: Draft = { servers: api.servers, ids: new Set(), refused: new Set(), security: new SecuritySchemes() }
  const paths = collect(routes).map((entry) => [entry.template.path, pathItem(entry, draft)])
  const tags = [...new Set(routes.flatMap(tagsOf))].sort()
  return {
    openapi: "3.1.0",
    info: {
      title: api.title,
      ...(api.description === undefined ? {} : { description: api.description }),
      version: api.version,
    },
    servers: api.servers.length > 0 ? api.servers.map((url) => ({ url })) : [{ url: "/" }],
    ...(tags.length === 0 ? {} : { tags: tags.map((name) => ({ name })) }),
    paths: Object.fromEntries(paths),
    components: { ...problemComponents(draft.refused), ...draft.security.components },
  }
}

/** Paths that differ only in what a parameter is called are one path to OpenAPI; the first one names the parameters. */
function collect(routes: readonly DescribedRoute[]): PathEntry[] {
  const entries = new Map<string, PathEntry>()
  for (const route of routes) {
    const template = pathTemplate(route.path, route.params)
    const entry = entries.get(template.shape) ?? { template, operations: new Map(), unnameable: new Set() }
    entries.set(template.shape, entry)
    const methods = route.methods === "any" ? documentedForAny : route.methods.map((name) => name.toUpperCase())
    for (const method of new Set(methods)) {
      if (inherent.has(method)) continue
      if (!documentedForAny.includes(method)) entry.unnameable.add(method)
      else entry.operations.set(method, [...(entry.operations.get(method) ?? []), route])
    }
  }
  return [...entries.values()]
    .filter(({ operations, unnameable }) => operations.size + unnameable.size > 0)
    .sort((a, b) => (a.template.path < b.template.path ? -1 : 1))
}

function pathItem({ template, operations, unnameable }: PathEntry, draft: Draft): JsonSchema {
  const item: JsonSchema = {}
  for (const method of documentedForAny) {
    const [route, ...others] = operations.get(method) ?? []
    if (route !== undefined) item[method.toLowerCase()] = operation(method, template, route, others, draft)
  }
  // PURGE, QUERY and the like have no place in OpenAPI 3.1, but a reader should know of them.
  if (unnameable.size > 0) item["x-bellhop-methods"] = [...unnameable].sort()
  return item
}

function operation(
  method: string,
  template: PathTemplate,
  route: DescribedRoute,
  others: readonly DescribedRoute[],
  draft: Draft,
): JsonSchema {
  const all = [route, ...others]
  const hosts = new Set(all.map(({ host }) => host))
  const own = hosts.has(undefined) ? [] : [...hosts].flatMap((host) => hostServers(host ?? "", draft.servers))
  return {
    operationId: operationId(method, template.path, draft.ids),
    ...(route.summary === undefined ? {} : { summary: route.summary }),
    ...(route.description === undefined ? {} : { description: route.description }),
    tags: [...new Set(all.flatMap(tagsOf))],
    ...(route.deprecated === true ? { deprecated: true } : {}),
    ...(template.names.length === 0
      ? {}
      : { parameters: template.names.map((name, index) => parameter(name, template.rest, patternAt(index, all))) }),
    ...(withBody.has(method) && takesBody(route)
      ? { requestBody: route.batch ? batchRequest(route.batch) : anyBody }
      : {}),
    responses: answersOf(route, draft.refused),
    ...(route.security === undefined
      ? {}
      : { security: draft.security.required(route.security, route.anonymous === true) }),
    ...(own.length === 0 ? {} : { servers: own }),
    ...origin(route),
    ...(route.policies.length === 0 ? {} : { "x-bellhop-policies": [...route.policies] }),
    ...(route.parts === undefined ? {} : { "x-bellhop-parts": route.parts.map(partOf) }),
    // One path and method is one operation to OpenAPI, whatever host or condition tells the routes apart.
    ...(others.length === 0 ? {} : { "x-bellhop-also": others.map((other) => alternative(other)) }),
  }
}

function partOf({ name, service, method, path, parts, required, needs }: DescribedPart): JsonSchema {
  const call = { ...(service && { service }), ...(method && { method }), ...(path && { path }) }
  return { name, ...call, ...(parts && { parts: parts.map(partOf) }), required, needs: [...needs] }
}

/** What a parameter has to match so that one of the routes takes it; undefined where one of them takes anything. */
function patternAt(index: number, routes: readonly DescribedRoute[]): string | undefined {
  const patterns = routes.map(({ path, params }) => pathTemplate(path, params).patterns[index])
  return patterns.includes(undefined) ? undefined : `^(?:${[...new Set(patterns)].join("|")})$`
}

function parameter(name: string, rest: string | undefined, pattern: string | undefined): JsonSchema {
  return {
    name,
    in: "path",
    required: true,
    ...(name === rest ? { description: "The rest of the path; may contain slashes." } : {}),
    schema: { type: "string", ...(pattern === undefined ? {} : { pattern }) },
  }
}

function origin(route: DescribedRoute): JsonSchema {
  return {
    "x-bellhop-target": route.target,
    ...(route.service === undefined ? {} : { "x-bellhop-service": route.service }),
  }
}

function alternative(route: DescribedRoute): JsonSchema {
  return {
    ...(route.host === undefined ? {} : { host: route.host }),
    path: route.path,
    ...(route.summary === undefined ? {} : { summary: route.summary }),
    ...origin(route),
  }
}

function takesBody({ target }: DescribedRoute): boolean {
  return target !== "redirect" && target !== "reply"
}

function tagsOf(route: DescribedRoute): string[] {
  if (route.tags !== undefined && route.tags.length > 0) return [...new Set(route.tags)]
  return [route.target === "service" ? (route.service ?? "services") : groups[route.target]]
}
