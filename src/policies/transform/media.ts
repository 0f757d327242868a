import { either, record, type Schema } from "../../core/schema.ts"
import { off, text } from "../../core/values.ts"
import { formatOf } from "../../formats/format-of.ts"
import type { Format } from "../../formats/format.ts"
import { parseMediaType } from "../../formats/media-type.ts"
import { type FormatName, formatName } from "./format-options.ts"

/** What content types mean beyond what the formats say of themselves: a format, or nothing to look into. */
export type Types = ReadonlyMap<string, FormatName | false>

/** Content types by name. */
export const typesOption: Schema<Types> = record(
  either(formatName(), off()),
  text({
    expected: 'a media type in lower case, such as "text/plain"',
    pattern: /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/,
  }),
)

/** How streams of JSON values come. */
export type StreamKind = "events" | "lines"

/** What a body is, by its content type. */
export type Medium =
  | { readonly kind: "format"; readonly format: Format }
  | { readonly kind: "stream"; readonly stream: StreamKind }
  /** Nothing in it has a name: known to be so, or told. */
  | { readonly kind: "opaque"; readonly told: boolean }
  | { readonly kind: "unknown" }

const streams = new Map<string, StreamKind>([
  ["text/event-stream", "events"],
  ["application/x-ndjson", "lines"],
  ["application/ndjson", "lines"],
  ["application/jsonl", "lines"],
  ["application/x-jsonlines", "lines"],
])

// SVG is XML, but nobody keeps data in it. Pages are not here: much that says text/html is JSON, or the page of an error.
const opaque = /^(?:(?:image|audio|video|font)\/|text\/(?:css|javascript)$|application\/(?:javascript|wasm|pdf)$)/

/** Tells what bodies are. */
export function mediumOf(
  formats: ReadonlyMap<string, Format>,
  types: Types | undefined,
): (type: string | undefined) => Medium {
  const media = new Map<string, Medium>([...streams].map(([type, stream]) => [type, { kind: "stream", stream }]))
  for (const [type, name] of types ?? []) {
    const format = name === false ? undefined : formats.get(name)
    media.set(type, format ? { kind: "format", format } : { kind: "opaque", told: true })
  }
  return (contentType) => {
    const type = contentType === undefined ? undefined : parseMediaType(contentType)?.type
    if (type === undefined) return { kind: "unknown" }
    const found = media.get(type)
    if (found) return found
    if (opaque.test(type)) return { kind: "opaque", told: false }
    const format = formats.get(formatOf(type)?.name ?? "")
    return format ? { kind: "format", format } : { kind: "unknown" }
  }
}

const utf8 = /^utf-?8$/i

/** The content type of a body that is written in the format that it came in. */
export function sameType(contentType: string): string {
  const parsed = parseMediaType(contentType)
  const charset = parsed?.parameters.get("charset")
  if (!parsed || charset === undefined || utf8.test(charset)) return contentType
  const others = [...parsed.parameters]
    .filter(([name]) => name !== "charset")
    .map(([name, value]) => `; ${name}=${JSON.stringify(value)}`)
  return `${parsed.type}; charset=utf-8${others.join("")}`
}

/** The content type of a body that is written in another format than it came in. */
export const newType = (type: string): string => (type.startsWith("text/") ? `${type}; charset=utf-8` : type)
