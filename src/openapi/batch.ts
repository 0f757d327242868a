import type { DescribedRoute } from "./described.ts"
import type { JsonSchema } from "./infer.ts"

type Batch = NonNullable<DescribedRoute["batch"]>

const encoding = { const: "base64", description: "There when the body is bytes in base64." }

/** What a batch is asked with. */
export function batchRequest({ routes, limit }: Batch): JsonSchema {
  const request: JsonSchema = {
    type: "object",
    properties: {
      id: { type: "string", maxLength: 128, description: "Names its answer; otherwise its place in the list does." },
      method: { type: "string", default: "GET" },
      path: { type: "string", pattern: "^/", description: "With its query, escaped." },
      headers: {
        type: "object",
        additionalProperties: { type: "string" },
        description: "Beside those of this request that it inherits.",
      },
      body: { description: "A value that is sent as JSON, or a text where the content type is another." },
      encoding,
    },
    required: ["path"],
    additionalProperties: false,
  }
  const path = pathOf(routes)
  return {
    required: true,
    description: `Requests to ${routes.map((key) => `\`${key}\``).join(", ")}.`,
    content: {
      "application/json": {
        schema: {
          type: "object",
          properties: { requests: { type: "array", items: request, maxItems: limit } },
          required: ["requests"],
          additionalProperties: false,
        },
        example: { requests: [{ id: "a", ...path }] },
      },
    },
  }
}

/** What a batch answers with. */
export function batchContent({ streams }: Batch): JsonSchema {
  const entry: JsonSchema = {
    type: "object",
    properties: {
      ...(streams ? { index: { type: "integer", description: "The place of its request." } } : {}),
      id: { type: ["string", "integer"], description: "That of its request, or its place." },
      status: { type: "integer" },
      headers: {
        type: "object",
        additionalProperties: { type: ["string", "array"], items: { type: "string" } },
      },
      body: { description: "A value where the answer is JSON, otherwise a text; null when there is none." },
      encoding,
    },
    required: [...(streams ? ["index"] : []), "id", "status", "headers", "body"],
  }
  if (streams) return { "application/x-ndjson": { schema: entry } }
  return {
    "application/json": {
      schema: {
        type: "object",
        properties: { responses: { type: "array", items: entry, description: "In the order of the requests." } },
        required: ["responses"],
      },
    },
  }
}

/** Something that can be asked at once, for who tries the batch out. */
function pathOf([key = "/"]: readonly string[]): { method: string; path: string } {
  const [, method = "GET", pattern = "/"] = /^(?:([A-Z-]+)[A-Z,-]*\s+)?[^\s/]*(\/\S*)$/.exec(key) ?? []
  return { method, path: pattern.replace(/:\w+(?:\([^/]*\)(?=\/|$))?|\*/g, "1") }
}
