import { GatewayError } from "../../core/errors.ts"
import type { Exchange } from "../../core/exchange.ts"
import { charsetOf } from "../../formats/format-of.ts"
import { type Format, FormatError } from "../../formats/format.ts"
import { clientsBytes, forgetBody, streamOf } from "./body.ts"
import { formatsOf } from "./format-options.ts"
import { mediumOf, newType, sameType, type Types } from "./media.ts"
import type { RequestSide } from "./options.ts"
import { reshaping } from "./reshape.ts"
import type { Given } from "./template.ts"

/** Changes the body of a client's request. */
export type ChangeRequest = (exchange: Exchange, given: Given) => Promise<void>

/** What becomes of the bodies of requests; undefined where they stay as they are. */
export function requestBodies(side: RequestSide, types: Types | undefined, limit: number): ChangeRequest | undefined {
  const reshape = reshaping(side)
  if (!side.from && !side.to && !reshape) return undefined
  const formats = formatsOf(side)
  const medium = mediumOf(formats, types)
  const taken = side.from?.flatMap((name) => formats.get(name) ?? []) ?? [...formats.values()]
  const [first] = side.from ? taken : []
  const target = side.to && formats.get(side.to)

  /** The format of a body; undefined for one that passes as it is. */
  const formatOf = (type: string | undefined): Format | undefined => {
    const found = medium(type)
    if (found.kind === "format" && taken.includes(found.format)) return found.format
    if (type === undefined && first) return first
    if (side.others === "pass" || (found.kind === "opaque" && found.told)) return undefined
    const accept = taken.flatMap(({ types: names }) => names.slice(0, 1)).join(", ")
    const detail =
      type === undefined ? "The body does not say what it is" : `The body has the type ${JSON.stringify(type)}`
    throw new GatewayError("unsupported_type", `${detail}. Send one of these: ${accept}.`, { headers: { accept } })
  }

  return async (exchange, given) => {
    const { body, headers } = exchange
    if (body === null || headers.get("content-length") === "0") return
    const type = headers.get("content-type")
    const format = formatOf(type)
    if (!format) return
    const bytes = await clientsBytes(exchange, body, limit)
    forgetBody(headers)
    if (bytes.byteLength === 0) {
      headers.set("content-length", "0")
      exchange.body = null
      return
    }
    const value = readable(() => format.read(bytes, type === undefined ? undefined : charsetOf(type)))
    const reshaped = reshape ? await reshape(value, given, 0) : value
    const into = target ?? format
    const content = readable(() => into.write(reshaped))
    headers.set("content-type", into === format && type !== undefined ? sameType(type) : newType(into.types[0] ?? ""))
    headers.set("content-length", String(Buffer.byteLength(content)))
    exchange.body = streamOf(content)
  }
}

function readable<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof FormatError ? new GatewayError("bad_request", error.message) : error
  }
}
