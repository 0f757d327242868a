import { failures } from "../core/errors.ts"
import type { DescribedRoute } from "./described.ts"
import type { JsonSchema } from "./infer.ts"

interface Failure {
  name: string
  description: string
  headers?: Record<string, string>
}

const described = {
  400: { name: "BadRequest", description: "The request does not have the required form." },
  401: {
    name: "Unauthorized",
    description: "Credentials are missing or not valid.",
    headers: { "WWW-Authenticate": "How to authenticate." },
  },
  403: { name: "Forbidden", description: "The caller may not do this." },
  413: { name: "ContentTooLarge", description: "The body is larger than allowed." },
  415: { name: "UnsupportedMediaType", description: "The body has a type that is not taken here." },
  429: {
    name: "TooManyRequests",
    description: "The caller has made too many requests.",
    headers: { "Retry-After": "Seconds to wait before the next request." },
  },
  502: { name: "BadGateway", description: "A service cannot be reached, or gave an answer that cannot be used." },
  503: { name: "ServiceUnavailable", description: "A service is not available at the moment." },
  504: { name: "GatewayTimeout", description: "The answer took too long." },
} satisfies Record<number, Failure>

/** A status with which the gateway itself may refuse an exchange. */
export type FailureStatus = keyof typeof described

const byPolicy = new Map<string, readonly FailureStatus[]>([
  ["ipFilter", [403]],
  ["bodyLimit", [413]],
  ["auth", [401]],
  ["authorize", [403]],
  ["rateLimit", [429]],
  ["quota", [429]],
  ["validate", [400]],
  ["timeout", [504]],
])

const byTarget = new Map<string, readonly FailureStatus[]>([
  ["service", [502, 503, 504]],
  ["aggregate", [502, 503, 504]],
  ["batch", [400, 413, 415]],
])

/** The statuses with which the gateway itself may refuse an exchange of this route. */
export function failureStatuses(route: DescribedRoute): FailureStatus[] {
  const statuses = route.policies.flatMap((policy) => byPolicy.get(policy) ?? [])
  return [...new Set([...statuses, ...(byTarget.get(route.target) ?? [])])].sort((a, b) => a - b)
}

/** A reference to the shared response for such a status. */
export function failureReference(status: FailureStatus): JsonSchema {
  return { $ref: `#/components/responses/${described[status].name}` }
}

/** What the gateway's own refusals look like on the wire, RFC 9457. */
export function problemContent(status: FailureStatus): JsonSchema {
  const known = Object.entries(failures).find(([, failure]) => failure.status === status)
  const example = known === undefined ? {} : { example: { title: known[1].title, status, code: known[0] } }
  return { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" }, ...example } }
}

/** The shared parts of a document whose operations refer to these statuses. */
export function problemComponents(statuses: ReadonlySet<FailureStatus>): JsonSchema {
  if (statuses.size === 0) return {}
  const responses = [...statuses].sort((a, b) => a - b).map((status) => [described[status].name, responseOf(status)])
  return { responses: Object.fromEntries(responses), schemas: { Problem: problem } }
}

function responseOf(status: FailureStatus): JsonSchema {
  const { description, headers }: Failure = described[status]
  return {
    description,
    ...(headers === undefined ? {} : { headers: headerObjects(headers) }),
    content: problemContent(status),
  }
}

function headerObjects(headers: Record<string, string>): JsonSchema {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: "string" } }]),
  )
}

const problem: JsonSchema = {
  type: "object",
  description: "An error of the gateway itself (RFC 9457).",
  properties: {
    type: { type: "string", format: "uri-reference", default: "about:blank" },
    title: { type: "string", description: "The kind of error, in words." },
    status: { type: "integer", minimum: 400, maximum: 599 },
    code: { type: "string", description: "The kind of error, for programs.", examples: Object.keys(failures) },
    detail: { type: "string", description: "What went wrong this time." },
    instance: { type: "string", format: "uri-reference" },
    exchange: { type: "string", description: "The id under which the logs tell the rest." },
  },
  required: ["title", "status", "code"],
}
