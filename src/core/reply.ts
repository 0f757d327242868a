import { HeaderList } from "../http/header-list.ts"

/** What a body may be made of on its way to the client. */
export type ReplyBody = ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | string | null

/** The answer of a handler; policies change it in place on its way out. */
export interface Reply {
  status: number
  headers: HeaderList
  body: ReplyBody
}

/** A reply with a JSON body. */
export const jsonReply = (body: unknown, status = 200, type = "application/json"): Reply => ({
  status,
  headers: new HeaderList(["content-type", type]),
  body: JSON.stringify(body),
})

/** A reply out of what a user's function gave: a web `Response` or a JSON value. */
export function replyFrom(value: unknown): Reply {
  if (value instanceof Response)
    return { status: value.status, headers: HeaderList.from(value.headers), body: value.body }
  if (value === undefined || value === null) return { status: 204, headers: new HeaderList(), body: null }
  return jsonReply(value)
}

// A status that has no body by definition makes the Response constructor throw when given one.
const bodiless = new Set([101, 204, 205, 304])

/** The reply as the listener sends it. */
export const toResponse = (reply: Reply): Response =>
  new Response(bodiless.has(reply.status) ? null : reply.body, { status: reply.status, headers: reply.headers.toWeb() })

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
