import { describe, expect, it } from "vitest"

import { frame, opcodes } from "../../../src/http/frame.ts"
import { authority } from "../../support/certificates.ts"
import { connect } from "../../support/raw.ts"
import { openSocket, rawHandshake } from "../../support/websocket.ts"
import { echoListener } from "./echo-end.ts"

describe("WebSocketEnd with Bun's own client", () => {
  it.each([
    ["plain", false],
    ["compressed", true],
  ])("sends back what it gets, %s, whatever its size", async (_, compress) => {
    using listener = echoListener(8 * 1024 * 1024, (tunnel) => (tunnel.compress = compress))
    using client = await openSocket(listener.url)
    for (const size of [0, 1, 125, 126, 127, 1000, 65_535, 65_536, 1_000_000, 5_000_000]) {
      const bytes = Buffer.alloc(size, "0123456789abcdef")
      expect(bytes.equals((await client.ask(bytes)) as Buffer)).toBe(true)
      const text = "ä€".repeat(size / 5)
      expect((await client.ask(text)) === text).toBe(true)
    }
    client.socket.close(4001, "bye")
    expect(await client.closed).toEqual({ code: 4001, reason: "bye" })
    expect(await listener.tunnels[0]?.closed).toEqual({ code: 4001, reason: "bye" })
    expect(listener.left).toBe(1)
  })

  it("has compression agreed on unless the client wants none", async () => {
    using listener = echoListener(1000)
    using one = await openSocket(listener.url)
    expect(one.socket.extensions).toContain("permessage-deflate")
    using other = await openSocket(listener.url, { perMessageDeflate: false })
    expect(other.socket.extensions).toBe("")
    expect([await one.ask("a"), await other.ask("b")]).toEqual(["a", "b"])
  })

  it("keeps the order of many messages that come at once, though the client reads late", async () => {
    using listener = echoListener(1_000_000)
    using client = await openSocket(listener.url, { perMessageDeflate: false })
    const count = 20_000
    for (let n = 0; n < count; n++) client.socket.send(`${n} ${"x".repeat(n % 700)}`)
    for (let n = 0; n < count; n++) {
      const message = await client.next()
      if (message !== `${n} ${"x".repeat(n % 700)}`) expect(message).toBe(`message ${n}`)
    }
  })

  it("answers pings, and tells the tunnel of them and of pongs", async () => {
    using listener = echoListener(1000)
    using client = await openSocket(listener.url)
    const ponged = new Promise<Buffer>((resolve) => client.socket.addEventListener("pong", ({ data }) => resolve(data)))
    client.socket.ping("are you there")
    expect((await ponged).toString()).toBe("are you there")
    listener.tunnels[0]?.client?.ping(new Uint8Array(Buffer.from("and you")))
    // The client answers before it says anything else.
    await client.ask("x")
    await client.ask("x")
    expect(listener.tunnels[0]?.told).toEqual(["ping are you there", "pong and you"])
  })

  it("closes when the tunnel wants it, and hears the answer", async () => {
    using listener = echoListener(1000)
    using client = await openSocket(listener.url)
    listener.tunnels[0]?.shut(1012, "The config changed.")
    expect(await client.closed).toEqual({ code: 1012, reason: "The config changed." })
    expect(await listener.tunnels[0]?.closed).toMatchObject({ code: 1012 })
    expect(listener.left).toBe(1)
  })

  it("says 1009 to a client whose message is too large, though it has not sent all of it", async () => {
    using listener = echoListener(1000)
    using client = await openSocket(listener.url, { perMessageDeflate: false })
    client.socket.send(Buffer.alloc(20_000_000))
    const told = { code: 1009, reason: "A message may have 1000 bytes." }
    expect(await client.closed).toEqual(told)
    expect(await listener.tunnels[0]?.closed).toEqual(told)
  })

  it("says 1009 to a client whose message grows too large when it is decompressed", async () => {
    using listener = echoListener(100_000)
    using client = await openSocket(listener.url)
    client.socket.send(Buffer.alloc(100_000))
    expect(await client.next()).toHaveLength(100_000)
    client.socket.send(Buffer.alloc(50_000_000))
    expect(await client.closed).toMatchObject({ code: 1009 })
  })

  it("tells the tunnel of a client that is gone without a word", async () => {
    using listener = echoListener(1000)
    const client = await openSocket(listener.url)
    client.socket.terminate()
    expect(await listener.tunnels[0]?.closed).toEqual({ code: 1006, reason: "" })
    expect(listener.left).toBe(1)
  })

  it("sends everything, in order, to a client that keeps up badly, and tells when it keeps up again", async () => {
    using listener = echoListener(1000)
    using client = await openSocket(listener.url, { perMessageDeflate: false })
    const [tunnel] = listener.tunnels
    client.socket.pause()
    let sent = 0
    const message = () => Buffer.alloc(100_000, String(sent++ % 10))
    while (tunnel?.client?.send(new Uint8Array(message()), false) === 1);
    const more = 5
    tunnel?.client?.cork(() => {
      for (let n = 0; n < more; n++) tunnel.client?.send(new Uint8Array(message()), false)
    })
    const drained = tunnel?.drained()
    client.socket.resume()
    for (let n = 0; n < sent; n++) expect((await client.next())[0]).toBe(48 + (n % 10))
    await drained
    expect(tunnel?.told).toContain("drained")
  })

  it("leaves a client waiting while it is paused, and loses nothing, not even its close", async () => {
    const heard: string[] = []
    using listener = echoListener(1000, (tunnel) => {
      tunnel.said = (data, client) => {
        heard.push(String(data))
        client.pause()
      }
    })
    using client = await openSocket(listener.url)
    for (let n = 0; n < 50; n++) client.socket.send(String(n))
    client.socket.close(4000, "all said")
    const [tunnel] = listener.tunnels
    let over = false
    void tunnel?.closed.then(() => (over = true))
    for (let turn = 0; !over; turn++) {
      await new Promise((resolve) => setImmediate(resolve))
      if (!over) expect(heard.length).toBeLessThanOrEqual(turn + 1)
      tunnel?.client?.resume()
    }
    expect(heard).toEqual(Array.from({ length: 50 }, (_, n) => String(n)))
    expect(await tunnel?.closed).toEqual({ code: 4000, reason: "all said" })
    expect(await client.closed).toMatchObject({ code: 4000 })
  })
})

