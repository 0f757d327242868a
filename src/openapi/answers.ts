import { aggregateContent } from "./aggregate-content.ts"
import { batchContent } from "./batch.ts"
import type { DescribedRoute, DescribedSample } from "./described.ts"
import { inferSchema, type JsonSchema, jsonValue } from "./infer.ts"
import { failureReference, type FailureStatus, failureStatuses, problemContent } from "./responses.ts"

interface Answer {
  description: string
  headers?: JsonSchema
  content?: JsonSchema
}

/**
 * The `responses` of one operation: what is known of the target's own answers, and the gateway's refusals, whose
 * statuses are added to `refused`.
 */
export function answersOf(route: DescribedRoute, refused: Set<FailureStatus>): JsonSchema {
  const answers = new Map<string, Answer | JsonSchema>()
  for (const [status, samples] of byStatus(route.sample ?? [])) {
    answers.set(status, { description: describe(route), content: contentOf(samples) })
  }
  for (const { status, description, headers } of route.responses ?? []) {
    answers.set(String(status), {
      ...answers.get(String(status)),
      description,
      ...(headers === undefined ? {} : { headers: headerObjects(headers) }),
    })
  }
  if (route.target === "aggregate" && ![...answers.keys()].some((status) => status.startsWith("2"))) {
    answers.set("200", { description: describe(route), content: aggregateContent(route) })
  }
  if (route.batch) answers.set("200", { description: describe(route), content: batchContent(route.batch) })
  // OpenAPI wants at least one answer; "2XX" is the most that can be said of a service nobody has described.
  if (answers.size === 0) answers.set("2XX", { description: describe(route) })
  for (const status of failureStatuses(route)) {
    refused.add(status)
    const own = answers.get(String(status))
    answers.set(
      String(status),
      own === undefined
        ? failureReference(status)
        : { ...own, content: { ...contentIn(own), ...problemContent(status) } },
    )
  }
  return Object.fromEntries([...answers].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function contentIn(answer: Answer | JsonSchema): object {
  return typeof answer.content === "object" && answer.content !== null ? answer.content : {}
}

function describe(route: DescribedRoute): string {
  switch (route.target) {
    case "service":
      return route.service === undefined ? "The answer of a service." : `The answer of the service "${route.service}".`
    case "aggregate":
      return route.stream === undefined
        ? "The answers of several services as one."
        : "The answers of several services, each as soon as it is there."
    case "batch":
      return "The answers of several routes, each in an entry of its own."
    case "mock":
      return "An answer from the mocks."
    case "redirect":
      return "A redirect."
    case "reply":
      return "A fixed answer."
    case "handler":
      return "The answer of a function in the config."
  }
}

function byStatus(samples: readonly DescribedSample[]): Map<string, DescribedSample[]> {
  const grouped = new Map<string, DescribedSample[]>()
  for (const sample of samples) {
    const status = String(sample.status)
    grouped.set(status, [...(grouped.get(status) ?? []), sample])
  }
  return grouped
}

function contentOf(samples: readonly DescribedSample[]): JsonSchema {
  const byType = new Map<string, unknown[]>()
  for (const { contentType, body } of samples) {
    const type = contentType.split(";", 1)[0]?.trim().toLowerCase() || "application/octet-stream"
    const value = jsonValue(body)
    byType.set(type, [...(byType.get(type) ?? []), ...(value === undefined ? [] : [value])])
  }
  return Object.fromEntries([...byType].map(([type, bodies]) => [type, mediaObject(type, bodies)]))
}

function mediaObject(type: string, bodies: readonly unknown[]): JsonSchema {
  if (bodies.length === 0) return {}
  const schema = isJson(type) ? { ...inferSchema(bodies), "x-bellhop-inferred": true } : { type: "string" }
  if (bodies.length === 1) return { schema, example: bodies[0] }
  return { schema, examples: Object.fromEntries(bodies.map((value, n) => [`example${n + 1}`, { value }])) }
}

function isJson(type: string): boolean {
  return type === "application/json" || type.endsWith("+json")
}

function headerObjects(headers: Record<string, string>): JsonSchema {
  return Object.fromEntries(
    Object.entries(headers)
      // A parameter of this name is ignored by OpenAPI: the content says it already.
      .filter(([name]) => name.toLowerCase() !== "content-type")
      .map(([name, example]) => [name, { schema: { type: "string" }, example }]),
  )
}
