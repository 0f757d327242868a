import {
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type SecureServerOptions,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from "node:http2"
import type { ListenOptions, Socket } from "node:net"

import { type Listener, listener } from "./upstream.ts"

/** A request as a service of HTTP/2 received it. */
export interface Http2Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Name, value, name, value, as they came. */
  readonly lines: readonly string[]
  readonly stream: ServerHttp2Stream
  /** The code that the stream ended with. */
  readonly gone: Promise<number | undefined>
}

/** A service of HTTP/2 that keeps what it received. */
export interface Http2Service extends Disposable {
  readonly port: number
  readonly url: string
  readonly received: Http2Received[]
  readonly sessions: ServerHttp2Session[]
  /** The next request, received already or yet to come; each is handed out once. */
  next(): Promise<Http2Received>
}

type Answer = (received: Http2Received) => void

/** Answers with 200 and these bytes. */
export const http2Ok =
  (body = "ok"): Answer =>
  ({ stream }) => {
    stream.respond({ ":status": 200, "content-type": "text/plain" })
    stream.end(body)
  }

/** A service over TLS, or without it where it has no certificate; on a free port of loopback, or elsewhere. */
export async function http2Service(
  answer: Answer = http2Ok(),
  options: ServerOptions & SecureServerOptions = {},
  at: ListenOptions = { port: 0, host: "127.0.0.1" },
): Promise<Http2Service> {
  const server = options.cert === undefined ? createServer(options) : createSecureServer(options)
  const received: Http2Received[] = []
  const unseen: Http2Received[] = []
  const waiting: ((one: Http2Received) => void)[] = []
  const sessions: ServerHttp2Session[] = []
  const open = new Set<ServerHttp2Session>()
  server.on("session", (session) => {
    sessions.push(session)
    open.add(session)
    session.on("close", () => open.delete(session))
    // A gateway that hangs up is nothing that a test has to hear about here.
    session.on("error", () => {})
  })
  server.on("sessionError", () => {})
  server.on("stream", (stream: ServerHttp2Stream, headers, _, lines) => {
    stream.on("error", () => {})
    const gone = new Promise<number | undefined>((resolve) => stream.on("close", () => resolve(stream.rstCode)))
    const one = { path: headers[":path"] ?? "", headers, lines, stream, gone }
    received.push(one)
    const waiter = waiting.shift()
    if (waiter) waiter(one)
    else unseen.push(one)
    answer(one)
  })
  await new Promise<void>((resolve) => server.listen(at, resolve))
  const address = server.address()
  const port = address !== null && typeof address === "object" ? address.port : 0
  return {
    port,
    url: `${options.cert === undefined ? "http" : "https"}://localhost:${port}`,
    received,
    sessions,
    next() {
      const one = unseen.shift()
      return one ? Promise.resolve(one) : new Promise((resolve) => waiting.push(resolve))
    },
    [Symbol.dispose]() {
      server.close()
      for (const session of open) session.destroy()
    },
  }
}

/** The kinds of frames, by their names (RFC 9113 section 6). */
export const frames = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, continuation: 9 } as const

/** A frame, byte for byte. */
export function frame(
  kind: keyof typeof frames,
  stream: number,
  payload: Uint8Array = new Uint8Array(),
  flags = 0,
): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.byteLength, 0, 3)
  head[3] = frames[kind]
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** Lines in the plainest way that HPACK knows: each in full. */
export function headerBlock(...lines: readonly (readonly [name: string, value: string])[]): Buffer {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value, "latin1")
    const size = bytes.byteLength
    // RFC 7541 section 5.1; two bytes of length are enough for a test.
    const prefix = size < 127 ? [size] : [127, ((size - 127) & 127) | 128, (size - 127) >> 7]
    return Buffer.concat([Buffer.from(prefix), bytes])
  }
  return Buffer.concat(lines.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]))
}

export const endStream = 1
export const endHeaders = 4

/** A number as four bytes: codes of resets, identifiers in GOAWAY. */
export function word(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value, 4 * at)
  return bytes
}

/** Speaks HTTP/2 without TLS frame by frame: `asked` gets the number of the stream of each request. */
export function frameService(
  asked: (stream: number, socket: Socket) => void,
  got: (kind: number, payload: Buffer, socket: Socket) => void = () => undefined,
  settings: Uint8Array = new Uint8Array(),
): Promise<Listener> {
  return listener((socket) => {
    let bytes: Buffer = Buffer.alloc(0)
    let begun = false
    socket.on("data", (piece: Buffer) => {
      bytes = Buffer.concat([bytes, piece])
      if (!begun) {
        if (bytes.byteLength < 24) return
        begun = true
        bytes = bytes.subarray(24)
        socket.write(frame("settings", 0, settings))
      }
      while (bytes.byteLength >= 9 && bytes.byteLength >= 9 + bytes.readUIntBE(0, 3)) {
        const end = 9 + bytes.readUIntBE(0, 3)
        const kind = bytes[3] as number
        const stream = bytes.readUInt32BE(5)
        const payload = bytes.subarray(9, end)
        bytes = bytes.subarray(end)
        got(kind, payload, socket)
        if (kind === frames.headers) asked(stream, socket)
      }
    })
  })
}
