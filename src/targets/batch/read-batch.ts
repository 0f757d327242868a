import { GatewayError } from "../../core/errors.ts"
import type { Exchange } from "../../core/exchange.ts"
import { bytesOf } from "../../core/reply.ts"
import { isObject } from "../../core/schema.ts"
import { decodeText } from "../../formats/decode-text.ts"
import { charsetOf, formatOf } from "../../formats/format-of.ts"
import { FormatError } from "../../formats/format.ts"
import { json } from "../../formats/json.ts"

/** One request of a batch as the client wrote it: what its fields say is yet to be looked at. */
export interface Wanted {
  /** As the client gave it, or its place in the list. */
  readonly id: string | number
  readonly fields: ReadonlyMap<string, unknown>
}

const longestId = 128

const wrong = (detail: string): GatewayError => new GatewayError("bad_request", detail)

/** The requests in the body of a batch; refuses those that cannot be taken apart, or told apart. */
export async function readBatch(exchange: Exchange, limit: number, maxBody: number): Promise<Wanted[]> {
  const { value, exact } = await bodyOf(exchange, maxBody)
  const list = listIn(value)
  if (!list) throw wrong('Send { "requests": [ … ] }, or only the list.')
  if (list.length > limit) throw wrong(`There are ${list.length} requests; a batch has ${limit} at most.`)
  const bodies = listIn(exact)
  const seen = new Set<string>()
  return list.map((item, index): Wanted => {
    if (!isObject(item)) throw wrong(`Request ${index} is not an object such as { "path": "/cart" }.`)
    const fields = new Map(Object.entries(item))
    const same = bodies?.[index]
    if (fields.has("body") && isObject(same)) fields.set("body", same.body)
    const id = fields.get("id")
    if (!fields.has("id")) return { id: index, fields }
    if (typeof id !== "string" || id.length > longestId)
      throw wrong(`The id of request ${index} is not a text of ${longestId} letters at most.`)
    if (seen.has(id)) throw wrong(`Two requests have the id ${JSON.stringify(id)}: give each its own.`)
    seen.add(id)
    return { id, fields }
  })
}

function listIn(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value
  if (!isObject(value) || Object.keys(value).join() !== "requests") return undefined
  return Array.isArray(value.requests) ? value.requests : undefined
}

/** The value in the body, and once more as exactly as it can be written again. */
async function bodyOf(exchange: Exchange, maxBody: number): Promise<{ value: unknown; exact: unknown }> {
  const { headers, body } = exchange
  const type = headers.get("content-type") ?? ""
  // Other types are those that any page of the web may have a browser send here, with the cookies of its user.
  if (formatOf(type) !== json || headers.has("content-encoding"))
    throw new GatewayError("unsupported_type", "Send the batch as application/json, without a content coding.")
  const bytes = await exchange.unlessOver(bytesOf(body, maxBody))
  if (!bytes) throw new GatewayError("body_too_large", `The body is larger than ${maxBody} bytes.`)
  try {
    const value = json.read(bytes, charsetOf(type))
    return { value, exact: exactly(decodeText(bytes, charsetOf(type), "JSON")) }
  } catch (error) {
    throw error instanceof FormatError ? wrong(error.message) : error
  }
}

const exactJson = JSON as unknown as {
  parse(text: string, revive: (name: string, value: unknown, context: { source?: string }) => unknown): unknown
  rawJSON(text: string): unknown
}

/** A value in which numbers are as the client wrote them, where JavaScript would write them otherwise; undefined where all would stay. */
function exactly(text: string): unknown {
  if (!/\d[.eE]|\d{16}|-0/.test(text)) return undefined
  return exactJson.parse(text, (_, value, { source }) =>
    typeof value === "number" && source !== undefined && String(value) !== source ? exactJson.rawJSON(source) : value,
  )
}
