import type { Reply } from "../../core/reply.ts"
import { decodeText } from "../../formats/decode-text.ts"
import { charsetOf, formatOf } from "../../formats/format-of.ts"
import { json } from "../../formats/json.ts"
import { parseMediaType } from "../../formats/media-type.ts"
import type { HeaderList } from "../../http/header-list.ts"
import { isHopByHop } from "../../http/hop-by-hop.ts"

const textual =
  /^text\/|[+/](?:xml|yaml|x-yaml|javascript|ecmascript|x-ndjson|ndjson|jsonl|toml|sql|graphql|x-www-form-urlencoded)$/

/** One answer of a batch as the JSON text of its entry, on one line; `name` is what tells it from the others. */
export function answerText(
  name: { readonly id: string | number; readonly index?: number },
  { status, headers }: Pick<Reply, "status" | "headers">,
  body: Uint8Array | undefined,
): string {
  const head = JSON.stringify({ ...name, status, headers: headersOf(headers) }).slice(0, -1)
  const { text, encoding } = bodyText(headers, body)
  return `${head},"body":${text}${encoding === undefined ? "" : `,"encoding":"${encoding}"`}}`
}

/** Headers as an object: several lines of one name are one list, cookies always. */
function headersOf(headers: HeaderList): Record<string, string | string[]> {
  const byName = new Map<string, string | string[]>()
  for (const [name, value] of headers) {
    // The body comes in another form, and not on a connection of its own.
    if (name === "content-length" || isHopByHop(name)) continue
    const before = byName.get(name)
    if (name === "set-cookie") byName.set(name, [...(before ?? []), value])
    else byName.set(name, before === undefined ? value : `${String(before)}, ${value}`)
  }
  // An assignment would lose a header named "__proto__".
  return Object.fromEntries(byName)
}

function bodyText(headers: HeaderList, body: Uint8Array | undefined): { text: string; encoding?: "base64" } {
  if (!body || body.byteLength === 0) return { text: "null" }
  const text = headers.has("content-encoding") ? undefined : textIn(body, headers.get("content-type"))
  if (text !== undefined) return { text }
  const base64 = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("base64")
  return { text: `"${base64}"`, encoding: "base64" }
}

/** JSON as it is, since to read and write it again would change its numbers; other text as a text. */
function textIn(body: Uint8Array, type: string | undefined): string | undefined {
  try {
    if (type === undefined) return JSON.stringify(decodeText(body, undefined, "text"))
    if (formatOf(type) === json) {
      const text = decodeText(body, charsetOf(type), "JSON")
      JSON.parse(text)
      // Between the values of JSON a line break is as good as nothing, and inside of them there is none.
      return text.replace(/[\r\n]+/g, "")
    }
    const media = parseMediaType(type)
    return media && textual.test(media.type) ? JSON.stringify(decodeText(body, charsetOf(type), "text")) : undefined
  } catch {
    // What is not what it says that it is comes byte for byte.
    return undefined
  }
}
