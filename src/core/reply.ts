import { HeaderList } from "../http/header-list.ts"
import { shown } from "./schema.ts"
import type { Tunnel } from "./tunnel.ts"

/** What a body may be made of on its way to the client. */
export type ReplyBody = ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | string | null

/** The answer of a handler; policies change it in place on its way out. */
export interface Reply {
  status: number
  headers: HeaderList
  body: ReplyBody
  /** The body comes out of the config's own code, which has to live on until it ends. */
  byConfig?: boolean
  /** With 101: the WebSocket that waits for the client. */
  tunnel?: Tunnel
}

/** A reply with a JSON body. */
export function jsonReply(body: unknown, status = 200, type = "application/json"): Reply {
  const text: string | undefined = JSON.stringify(body)
  if (text === undefined) throw new TypeError(`Cannot send ${shown(body)} as JSON: give a JSON value or a Response.`)
  return { status, headers: new HeaderList(["content-type", type]), body: text }
}

/** A reply out of what a user's function gave: a web `Response` or a JSON value. */
export function replyFrom(value: unknown): Reply {
  if (value instanceof Response) {
    // Response.error() has this one; what sends the answer would throw where nobody catches it.
    if (value.status < 200) throw new TypeError(`Cannot send a Response with the status ${value.status}.`)
    return { status: value.status, headers: HeaderList.from(value.headers), body: value.body, byConfig: true }
  }
  if (value === undefined || value === null) return { status: 204, headers: new HeaderList(), body: null }
  return jsonReply(value)
}

/** Statuses that have no body by definition. */
export const bodiless: ReadonlySet<number> = new Set([101, 204, 205, 304])

/** The reply as the listener sends it. */
export function toResponse({ status, headers, body }: Reply): Response {
  const without = bodiless.has(status)
  if (without && body instanceof ReadableStream) void body.cancel()
  // A body that is not a stream would get a content type that nobody gave it.
  if (body !== null && !without && !(body instanceof ReadableStream) && !headers.has("content-type"))
    body = streamOf(body)
  return new Response(without ? null : body, { status, headers: headers.pairs() })
}

function streamOf(body: Uint8Array | string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(typeof body === "string" ? new TextEncoder().encode(body) : body)
      controller.close()
    },
  })
}

/** The whole body as bytes, however it came, refused above a limit. */
export async function bytesOf(body: ReplyBody, limit: number): Promise<Uint8Array | undefined> {
  if (body === null) return new Uint8Array()
  if (typeof body === "string") body = new TextEncoder().encode(body)
  if (body instanceof Uint8Array) return body.byteLength > limit ? undefined : body
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > limit) return undefined
    chunks.push(chunk)
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
}
