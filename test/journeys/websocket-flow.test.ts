import type { Socket } from "node:net"

import { describe, expect, it } from "vitest"

import { acceptOf } from "../../src/http/handshake.ts"
import { gateway } from "../support/gateway.ts"
import { rssOf } from "../support/reload-load.ts"
import { rawUpstream } from "../support/upstream.ts"
import { rawHandshake } from "../support/websocket.ts"

const megabyte = 1024 * 1024
const total = 96 * megabyte
// What is on its way in buffers of the gateway, with room for what Bun takes for itself.
const most = 40 * megabyte

/** Sends bytes as fast as they are taken, until all of it is sent. */
function flood(socket: Socket, piece: Buffer, count: number) {
  let sent = 0
  const more = (): void => {
    while (sent < count * piece.length) {
      sent += piece.length
      if (!socket.write(piece)) return void socket.once("drain", more)
    }
  }
  more()
  return {
    get sent() {
      return sent
    },
    /** Settles when nothing more is taken. */
    async stuck(): Promise<number> {
      for (let before = -1; before !== sent; await Bun.sleep(250)) before = sent
      return sent
    },
  }
}

/** Counts what a socket brings from now on, and settles when so much is there. */
const received = (socket: Socket, bytes: number): Promise<void> =>
  new Promise((resolve) => {
    let count = 0
    socket.on("data", (data: Buffer) => {
      count += data.length
      if (count >= bytes) resolve()
    })
    socket.resume()
  })

const head = (key: string | undefined): string =>
  `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(key ?? "")}\r\n\r\n`

describe("a WebSocket whose one end does not read", () => {
  it("holds up a service that floods it, and loses nothing", async () => {
    using service = await rawUpstream(({ get }) => head(get("sec-websocket-key")))
    await using bellhop = await gateway({ services: { chat: service.url }, routes: { "/chat": "chat" } })
    const { client } = await rawHandshake(bellhop.url, "/chat")
    using _ = client
    client.socket.pause()
    const before = rssOf(bellhop.pid) * megabyte
    const { socket } = await service.next()
    const size = 64 * 1024
    const frame = Buffer.concat([Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]), Buffer.alloc(size, 7)])
    const count = total / size
    const flooding = flood(socket, frame, count)
    expect(await flooding.stuck()).toBeLessThan(most)
    expect(rssOf(bellhop.pid) * megabyte - before).toBeLessThan(most)
    await received(client.socket, count * frame.length)
  })

  it("holds up a client that floods it, and loses nothing", async () => {
    using service = await rawUpstream(({ get, socket }) => {
      socket.pause()
      return head(get("sec-websocket-key"))
    })
    await using bellhop = await gateway({ services: { chat: service.url }, routes: { "/chat": "chat" } })
    const { client } = await rawHandshake(bellhop.url, "/chat")
    using _ = client
    const before = rssOf(bellhop.pid) * megabyte
    const { socket } = await service.next()
    const size = 64 * 1024
    const frame = Buffer.concat([Buffer.from([0x82, 255, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]), Buffer.alloc(size, 7)])
    const count = total / size
    const flooding = flood(client.socket, frame, count)
    expect(await flooding.stuck()).toBeLessThan(most)
    expect(rssOf(bellhop.pid) * megabyte - before).toBeLessThan(most)
    // Frames of clients are masked, so they are as long behind the gateway as before it.
    await received(socket, count * frame.length)
  })
})
