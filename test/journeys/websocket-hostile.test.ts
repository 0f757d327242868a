import { describe, expect, it } from "vitest"

import { acceptOf } from "../../src/http/handshake.ts"
import { gateway } from "../support/gateway.ts"
import { requestText } from "../support/raw.ts"
import { rawUpstream } from "../support/upstream.ts"
import { handshakeLines, openSocket, rawHandshake, socketUpstream } from "../support/websocket.ts"

// A mask of zeros leaves the letters what they are.
const mask = "\0\0\0\0"

describe("a client that breaks the WebSocket protocol", () => {
  it.each([
    ["a frame without a mask", "\x81\x02hi", 1002],
    ["a reserved bit", `\xa1\x80${mask}`, 1002],
    ["compression that was not agreed on", `\xc1\x80${mask}`, 1002],
    ["an unknown opcode", `\x83\x80${mask}`, 1002],
    ["a ping that is too long", `\x89\xfe\0\x7e${mask}${"x".repeat(126)}`, 1002],
    ["a ping in pieces", `\x09\x80${mask}`, 1002],
    ["a continuation of nothing", `\x80\x80${mask}`, 1002],
    ["a message within another", `\x01\x80${mask}\x81\x80${mask}`, 1002],
    ["half a close code", `\x88\x81${mask}\x03`, 1002],
    ["the close code 1005", `\x88\x82${mask}\x03\xed`, 1002],
    ["the close code 999", `\x88\x82${mask}\x03\xe7`, 1002],
    ["the close code 5000", `\x88\x82${mask}\x13\x88`, 1002],
    ["a text that is not UTF-8", `\x81\x82${mask}\xc3\x28`, 1007],
    ["the announcement of a gigabyte", `\x82\xff\0\0\0\0\x40\0\0\0${mask}`, 1009],
  ])("is told so, and its service is let go: %s", async (_, bytes, code) => {
    using service = socketUpstream()
    await using bellhop = await gateway({ services: { chat: service.url }, routes: { "/chat": "chat" } })
    const { client } = await rawHandshake(bellhop.url, "/chat")
    using __ = client
    const { closed } = await service.next()
    client.send(bytes)
    expect(await closed).toMatchObject({ code: code === 1009 ? 1009 : 1006 })
    const told = await client.rest()
    expect([told.charCodeAt(0), told.charCodeAt(2) * 256 + told.charCodeAt(3)]).toEqual([0x88, code])
  })

  it.each([
    ["frames", `\x81\x82${mask}hi`],
    ["another request", requestText("/chat")],
  ])("does not get anything past a handshake that is still under way: %s", async (_, early) => {
    using service = await rawUpstream(() => undefined)
    await using bellhop = await gateway({ services: { chat: service.url }, routes: { "/chat": "chat" } })
    const { client, response } = await rawHandshake(bellhop.url, "/chat", [
      ...handshakeLines,
      `X-Filler: y\r\n\r\n${early}`,
    ])
    using __ = client
    expect(response?.status ?? 400).toBe(400)
    expect(service.received.length).toBeLessThan(2)
    for (const { gone } of service.received) await gone
  })
})

describe("a service that closes", () => {
  it("hears the end of its closing, also after a handshake that took a while", async () => {
    using service = await rawUpstream(async ({ get }) => {
      // Longer than the gateway waits until it looks after its client.
      await Bun.sleep(100)
      return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(get("sec-websocket-key") ?? "")}\r\n\r\n\x88\x02\x0f\xa1`
    })
    await using bellhop = await gateway({ services: { chat: service.url }, routes: { "/chat": "chat" } })
    const opening = openSocket(`${bellhop.url}/chat`)
    const { socket } = await service.next()
    const heard = new Promise<Buffer>((resolve) => socket.once("data", resolve))
    using client = await opening
    expect(await client.closed).toMatchObject({ code: 4001 })
    const [first = 0, second = 0, ...rest] = await heard
    expect([first, second]).toEqual([0x88, 0x82])
    const [a = 0, b = 0, , , c = 0, d = 0] = rest
    expect((a ^ c) * 256 + (b ^ d)).toBe(4001)
  })
})
