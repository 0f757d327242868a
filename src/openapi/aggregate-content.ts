import type { DescribedPart, DescribedRoute } from "./described.ts"
import { inferSchema, type JsonSchema, jsonValue } from "./infer.ts"

/** What is known of the answer of an aggregate: what is known of its parts, put together as the config puts them. */
export function aggregateContent({
  parts = [],
  combined = "named",
  stream,
}: Pick<DescribedRoute, "parts" | "combined" | "stream">): JsonSchema {
  if (stream !== undefined) return { [streamTypes[stream]]: { schema: entrySchema(parts) } }
  return { "application/json": { schema: answerSchema(parts, combined) } }
}

const streamTypes = { ndjson: "application/x-ndjson", sse: "text/event-stream", multipart: "multipart/mixed" } as const

/** What each line, the data of each event, or each body part is. */
function entrySchema(parts: readonly DescribedPart[]): JsonSchema {
  const status = { type: ["integer", "string"], description: 'Of the service, or a word: "fallback", "skipped", …' }
  const outcome: JsonSchema = {
    type: "object",
    properties: { status, ms: { type: "integer", description: "How long it took." } },
    required: ["status"],
  }
  const entry = (description: string, properties: JsonSchema, required: string[]): JsonSchema => ({
    type: "object",
    description,
    properties,
    required,
  })
  return {
    oneOf: [
      ...parts
        .filter(({ as }) => as !== false)
        .map((part) => {
          const properties = { part: { const: nameOf(part) }, status, value: partSchema(part) }
          return entry("Sent once it is there; without a value when it is skipped.", properties, ["part", "status"])
        }),
      entry(
        "The last one, when there is an answer.",
        { complete: { type: "boolean" }, parts: { type: "object", additionalProperties: outcome } },
        ["complete"],
      ),
      entry("The last one, when there is none.", { error: { $ref: "#/components/schemas/Problem" } }, ["error"]),
    ],
  }
}

const nameOf = ({ name, as }: DescribedPart): string => (typeof as === "string" ? as : name)

function answerSchema(parts: readonly DescribedPart[], combined: DescribedRoute["combined"]): JsonSchema {
  // Only the function knows.
  if (combined === "made") return {}
  const shown = parts.filter(({ as }) => as !== false)
  if (combined === "merged") return { type: "object", allOf: shown.map(partSchema) }
  const required = shown.filter((part) => part.required && !part.isConditional).map(nameOf)
  return {
    type: "object",
    // fromEntries defines a key `__proto__` where an assignment would set the prototype.
    properties: Object.fromEntries(shown.map((part) => [nameOf(part), partSchema(part)])),
    ...(required.length === 0 ? {} : { required: [...new Set(required)] }),
  }
}

function partSchema(part: DescribedPart): JsonSchema {
  const description = aboutPart(part)
  const own = part.isShaped ? {} : valueSchema(part)
  // The empty object keeps a docs page from making up a string.
  if (Object.keys(own).length === 0) return { description, examples: [part.isList ? [] : {}] }
  return part.isList ? { description, type: "array", items: own } : { description, ...own }
}

function aboutPart({ service, method, path, parts, isList }: DescribedPart): string {
  const each = isList ? ", once for each item of a list" : ""
  if (parts) return `An aggregate of ${parts.map(({ name }) => `"${name}"`).join(", ")}${each}.`
  if (method === undefined) return `An answer of the service "${service}"${each}.`
  return `${method} ${path} of the service "${service}"${each}.`
}

function valueSchema({ schema, parts, sample }: DescribedPart): JsonSchema {
  if (typeof schema === "object" && schema !== null) return schema as JsonSchema
  if (parts) return answerSchema(parts, "named")
  const bodies = (sample ?? [])
    .filter(({ status, contentType }) => status >= 200 && status < 300 && /[/+]json\b/i.test(contentType))
    .map(({ body }) => jsonValue(body))
    .filter((body) => body !== undefined)
  return bodies.length === 0 ? {} : { ...inferSchema(bodies), examples: bodies, "x-bellhop-inferred": true }
}
