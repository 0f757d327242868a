import { filterFields } from "../../observe/recorder/filter.ts"
import { creator } from "./status.ts"

type Json = Readonly<Record<string, unknown>>

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` })
const text = (description?: string): Json => ({ type: "string", ...(description && { description }) })
const number = (description?: string): Json => ({ type: "number", ...(description && { description }) })
const whole = (description?: string): Json => ({ type: "integer", ...(description && { description }) })
const maybe = (schema: Json): Json => ({ anyOf: [schema, { type: "null" }] })
const listOf = (items: Json): Json => ({ type: "array", items })

/** An object whose members are all there, but for those that are named as optional. */
const object = (properties: Readonly<Record<string, Json>>, optional: readonly string[] = []): Json => ({
  type: "object",
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
})

const headers = listOf({ type: "array", prefixItems: [text(), text()], minItems: 2, maxItems: 2 })
const attributes: Json = { type: "object", additionalProperties: { type: ["string", "number", "boolean"] } }

const summary = {
  id: text("Names the recording."),
  exchange: text("What the exchange is called in its answer, in logs and by services; clients may choose it."),
  replayOf: maybe(text("The recording that it repeats.")),
  trace: maybe(text("The id of its trace, where the gateway takes part in traces.")),
  at: { type: "string", format: "date-time", description: "When it began." },
  method: text(),
  host: text(),
  path: text("As the client wrote it."),
  query: text("With its question mark, or empty."),
  route: maybe(text("The key of the route that took it.")),
  client: text("The address of the client."),
  identity: maybe(text("Who asked: the scheme that vouched, and a name that may be printed.")),
  status: whole(),
  code: maybe(text("The stable word for what went wrong.")),
  outcome: { enum: ["whole", "cut", "gone"], description: "Whether all of the answer was sent." },
  took: number("Milliseconds until the end of the answer."),
  answered: number("Milliseconds until its beginning."),
  upstream: number("Milliseconds of those spent waiting for services."),
  received: whole("Bytes of the body of the request."),
  sent: whole("Bytes of the body of the answer."),
  services: listOf(text("A service that was asked.")),
  tree: ref("Span"),
}

const schemas: Readonly<Record<string, Json>> = {
  Problem: object({ status: whole(), detail: text() }),
  Summary: object(summary, ["tree"]),
  Detail: object({ ...summary, request: ref("Message"), response: ref("Message"), replay: ref("Replayable") }),
  Message: object({ headers, body: maybe(ref("Body")) }),
  Body: object({
    size: whole("Bytes that passed."),
    complete: { type: "boolean", description: "Whether what is shown is all of it." },
    type: maybe(text("Its media type.")),
    encoding: maybe(text("The coding that was undone to show it.")),
    binary: { type: "boolean", description: "It is no text, and is not shown." },
    text: maybe(text("Without what looks like a secret.")),
  }),
  Replayable: object({
    possible: { type: "boolean", description: "Whether it can be repeated as it was." },
    reason: maybe(text("Why not.")),
    safe: { type: "boolean", description: "Whether its method changes nothing; others have to be confirmed." },
  }),
  Span: object({
    kind: { enum: ["route", "policy", "part", "try"] },
    name: text("The route, the policy, the part or the service."),
    start: number("Milliseconds after the exchange began."),
    took: maybe(number("Milliseconds; null where it had not ended.")),
    status: maybe(whole()),
    failure: maybe(text("The stable word for what went wrong.")),
    attributes,
    events: listOf(object({ name: text(), at: number(), attributes })),
    children: listOf(ref("Span")),
    dropped: whole("Stretches that were too many to be kept."),
  }),
  Edits: {
    type: "object",
    additionalProperties: false,
    properties: {
      yes: { type: "boolean", description: "Required for a method that may change something." },
      method: text(),
      target: text("Path and query."),
      headers: { type: "object", additionalProperties: maybe(text("Null takes the header out.")) },
      body: text(),
    },
  },
}

const filter = {
  name: "filter",
  in: "query",
  description: `Terms that all have to fit, such as \`method=POST status=5xx took>100ms path=/users/*\`. Fields: ${filterFields.join(", ")}. A word without a field is looked for in the path and the route.`,
  schema: text(),
}
const tree = {
  name: "tree",
  in: "query",
  description: "Whether the tree of what was done comes with each.",
  schema: { type: "boolean" },
}
const count = (name: string, description: string): Json => ({ name, in: "query", description, schema: whole() })
const query = (name: string, description: string): Json => ({ name, in: "query", description, schema: text() })
const id: Json = {
  name: "id",
  in: "path",
  required: true,
  description: "The id of the recording or of the exchange, or the end of the former: six letters or more.",
  schema: text(),
}

const answer = (description: string, type?: string, schema: Json = {}): Json =>
  type === undefined ? { description } : { description, content: { [type]: { schema } } }
const json = (description: string, schema: Json = { type: "object" }): Json =>
  answer(description, "application/json", schema)

