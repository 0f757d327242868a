import { type Choice, policiesOf } from "../config/route.ts"
import type { DescribedApi, DescribedPart, DescribedRoute, DescribedSample } from "../openapi/described.ts"
import { describeParts, type PartFacts } from "../targets/aggregate/describe-parts.ts"
import type { Built } from "./build.ts"
import type { Route } from "./compile.ts"
import { describeSecurity, policyNames } from "./describe-security.ts"

type ServiceOptions = { service: string; path: string | undefined }
type AggregateOptions = {
  aggregate: Parameters<typeof describeParts>[0]
  response: unknown
  merge: unknown
  stream: DescribedRoute["stream"]
}
type BatchOptions = { batch: { routes: readonly string[]; limit: number; stream: "ndjson" | undefined } }
type ReplyOptions = { reply: { status: number; body: unknown } }
type RedirectOptions = { redirect: { to: string; status: number } }

/** What the API documentation is made from: the routes of a gateway with what their mocks tell. */
export function describe(built: Built): DescribedApi {
  const { config, routes } = built.gateway
  const docs = config.settings.docs || undefined
  return {
    title: docs?.title ?? "API",
    version: docs?.version ?? "1.0.0",
    ...(docs?.description === undefined ? {} : { description: docs.description }),
    servers: [],
    routes: routes.flatMap((route) => route.choices.slice(0, 1).map((choice) => describeRoute(route, choice, built))),
  }
}

function describeRoute(route: Route, choice: Choice, built: Built): DescribedRoute {
  const { config } = built.gateway
  const target = choice.target.part.name as DescribedRoute["target"]
  const policies = policiesOf(choice, config)
  const described: DescribedRoute = {
    methods: route.methods.length === 0 ? "any" : route.methods,
    path: route.pattern,
    target,
    params: [...route.params],
    policies: policyNames(policies),
    ...describeSecurity(policies),
  }
  if (route.host !== undefined) described.host = route.host
  const { summary, description, deprecated, hidden } = choice.openapi ?? {}
  if (summary !== undefined) described.summary = summary
  if (description !== undefined) described.description = description
  if (deprecated) described.deprecated = true
  if (hidden) described.hidden = true
  return { ...described, ...targetFacts(target, choice.target.options, route, built) }
}

function targetFacts(
  target: DescribedRoute["target"],
  options: unknown,
  route: Route,
  built: Built,
): Partial<DescribedRoute> {
  if (target === "service") {
    const { service, path } = options as ServiceOptions
    const method = route.methods[0] ?? "GET"
    return { service, ...sampled(samples(built, service, method, path ?? route.pattern)) }
  }
  if (target === "aggregate") {
    const { aggregate, response, merge, stream } = options as AggregateOptions
    return {
      parts: describeParts(aggregate).map((part) => describePart(part, built)),
      combined: response !== undefined ? "made" : merge !== undefined ? "merged" : "named",
      ...(stream === undefined ? {} : { stream }),
    }
  }
  if (target === "batch") {
    const { routes, limit, stream } = (options as BatchOptions).batch
    return { batch: { routes, limit, streams: stream !== undefined } }
  }
  if (target === "reply") {
    const { status, body } = (options as ReplyOptions).reply
    if (body === undefined) return { responses: [{ status, description: "A fixed answer." }] }
    const contentType = typeof body === "string" ? "text/plain" : "application/json"
    return { sample: [{ status, contentType, body }] }
  }
  if (target === "redirect") {
    const { status, to } = (options as RedirectOptions).redirect
    return { responses: [{ status, description: `To ${to}.`, headers: { location: "Where to go on." } }] }
  }
  return {}
}

function describePart(part: PartFacts, built: Built): DescribedPart {
  const { name, call, required, needs, as, isList, isShaped, isConditional, schema } = part
  return {
    name,
    ...(call ? { service: call.service, method: call.method, path: call.path } : {}),
    ...(part.service === undefined ? {} : { service: part.service }),
    ...(part.parts.length === 0 ? {} : { parts: part.parts.map((inner) => describePart(inner, built)) }),
    required,
    needs: [...needs],
    as,
    isList,
    isShaped,
    isConditional,
    ...(schema === undefined ? {} : { schema }),
    ...(call ? sampled(samples(built, call.service, call.method, call.path)) : {}),
  }
}

const sampled = (found: DescribedSample[]): { sample?: DescribedSample[] } =>
  found.length > 0 ? { sample: found } : {}

/** What the mocks of a service answer on a path, parameters being alike whatever their names. */
function samples(built: Built, service: string, method: string, path: string): DescribedSample[] {
  const shape = anonymous(path)
  return (built.mocks.services.get(service)?.list() ?? [])
    .filter((mock) => (mock.method === method || mock.method === "ANY") && anonymous(mock.path) === shape)
    .flatMap((mock) =>
      mock.sample === undefined ? [] : [{ status: mock.status, contentType: "application/json", body: mock.sample }],
    )
}

const anonymous = (path: string): string => path.replace(/:\w+(?:\([^/]*\)(?=\/|$))?|\[[^\]]+\]/g, ":")
