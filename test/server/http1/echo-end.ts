import type { Socket, SocketHandler } from "bun"

import type { ClientEnd, Tunnel } from "../../../src/core/tunnel.ts"
import { deflateOffered } from "../../../src/http/deflate.ts"
import { acceptOf } from "../../../src/http/handshake.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { Outbox } from "../../../src/server/http1/outbox.ts"
import { WebSocketEnd } from "../../../src/server/http1/websocket-end.ts"
import type { Closing } from "../../support/websocket.ts"

/** A tunnel that sends back what it gets, and writes down what it is told. */
export class EchoTunnel implements Tunnel {
  readonly service = "echo"
  readonly told: string[] = []
  readonly #closed = Promise.withResolvers<Closing>()
  readonly #drained: (() => void)[] = []
  client: ClientEnd | undefined
  compress = false
  /** Told instead of sending back. */
  said: ((data: string | Uint8Array, client: ClientEnd) => void) | undefined

  /** The client's closing. */
  get closed(): Promise<Closing> {
    return this.#closed.promise
  }

  join(client: ClientEnd): void {
    this.client = client
  }

  abandon(): void {}

  shut(code: number, reason: string): void {
    this.client?.close(code, reason)
  }

  clientSaid(data: string | Uint8Array): void {
    const { client } = this
    if (!client) throw new Error("A client that has not joined said something.")
    if (this.said) this.said(data, client)
    else client.send(data as string | Uint8Array<ArrayBuffer>, this.compress)
  }

  clientPinged(data: Uint8Array): void {
    this.told.push(`ping ${Buffer.from(data).toString()}`.trim())
  }

  clientPonged(data: Uint8Array): void {
    this.told.push(`pong ${Buffer.from(data).toString()}`.trim())
  }

  clientDrained(): void {
    this.told.push("drained")
    for (const resolve of this.#drained.splice(0)) resolve()
  }

  clientClosed(code: number, reason: string): void {
    this.told.push(`closed ${code} ${reason}`.trim())
    this.#closed.resolve({ code, reason })
  }

  /** Settles when the client keeps up again. */
  drained(): Promise<void> {
    return new Promise((resolve) => this.#drained.push(resolve))
  }
}

interface Connected {
  readonly out: Outbox
  head: string
  end: WebSocketEnd | undefined
}

/** A listener whose every connection becomes a WebSocket to a tunnel of its own. */
export function echoListener(
  maxMessage: number,
  prepare: (tunnel: EchoTunnel) => void = () => undefined,
  tls?: { cert: string; key: string },
) {
  const tunnels: EchoTunnel[] = []
  let left = 0
  const gone = ({ data }: Socket<Connected>) => data.end?.gone()
  const handler: SocketHandler<Connected> = {
    open(socket) {
      socket.data = { out: new Outbox(socket), head: "", end: undefined }
    },
    data(socket, data) {
      const { data: state } = socket
      if (state.end) return state.end.received(data)
      state.head += data.toString("latin1")
      const at = state.head.indexOf("\r\n\r\n")
      if (at < 0) return
      const lines = state.head.slice(0, at).split("\r\n").slice(1)
      const headers = new HeaderList(lines.flatMap((line) => split(line)))
      const deflate = deflateOffered(headers)
      const tunnel = new EchoTunnel()
      prepare(tunnel)
      const accept = acceptOf(headers.get("sec-websocket-key") ?? "")
      const extension = deflate ? `Sec-WebSocket-Extensions: ${deflate.answer}\r\n` : ""
      state.out.send(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n${extension}Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
        null,
      )
      state.end = new WebSocketEnd(socket, state.out, tunnel, { maxMessage, deflate }, () => left++)
      tunnel.join(state.end)
      tunnels.push(tunnel)
      const early = Buffer.from(state.head.slice(at + 4), "latin1")
      if (early.length > 0) state.end.received(early)
    },
    drain: ({ data }) => data.end?.drained(),
    end: gone,
    close: gone,
    error: gone,
  }
  const options = { hostname: "127.0.0.1", port: 0, socket: handler }
  const listener = tls ? Bun.listen<Connected>({ ...options, tls }) : Bun.listen<Connected>(options)
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${listener.port}`,
    tunnels,
    /** How many clients have left. */
    get left() {
      return left
    },
    [Symbol.dispose]: () => listener.stop(true),
  }
}

function split(line: string): [string, string] {
  const at = line.indexOf(":")
  return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()]
}