interface Operation {
  readonly summary: string
  readonly parameters?: readonly Json[]
  readonly requestBody?: Json
  readonly responses: Readonly<Record<number, Json>>
}

const operations: Readonly<Record<string, Operation>> = {
  "GET /": { summary: "Lists what there is.", responses: { 200: json("Methods and paths.") } },
  "GET /openapi.json": { summary: "This document.", responses: { 200: json("OpenAPI 3.1.") } },
  "GET /healthz": { summary: "Says that the process lives.", responses: { 200: json("It does.") } },
  "GET /readyz": {
    summary: "Says whether the gateway takes requests.",
    responses: { 200: json("It does."), 503: json("It does not: it stops, or no config is served yet.") },
  },
  "GET /status": { summary: "How the gateway does, at a glance.", responses: { 200: json("Its status.") } },
  "GET /services": { summary: "How services and their upstreams do.", responses: { 200: json("The services.") } },
  "GET /metrics": {
    summary: "Metrics for Prometheus.",
    responses: { 200: answer("The text format.", "text/plain", text()) },
  },
  "GET /usage": {
    summary: "Who used how much.",
    parameters: [
      query("by", "What to sum up by, with commas between."),
      query("since", "The first hour: a day, a time, or how long ago."),
      query("until", "The hour to end before."),
    ],
    responses: { 200: json("Sums.") },
  },
  "GET /cache": { summary: "What the cache did and has.", responses: { 200: json("The cache.") } },
  "POST /cache/purge": {
    summary: "Drops answers from the cache.",
    parameters: [
      query("url", "Of one answer."),
      query("path", "Of several, with stars."),
      query("tag", "A tag that answers carry."),
      query("all", "Every answer."),
    ],
    responses: { 200: json("How many were dropped.") },
  },
  "POST /reload": {
    summary: "Reloads the config.",
    responses: { 200: json("What it came to."), 422: json("The config has mistakes; the one before is served on.") },
  },
  "GET /exchanges": {
    summary: "Recent exchanges, the latest first.",
    parameters: [filter, tree, count("limit", "How many at most: 100, if it is not given; up to 1000.")],
    responses: { 200: json("The exchanges.", object({ exchanges: listOf(ref("Summary")) })) },
  },
  "DELETE /exchanges": { summary: "Forgets what was recorded.", responses: { 204: answer("It is forgotten.") } },
  "GET /exchanges.har": {
    summary: "Recent exchanges as a HAR file.",
    parameters: [filter, count("limit", "How many at most: 1000, if it is not given.")],
    responses: { 200: json("HAR 1.2.") },
  },
  "GET /exchanges/stream": {
    summary: "Exchanges as they end, as server-sent events.",
    parameters: [
      filter,
      tree,
      count("last", "How many of those before come first."),
      {
        name: "last-event-id",
        in: "header",
        description: "The exchanges after this one come first, as far as they are kept.",
        schema: text(),
      },
    ],
    responses: {
      200: answer(
        "Events `exchange`, each with a summary, and `dropped` with a `count` of those that are not shown: the reader is too slow, or there are too many to record each.",
        "text/event-stream",
        text(),
      ),
    },
  },
  "GET /exchanges/{id}": {
    summary: "Everything that may be seen of one exchange.",
    parameters: [id],
    responses: { 200: json("The exchange.", ref("Detail")) },
  },
  "GET /exchanges/{id}/har": {
    summary: "One exchange as a HAR file.",
    parameters: [id],
    responses: { 200: json("HAR 1.2.") },
  },
  "POST /exchanges/{id}/replay": {
    summary: "Sends a request through the gateway once more, as it was or edited, and answers once that has ended.",
    parameters: [id],
    requestBody: { required: false, content: { "application/json": { schema: ref("Edits") } } },
    responses: {
      200: json("The new exchange.", ref("Detail")),
      409: answer("It may change something and was not confirmed, or was not kept whole.", "application/problem+json"),
    },
  },
}

/** What the admin listener answers: each a method and a path. */
export const adminPaths: readonly string[] = Object.keys(operations)

/** The OpenAPI document of the admin listener. */
export function adminDocument(withToken: boolean): Json {
  const paths: Record<string, Record<string, unknown>> = {}
  const problem = answer("A problem.", "application/problem+json", ref("Problem"))
  for (const [key, { responses, ...operation }] of Object.entries(operations)) {
    const [method = "", path = ""] = key.split(" ")
    const made = (paths[path] ??= {})
    made[method.toLowerCase()] = { ...operation, responses: { ...responses, default: problem } }
  }
  return {
    openapi: "3.1.0",
    info: { title: `${creator.name} admin`, version: creator.version },
    ...(withToken && { security: [{ token: [] }] }),
    paths,
    components: { schemas, ...(withToken && { securitySchemes: { token: { type: "http", scheme: "bearer" } } }) },
  }
}
