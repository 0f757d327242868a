import { type AddressInfo, createServer, type Socket } from "node:net"

import { Inbox, type Message, readMessage } from "./wire.ts"

/** A server that leaves every byte to the test. */
export interface Listener extends Disposable {
  readonly url: string
  readonly port: number
}

/** Listens on a free port and hands over each connection. */
export async function listener(connected: (socket: Socket) => void, port = 0): Promise<Listener> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    // A gateway that hangs up is nothing that a test has to hear about here.
    socket.on("error", () => {})
    socket.on("close", () => sockets.delete(socket))
    connected(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, "127.0.0.1", resolve)
  })
  const { port: taken } = server.address() as AddressInfo
  return {
    port: taken,
    url: `http://127.0.0.1:${taken}`,
    [Symbol.dispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** A request as an upstream received it, byte for byte. */
export interface Received extends Message {
  readonly method: string
  readonly target: string
  readonly socket: Socket
  /** Settles when the gateway closed the connection. */
  readonly gone: Promise<void>
}

/** A service that keeps what it received. */
export interface RawUpstream extends Listener {
  readonly received: readonly Received[]
  /** The next request, of this target if one is given, received already or yet to come; each is handed out once. */
  next(target?: string): Promise<Received>
}

const plain = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"

/** A service on bare TCP: answers with the bytes given, or with none and leaves the socket to the test. */
export async function rawUpstream(
  answer: (received: Received) => string | undefined | Promise<string | undefined> = () => plain,
  port = 0,
): Promise<RawUpstream> {
  const received: Received[] = []
  const unseen: Received[] = []
  const waiting: { target: string | undefined; resolve: (one: Received) => void }[] = []

  async function serve(socket: Socket): Promise<void> {
    const inbox = new Inbox(socket)
    for (;;) {
      const message = await readMessage(inbox, "request")
      if (!message) return
      const [method = "", target = ""] = message.start.split(" ")
      const one: Received = { ...message, method, target, socket, gone: inbox.closed }
      received.push(one)
      const index = waiting.findIndex((waiter) => waiter.target === undefined || waiter.target === target)
      if (index < 0) unseen.push(one)
      else waiting.splice(index, 1)[0]?.resolve(one)
      if (!one.complete) return void socket.destroy()
      const bytes = await answer(one)
      if (bytes !== undefined) socket.write(Buffer.from(bytes, "latin1"))
    }
  }

  const made = await listener((socket) => void serve(socket), port)
  return Object.assign(made, {
    received,
    next(target?: string) {
      const index = unseen.findIndex((one) => target === undefined || one.target === target)
      const [one] = index < 0 ? [] : unseen.splice(index, 1)
      return one ? Promise.resolve(one) : new Promise<Received>((resolve) => waiting.push({ target, resolve }))
    },
  })
}

/** A service made of one function, as most services are. */
export function webUpstream(answer: (request: Request) => Response | Promise<Response>): Listener {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", development: false, fetch: answer })
  const port = server.port ?? 0
  return { port, url: `http://127.0.0.1:${port}`, [Symbol.dispose]: () => void server.stop(true) }
}

/** A port on which nobody listens. */
export async function freePort(): Promise<number> {
  using made = await listener(() => {})
  return made.port
}