describe("WebSocketEnd over TLS", () => {
  it("echoes, waits for who keeps up badly, and lets who sends too much read why", async () => {
    using signer = await authority()
    const certificate = await signer.signed("gateway", "IP:127.0.0.1")
    using listener = echoListener(1_000_000, () => undefined, certificate)
    const options = { tls: { ca: signer.ca }, perMessageDeflate: false }
    using client = await openSocket(listener.url, options)
    const text = "ä€".repeat(200_000)
    expect((await client.ask(text)) === text).toBe(true)
    const [tunnel] = listener.tunnels
    client.socket.pause()
    let sent = 0
    const message = () => new Uint8Array(Buffer.alloc(100_000, String(sent++ % 10)))
    while (tunnel?.client?.send(message(), false) === 1);
    client.socket.resume()
    for (let n = 0; n < sent; n++) expect((await client.next())[0]).toBe(48 + (n % 10))
    client.socket.close(4001, "bye")
    expect(await client.closed).toEqual({ code: 4001, reason: "bye" })
    expect(await tunnel?.closed).toEqual({ code: 4001, reason: "bye" })

    using other = await openSocket(listener.url, options)
    other.socket.send(Buffer.alloc(20_000_000))
    expect(await other.closed).toMatchObject({ code: 1009 })
  })
})

describe("WebSocketEnd with a client of raw bytes", () => {
  const mask = "\x01\x02\x03\x04"

  it("takes frames that come with the handshake", async () => {
    using listener = echoListener(1000)
    using client = await connect(listener.url)
    client.send(
      `GET / HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Key: ${"A".repeat(22)}==\r\n\r\n\x81\x82\0\0\0\0hi\x88\x82\0\0\0\0\x03\xe8`,
    )
    const [, frames] = (await client.rest()).split("\r\n\r\n")
    expect(frames).toBe("\x81\x02hi\x88\x02\x03\xe8")
  })

  it.each([
    ["a frame without a mask", "\x81\x02hi", 1002],
    ["compression that was not agreed on", `\xc1\x80${mask}`, 1002],
    ["a text that is not UTF-8", `\x81\x82${mask}\xc3\x28`, 1007],
    ["the announcement of a gigabyte", `\x82\xff\0\0\0\0\x40\0\0\0${mask}`, 1009],
  ])("closes after %s, and says why", async (_, bytes, code) => {
    using listener = echoListener(1000)
    const { client } = await rawHandshake(listener.url, "/")
    using __ = client
    client.send(`${Buffer.from(frame(opcodes.text, "well")).toString("latin1")}${bytes}${bytes}`)
    const told = await client.rest()
    expect(told.slice(0, 6)).toBe("\x81\x04well")
    expect([told.charCodeAt(6), told.charCodeAt(8) * 256 + told.charCodeAt(9)]).toEqual([0x88, code])
    expect(told.length).toBe(8 + told.charCodeAt(7))
    expect(await listener.tunnels[0]?.closed).toMatchObject({ code: code === 1009 ? 1009 : 1006 })
  })

  it("takes half a close for a client that is gone", async () => {
    using listener = echoListener(1000)
    const { client } = await rawHandshake(listener.url, "/")
    client.send(`\x88\x82${mask}`)
    client[Symbol.dispose]()
    expect(await listener.tunnels[0]?.closed).toEqual({ code: 1006, reason: "" })
  })

  it("reads on until the client has closed, and hands on nothing of it", async () => {
    using listener = echoListener(1000)
    const { client } = await rawHandshake(listener.url, "/")
    using __ = client
    listener.tunnels[0]?.shut(1001, "")
    client.send(`\x81\x82${mask}hi\x89\x80${mask}\x88\x82\0\0\0\0\x0f\xa0`)
    expect(await client.rest()).toBe("\x88\x02\x03\xe9")
    expect(await listener.tunnels[0]?.closed).toEqual({ code: 4000, reason: "" })
    expect(listener.tunnels[0]?.told).toEqual(["closed 4000"])
  })
})
