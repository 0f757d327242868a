import type { Socket } from "node:net"

import { connect, type RawClient, requestText } from "./raw.ts"
import { type Listener, listener } from "./upstream.ts"
import { queue } from "./websocket.ts"
import { Inbox } from "./wire.ts"

/** A request as a service has it that never gets to its end. */
export interface Held {
  readonly target: string
  readonly socket: Socket
  /** What comes behind the head. */
  readonly inbox: Inbox
  /** Settles when the gateway has hung up. */
  readonly gone: Promise<void>
}

/** A service that answers nobody whole: `/body` begins, `/flood` never ends, `/ok` alone is answered, the rest waits. */
export async function holdingService(): Promise<Listener & { next(): Promise<Held> }> {
  const asked = queue<Held>()
  async function serve(socket: Socket): Promise<void> {
    const inbox = new Inbox(socket)
    for (;;) {
      const head = await inbox.until("\r\n\r\n")
      if (head === undefined) return
      const target = head.split(" ")[1] ?? ""
      if (target === "/ok") {
        socket.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
        continue
      }
      asked.push({ target, socket, inbox, gone: inbox.closed })
      if (target === "/body") socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegun")
      if (target === "/flood") flood(socket)
      return
    }
  }
  const made = await listener((socket) => void serve(socket))
  return Object.assign(made, { next: asked.next })
}

function flood(socket: Socket): void {
  const piece = Buffer.alloc(256 * 1024, "x")
  const go = (): void => {
    while (socket.writable && socket.write(piece));
  }
  socket.write("HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n")
  socket.on("drain", go)
  go()
}

/** The routes that the stages need, of a service called "up". */
export const vanishingRoutes = {
  "/*": "up",
  "GET /both": { aggregate: { one: "up GET /wait/1", two: "up GET /wait/2" } },
  "GET /chain": { aggregate: { one: "up GET /ok", two: { call: "up GET /wait", needs: ["one"] } } },
}

/** A client at the moment when it is about to vanish, and what the service holds for it. */
export interface Vanishing {
  readonly client: RawClient
  readonly held: readonly Held[]
}

type Stage = (url: string, next: () => Promise<Held>) => Promise<Vanishing>

const asks =
  (request: string, then: (client: RawClient, held: Held) => Promise<unknown> = async () => undefined): Stage =>
  async (url, next) => {
    const client = await connect(url)
    client.send(request)
    const held = await next()
    await then(client, held)
    return { client, held: [held] }
  }

/** Settles with the next bytes that come. */
const some = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once("data", () => resolve()))

const chunk = "5\r\nhello\r\n"

/** Where a client may be when it vanishes: how it comes there. */
export const stages: Readonly<Record<string, Stage>> = {
  "while it waits for the head": asks(requestText("/wait")),
  "while it waits, with all of its body sent": asks(
    requestText("/wait", { method: "POST", body: "whole" }),
    (_, { inbox }) => inbox.until("whole"),
  ),
  "in the middle of a body": async (url, next) => {
    const client = await connect(url)
    const begun = some(client.socket)
    client.send(requestText("/body"))
    const held = await next()
    await begun
    return { client, held: [held] }
  },
  "in the middle of a body that it does not read": async (url, next) => {
    const client = await connect(url)
    client.send(requestText("/flood"))
    const held = await next()
    await some(client.socket)
    client.socket.pause()
    // The service is full to the brim when nothing drains any more.
    while (!held.socket.writableNeedDrain) await new Promise(setImmediate)
    return { client, held: [held] }
  },
  "while it uploads a length": asks(
    requestText("/wait", { method: "PUT", headers: ["Content-Length: 1000"], body: "half" }),
    (_, { inbox }) => inbox.until("half"),
  ),
  "while it uploads chunks": asks(
    requestText("/wait", { method: "POST", headers: ["Transfer-Encoding: chunked"], body: chunk }),
    (_, { inbox }) => inbox.until("hello"),
  ),
  "within an aggregate": async (url, next) => {
    const client = await connect(url)
    client.send(requestText("/both"))
    return { client, held: [await next(), await next()] }
  },
  "within an aggregate whose first part is answered": asks(requestText("/chain")),
}
