import { connect as connectPlain, type Socket } from "node:net"
import { connect as connectTls } from "node:tls"

import { Inbox, type Message, readMessage } from "./wire.ts"

/** A response as it was on the wire. */
export interface RawResponse extends Message {
  readonly status: number
}

/** A connection on which a test says exactly what it wants, valid or not. */
export interface RawClient extends Disposable {
  readonly socket: Socket
  /** Sends letters as bytes (latin1). */
  send(bytes: string | Uint8Array): void
  /** The next response; one to HEAD has no body. Undefined when the gateway leaves without one. */
  response(method?: string): Promise<RawResponse | undefined>
  /** Whatever comes until the gateway leaves. */
  rest(): Promise<string>
  /** Settles when the gateway closed the connection. */
  readonly closed: Promise<void>
}

/** Opens a connection to a gateway. */
export async function connect(url: string): Promise<RawClient> {
  const { protocol, port } = new URL(url)
  const at = { host: "127.0.0.1", port: Number(port) }
  const socket = protocol === "https:" ? connectTls({ ...at, rejectUnauthorized: false }) : connectPlain(at)
  const inbox = new Inbox(socket)
  await new Promise<void>((resolve, reject) => {
    socket.once(protocol === "https:" ? "secureConnect" : "connect", resolve)
    socket.once("error", reject)
  })
  return {
    socket,
    send: (bytes) => void socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes),
    async response(method = "GET") {
      const message = await readMessage(inbox, "response", method === "HEAD")
      return message && { ...message, status: Number(message.start.split(" ")[1]) }
    },
    rest: () => inbox.rest(),
    closed: inbox.closed,
    [Symbol.dispose]: () => void socket.destroy(),
  }
}

/** What a request is made of, as it goes over the wire. */
export interface RawRequest {
  method?: string
  headers?: readonly string[]
  body?: string
  /** The Host line; undefined leaves it out. */
  host?: string | undefined
}

/** The bytes of a request; nothing is added but the Host line and the length of a body. */
export function requestText(target: string, request: RawRequest = {}): string {
  const { method = "GET", headers = [], body } = request
  const host = "host" in request ? request.host : "gateway.test"
  const lines = [
    `${method} ${target} HTTP/1.1`,
    ...(host === undefined ? [] : [`Host: ${host}`]),
    ...headers,
    ...(body === undefined || headers.some((line) => /^transfer-encoding|^content-length/i.test(line))
      ? []
      : [`Content-Length: ${body.length}`]),
  ]
  return `${lines.join("\r\n")}\r\n\r\n${body ?? ""}`
}

/** Sends one request on a connection of its own and waits for the answer. */
export async function ask(url: string, target: string, request: RawRequest = {}): Promise<RawResponse> {
  using client = await connect(url)
  client.send(requestText(target, request))
  const response = await client.response(request.method)
  if (!response) throw new Error(`No answer to ${request.method ?? "GET"} ${target}.`)
  return response
}
