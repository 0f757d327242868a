import type { ServerWebSocket } from "bun"

import { connect, type RawClient, type RawResponse, requestText } from "./raw.ts"
import type { Listener } from "./upstream.ts"

/** What a WebSocket said last. */
export interface Closing {
  readonly code: number
  readonly reason: string
}

/** An open WebSocket of a client. */
export interface OpenSocket extends Disposable {
  readonly socket: Bun.WebSocket
  /** The next message, come already or yet to come; fails when there will be none. */
  next(): Promise<string | Buffer>
  /** Sends, and gives the next message. */
  ask(message: string | Uint8Array<ArrayBuffer>): Promise<string | Buffer>
  readonly closed: Promise<Closing>
}

/** Things that come one after the other, and who waits for them. */
export function queue<T>() {
  const there: T[] = []
  const waiting: PromiseWithResolvers<T>[] = []
  let end: Error | undefined
  return {
    push(one: T): void {
      const waiter = waiting.shift()
      if (waiter) waiter.resolve(one)
      else there.push(one)
    },
    /** There will be no more. */
    end(reason: Error): void {
      end = reason
      for (const { reject } of waiting.splice(0)) reject(reason)
    },
    next(): Promise<T> {
      const [one] = there.splice(0, 1)
      if (one !== undefined) return Promise.resolve(one)
      if (end) return Promise.reject(end)
      const waiter = Promise.withResolvers<T>()
      waiting.push(waiter)
      return waiter.promise
    },
  }
}

// The types of browsers hide what Bun's has besides.
const Client = WebSocket as unknown as new (url: string, options: Bun.WebSocketOptions) => Bun.WebSocket

/** Opens a WebSocket; fails when it is refused. */
export async function openSocket(url: string, options: Bun.WebSocketOptions = {}): Promise<OpenSocket> {
  const socket = new Client(url.replace(/^http/, "ws").replace("localhost", "127.0.0.1"), options)
  const messages = queue<string | Buffer>()
  const opened = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<Closing>()
  socket.binaryType = "nodebuffer"
  socket.addEventListener("open", () => opened.resolve())
  socket.addEventListener("message", ({ data }) => messages.push(data as string | Buffer))
  socket.addEventListener("close", ({ code, reason }) => {
    const gone = new Error(`The WebSocket was closed with ${code} "${reason}".`)
    opened.reject(gone)
    messages.end(gone)
    closed.resolve({ code, reason })
  })
  await opened.promise
  return {
    socket,
    next: messages.next,
    ask(message) {
      socket.send(message)
      return messages.next()
    },
    closed: closed.promise,
    [Symbol.dispose]: () => socket.terminate(),
  }
}

/** A client's WebSocket as the service has it. */
export interface ServedSocket {
  readonly socket: ServerWebSocket<Served>
  readonly headers: Headers
  readonly url: URL
  /** Pings and pongs that came, with their letters. */
  readonly controls: ReturnType<typeof queue<string>>
  readonly closed: Promise<Closing>
}

interface Served {
  readonly headers: Headers
  readonly url: URL
  readonly controls: ReturnType<typeof queue<string>>
  readonly gone: PromiseWithResolvers<Closing>
}

/** A service that takes WebSockets, and sends back what it gets unless it is told otherwise. */
export function socketUpstream(
  told: {
    message?: (socket: ServerWebSocket<Served>, message: string | Buffer<ArrayBuffer>) => void
    drain?: (socket: ServerWebSocket<Served>) => void
    /** Headers of the 101. */
    headers?: [string, string][]
    tls?: { cert: string; key: string }
    /** Instead of a 101. */
    refuse?: (request: Request) => Response | undefined
  } = {},
): Listener & { next(): Promise<ServedSocket>; readonly open: number } {
  const opened = queue<ServedSocket>()
  const server = Bun.serve<Served>({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    ...(told.tls ? { tls: told.tls } : {}),
    fetch(request, self) {
      const refused = told.refuse?.(request)
      if (refused) return refused
      const { headers } = request
      const gone = Promise.withResolvers<Closing>()
      const data = { headers, url: new URL(request.url), controls: queue<string>(), gone }
      return self.upgrade(request, { data, headers: told.headers ?? [] }) ? undefined : new Response("plain")
    },
    websocket: {
      maxPayloadLength: 64 * 1024 * 1024,
      backpressureLimit: 0,
      idleTimeout: 0,
      open(socket) {
        const { headers, url, controls, gone } = socket.data
        opened.push({ socket, headers, url, controls, closed: gone.promise })
      },
      message: told.message ?? ((socket, message) => void socket.send(message)),
      drain: (socket) => told.drain?.(socket),
      ping: (socket, data) => socket.data.controls.push(`ping ${data.toString()}`),
      pong: (socket, data) => socket.data.controls.push(`pong ${data.toString()}`),
      close: (socket, code, reason) => socket.data.gone.resolve({ code, reason }),
    },
  })
  const port = server.port ?? 0
  return {
    port,
    url: `${told.tls ? "https" : "http"}://127.0.0.1:${port}`,
    next: opened.next,
    get open() {
      return server.pendingWebSockets
    },
    [Symbol.dispose]: () => void server.stop(true),
  }
}

/** The lines of a handshake as every client sends them. */
export const handshakeLines: readonly string[] = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
]

/** A handshake on bare TCP: the answer's head, and the connection behind it. */
export async function rawHandshake(
  url: string,
  target: string,
  headers: readonly string[] = handshakeLines,
): Promise<{ client: RawClient; response: RawResponse | undefined }> {
  const client = await connect(url)
  client.send(requestText(target, { headers }))
  return { client, response: await client.response() }
}
