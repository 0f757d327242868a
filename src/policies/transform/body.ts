import { GatewayError } from "../../core/errors.ts"
import type { Exchange } from "../../core/exchange.ts"
import type { ReplyBody } from "../../core/reply.ts"
import { CodingError, decoded } from "../../http/content-coding.ts"
import type { HeaderList } from "../../http/header-list.ts"

/** The largest body that is read when nobody says otherwise. */
export const standardLimit = 10 * 1024 * 1024

const codings = "gzip, deflate, br, zstd"

/** The whole body of a client, without its content codings. */
export async function clientsBytes(
  exchange: Exchange,
  body: ReadableStream<Uint8Array>,
  limit: number,
): Promise<Uint8Array> {
  const { headers } = exchange
  if (declaredLength(headers) > limit) throw tooLarge(limit)
  try {
    return await exchange.unlessOver(decoded(body, codingOf(headers), limit))
  } catch (error) {
    if (!(error instanceof CodingError)) throw error
    if (error.reason === "too_large") throw tooLarge(limit)
    if (error.reason === "corrupt") throw new GatewayError("bad_request", error.message)
    throw new GatewayError("unsupported_type", error.message, { headers: { "accept-encoding": codings } })
  }
}

const tooLarge = (limit: number): GatewayError =>
  new GatewayError("body_too_large", `The body is larger than ${limit} bytes.`)

/** The whole body of an answer, without its content codings; a failure of the service where that cannot be had. */
export async function answersBytes(
  exchange: Exchange,
  body: Exclude<ReplyBody, null>,
  headers: HeaderList,
  limit: number,
): Promise<Uint8Array> {
  const content = typeof body === "string" ? Buffer.from(body) : body
  const coding = codingOf(headers)
  if (content instanceof Uint8Array && coding === undefined) {
    if (content.byteLength > limit) throw unusable(`The answer is larger than ${limit} bytes.`)
    return content
  }
  try {
    if (coding === undefined && declaredLength(headers) > limit)
      throw new CodingError("too_large", `The body is larger than ${limit} bytes.`)
    return await exchange.unlessOver(decoded(content, coding, limit))
  } catch (cause) {
    if (body instanceof ReadableStream && !body.locked) body.cancel(cause).catch(() => undefined)
    if (cause instanceof GatewayError) throw cause
    if (cause instanceof CodingError) throw unusable(cause.message.replace(/^The body/, "The answer"))
    throw unusable("The answer broke off.", cause)
  }
}

/** The failure of a service whose answer cannot be used. */
export const unusable = (detail: string, cause?: unknown): GatewayError =>
  new GatewayError("bad_upstream", detail, { cause })

/** The failure of a service whose answer is not what it says; what it is instead is for the log, not for clients. */
export const unreadable = (format: string, cause: Error): GatewayError =>
  unusable(`The answer cannot be read as ${format}.`, cause)

/** The content type; where there are several, it is none of them: who gets them may believe any. */
export function typeOf(headers: HeaderList): string | undefined {
  const all = headers.all("content-type")
  return all.length < 2 ? all[0] : all.join(", ")
}

/** The content codings of a body; undefined where there are none. */
export function codingOf(headers: HeaderList): string | undefined {
  const all = headers.all("content-encoding").join(",")
  return all === "" || all.trim().toLowerCase() === "identity" ? undefined : all
}

function declaredLength(headers: HeaderList): number {
  const declared = headers.get("content-length") ?? ""
  return /^\d+$/.test(declared) ? Number(declared) : 0
}

// They are about the bytes that were there before.
const lost = new Set([
  "content-encoding",
  "content-length",
  "transfer-encoding",
  "content-md5",
  "digest",
  "content-digest",
  "repr-digest",
  "accept-ranges",
  "content-range",
])

/** Takes out the headers that were true of a body before it was changed. */
export function forgetBody(headers: HeaderList): void {
  headers.drop((name) => lost.has(name))
}

/** The tag of something else than it stood for: equal in what it says, but not byte for byte (RFC 9110 section 8.8.1). */
export function weakenTag(headers: HeaderList): void {
  const tag = headers.get("etag")
  if (tag?.startsWith('"')) headers.set("etag", `W/${tag}`)
}

/** Tells caches that others may get something else, by this header of theirs. */
export function vary(headers: HeaderList, name: string): void {
  const lines = headers.all("vary").flatMap((line) => line.toLowerCase().split(","))
  if (!lines.some((line) => line.trim() === name || line.trim() === "*")) headers.append("vary", name)
}

/** A body in one piece. */
export const streamOf = (content: string | Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(typeof content === "string" ? Buffer.from(content) : content)
      controller.close()
    },
  })
