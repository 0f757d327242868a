import { describe, expect, it } from "vitest"

import { acceptOf } from "../../src/http/handshake.ts"
import { authority } from "../support/certificates.ts"
import { gateway } from "../support/gateway.ts"
import { ask, requestText } from "../support/raw.ts"
import { freePort, rawUpstream, webUpstream } from "../support/upstream.ts"
import { handshakeLines, openSocket, rawHandshake, type ServedSocket, socketUpstream } from "../support/websocket.ts"

const through = (url: string, options: Record<string, unknown> = {}) => ({
  services: { chat: { url, ...options } },
  routes: { "/chat": "chat", "/deep/*": { service: "chat", path: "/rooms/*" }, "/plain": "chat" },
})

/** The 101 of a service on bare TCP, for the handshake it got. */
const switched = (key: string | undefined, more = ""): string =>
  `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptOf(key ?? "")}\r\n${more}\r\n`

const sayOnce = (socket: ServedSocket["socket"], message: string | Buffer<ArrayBuffer>): void => {
  socket.send(message)
  socket.close(1000)
}

describe("a WebSocket through a route to a service", () => {
  it("carries text and bytes both ways, in order", async () => {
    using service = socketUpstream()
    await using bellhop = await gateway(through(service.url))
    using client = await openSocket(`${bellhop.url}/chat`)
    expect(await client.ask("hello")).toBe("hello")
    expect(await client.ask("")).toBe("")
    expect(await client.ask("grüße 👋")).toBe("grüße 👋")
    expect(await client.ask(new Uint8Array([0, 255, 128, 10]))).toEqual(Buffer.from([0, 255, 128, 10]))
    for (let n = 0; n < 2000; n++) client.socket.send(`${n}`)
    for (let n = 0; n < 2000; n++) expect(await client.next()).toBe(`${n}`)
  })

  it("carries what the service says first", async () => {
    using service = await rawUpstream(
      ({ get }) => `${switched(get("sec-websocket-key"))}\x81\x05first\x81\x06second\x88\x02\x0f\xa1`,
    )
    await using bellhop = await gateway(through(service.url))
    using client = await openSocket(`${bellhop.url}/chat`)
    expect(await client.next()).toBe("first")
    expect(await client.next()).toBe("second")
    expect(await client.closed).toEqual({ code: 4001, reason: "" })
  })

  it("carries messages that come in frames, with pings between them", async () => {
    using service = socketUpstream({ message: sayOnce })
    await using bellhop = await gateway(through(service.url))
    const { client } = await rawHandshake(bellhop.url, "/chat")
    using _ = client
    // Masked with zeros, so that the letters stay what they are.
    client.send("\x01\x83\0\0\0\0one\x89\x84\0\0\0\0beat\x00\x82\0\0\0\0, \x80\x83\0\0\0\0two")
    const { controls } = await service.next()
    expect(await controls.next()).toBe("ping beat")
    const rest = await client.rest()
    expect(rest).toContain("\x81\x08one, two")
    // One answer to a ping, whoever gives it.
    expect(rest.split("\x8a\x04beat")).toHaveLength(2)
  })

  it("asks the client when the service pings, and tells it of the answer", async () => {
    using service = socketUpstream()
    await using bellhop = await gateway(through(service.url))
    using client = await openSocket(`${bellhop.url}/chat`)
    const served = await service.next()
    const pinged = Promise.withResolvers<string>()
    client.socket.addEventListener("ping", ({ data }) => pinged.resolve(String(data)))
    served.socket.ping("are you there")
    expect(await pinged.promise).toBe("are you there")
    expect(await served.controls.next()).toBe("pong are you there")
  })

  it("takes messages as large as the service allows, and not larger", async () => {
    using service = socketUpstream()
    await using bellhop = await gateway({
      services: { chat: service.url, large: { url: service.url, websocket: { maxMessage: "6mb" } } },
      routes: { "/chat": "chat", "/large": "large" },
    })
    using large = await openSocket(`${bellhop.url}/large`)
    const bytes = Buffer.alloc(5 * 1024 * 1024, "0123456789")
    expect(bytes.equals((await large.ask(bytes)) as Buffer)).toBe(true)
    const text = "ä".repeat(2 * 1024 * 1024)
    expect((await large.ask(text)) === text).toBe(true)

    await service.next()
    using small = await openSocket(`${bellhop.url}/chat`)
    const served = await service.next()
    expect(await small.ask("x".repeat(1024 * 1024))).toHaveLength(1024 * 1024)
    small.socket.send("x".repeat(1024 * 1024 + 1))
    expect(await small.closed).toMatchObject({ code: 1009 })
    expect(await served.closed).toMatchObject({ code: 1009 })

    using other = await openSocket(`${bellhop.url}/chat`)
    const talkative = await service.next()
    talkative.socket.send("x".repeat(1024 * 1024 + 1))
    expect(await other.closed).toMatchObject({ code: 1009 })
    expect(await talkative.closed).toMatchObject({ code: 1009 })
  })

  it("gives the service the head like any other, and the client what the service says of it", async () => {
    using service = socketUpstream({
      headers: [
        ["set-cookie", "a=1; Path=/"],
        ["set-cookie", "b=2"],
        ["x-room", "red"],
      ],
    })
    await using bellhop = await gateway({
      ...through(service.url),
      defaults: { headers: { response: { set: { "x-gateway": "here" } } } },
    })
    const { client, response } = await rawHandshake(bellhop.url, "/deep/one%20two?token=x", [
      ...handshakeLines,
      "Cookie: session=1",
      "Authorization: Bearer abc",
      "Sec-WebSocket-Protocol: v2.chat, v1.chat",
      "Sec-WebSocket-Extensions: x-other, permessage-deflate",
      "X-Forwarded-For: 6.6.6.6",
      "X-Bellhop-Source: mock",
    ])
    using _ = client
    expect(response).toMatchObject({ status: 101 })
    expect(response?.all("set-cookie")).toEqual(["a=1; Path=/", "b=2"])
    expect(response?.get("x-room")).toBe("red")
    expect(response?.get("sec-websocket-protocol")).toBe("v2.chat")
    expect(response?.all("sec-websocket-accept")).toEqual(["s3pPLMBiTxaQ9kYGzzhZRbK+xOo="])
    for (const once of ["upgrade", "connection", "date"]) expect(response?.all(once)).toHaveLength(1)
    const { headers, url } = await service.next()
    expect(url.pathname + url.search).toBe("/rooms/one%20two?token=x")
    expect(Object.fromEntries(headers)).toMatchObject({
      cookie: "session=1",
      authorization: "Bearer abc",
      "sec-websocket-protocol": "v2.chat, v1.chat",
      "sec-websocket-version": "13",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-host": "gateway.test",
      "x-forwarded-proto": "http",
      host: new URL(service.url).host,
    })
    expect(headers.has("sec-websocket-extensions")).toBe(false)
    expect(headers.has("x-bellhop-source")).toBe(false)
    expect(headers.get("sec-websocket-key")).not.toBe("dGhlIHNhbXBsZSBub25jZQ==")
  })

  it.each([
    [1000, "done"],
    [1001, ""],
    [3000, "library"],
    [4999, "ünïcode"],
  ])("carries the closing with %i both ways", async (code, reason) => {
    using service = socketUpstream()
    await using bellhop = await gateway(through(service.url))
    using leaving = await openSocket(`${bellhop.url}/chat`)
    const left = await service.next()
    leaving.socket.close(code, reason)
    expect(await left.closed).toEqual({ code, reason })
    using told = await openSocket(`${bellhop.url}/chat`)
    const served = await service.next()
    served.socket.close(code, reason)
    expect(await told.closed).toEqual({ code, reason })
  })

  it("carries a closing without a code", async () => {
    using service = socketUpstream()
    await using bellhop = await gateway(through(service.url))
    using leaving = await openSocket(`${bellhop.url}/chat`)
    const left = await service.next()
    leaving.socket.close()
    expect(await left.closed).toEqual({ code: 1005, reason: "" })
    using told = await openSocket(`${bellhop.url}/chat`)
    const served = await service.next()
    served.socket.close(1005)
    expect(await told.closed).toEqual({ code: 1005, reason: "" })
  })

  it("brings what was sent before the closing", async () => {
    using service = socketUpstream({
      message(socket) {
        for (let n = 0; n < 200; n++) socket.send(`${n} ${"x".repeat(10_000)}`)
        socket.close(4000, "all said")
      },
    })
    await using bellhop = await gateway(through(service.url))
    using client = await openSocket(`${bellhop.url}/chat`)
    client.socket.send("go")
    for (let n = 0; n < 200; n++) expect(String(await client.next()).startsWith(`${n} `)).toBe(true)
    expect(await client.closed).toEqual({ code: 4000, reason: "all said" })
  })

  it("ends for the service when the client is gone", async () => {
    using service = socketUpstream()
    await using bellhop = await gateway(through(service.url))
    using client = await openSocket(`${bellhop.url}/chat`)
    const served = await service.next()
    client.socket.terminate()
    expect(await served.closed).toMatchObject({ code: 1006 })
  })

  it("ends for the client with 1014 when the service is gone, or speaks nonsense", async () => {
    using service = socketUpstream()
    using rude = await rawUpstream(({ get }) => `${switched(get("sec-websocket-key"))}\x83\0`)
    await using bellhop = await gateway({
      services: { chat: service.url, rude: rude.url },
      routes: { "/chat": "chat", "/rude": "rude" },
    })
    using client = await openSocket(`${bellhop.url}/chat`)
    ;(await service.next()).socket.terminate()
    expect(await client.closed).toMatchObject({ code: 1014 })
    using other = await openSocket(`${bellhop.url}/rude`)
    expect(await other.closed).toMatchObject({ code: 1014 })
    await (
      await rude.next()
    ).gone
  })

  it("is closed with 1001 when nobody says anything for longer than allowed", async () => {
    using service = socketUpstream()
    await using bellhop = await gateway(through(service.url, { websocket: { idleTimeout: "50ms" } }))
    using client = await openSocket(`${bellhop.url}/chat`)
    const served = await service.next()
    expect(await client.closed).toMatchObject({ code: 1001 })
    expect(await served.closed).toMatchObject({ code: 1001 })
  })

  it("goes over TLS on both sides", async () => {
    using signer = await authority()
    const { cert, key } = await signer.signed("localhost", "DNS:localhost,IP:127.0.0.1")
    using service = socketUpstream({ tls: { cert, key } })
    await using bellhop = await gateway(
      {
        listen: { port: 0, tls: { cert: "cert.pem", key: "key.pem" } },
        services: { chat: { url: service.url, tls: { ca: signer.ca } } },
        routes: { "/chat": "chat" },
      },
      { files: { "cert.pem": cert, "key.pem": key } },
    )
    using client = await openSocket(`${bellhop.url}/chat`, { tls: { rejectUnauthorized: false } })
    expect((await service.next()).headers.get("x-forwarded-proto")).toBe("https")
    const large = "x".repeat(1024 * 1024)
    expect((await client.ask(large)) === large).toBe(true)
    client.socket.close(4001, "bye")
    expect(await client.closed).toEqual({ code: 4001, reason: "bye" })
  })

  it("compresses for clients that offered it, where the service allows", async () => {
    const page = "the same again and again ".repeat(4000)
    using service = socketUpstream({ message: (socket) => sayOnce(socket, page) })
    await using bellhop = await gateway(through(service.url, { websocket: { compress: true } }))
    const deflate = [...handshakeLines, "Sec-WebSocket-Extensions: permessage-deflate"]
    for (const [lines, least, most] of [
      [deflate, 100, page.length / 10],
      [handshakeLines, page.length, page.length + 100],
    ] as const) {
      const { client } = await rawHandshake(bellhop.url, "/chat", lines)
      using _ = client
      client.send("\x81\x80\0\0\0\0")
      const { length } = await client.rest()
      expect(length).toBeGreaterThan(least)
      expect(length).toBeLessThan(most)
    }
    using client = await openSocket(`${bellhop.url}/chat`)
    expect(client.socket.extensions).toContain("permessage-deflate")
    expect((await client.ask("now")) === page).toBe(true)
  })
})

describe("a WebSocket that the service does not take", () => {
  it.each([403, 404, 503])("is refused with what the service says: %i", async (status) => {
    using service = socketUpstream({
      refuse: () => new Response("not here", { status, headers: { "x-why": "because" } }),
    })
    await using bellhop = await gateway(through(service.url))
    const { client, response } = await rawHandshake(bellhop.url, "/chat")
    using _ = client
    expect(response).toMatchObject({ status, body: "not here", complete: true })
    expect(response?.get("x-why")).toBe("because")
    // The connection is still for requests, not for whatever one likes to say.
    client.send(requestText("/plain"))
    expect(await client.response()).toMatchObject({ status })
  })

  it("is refused with 502 when the service cannot be reached", async () => {
    await using bellhop = await gateway(through(`http://127.0.0.1:${await freePort()}`))
    const { client, response } = await rawHandshake(bellhop.url, "/chat")
    using _ = client
    expect(response).toMatchObject({ status: 502 })
    expect(JSON.parse(response?.body ?? "")).toMatchObject({ code: "unreachable" })
  })

  it.each<[string, (key: string | undefined) => string]>([
    ["a wrong accept", () => switched("another key")],
    ["an extension", (key) => switched(key, "Sec-WebSocket-Extensions: permessage-deflate\r\n")],
    ["a subprotocol that nobody offered", (key) => switched(key, "Sec-WebSocket-Protocol: other\r\n")],
    ["another protocol", (key) => switched(key).replace("websocket", "h2c")],
    ["a body", (key) => switched(key, "Content-Length: 5\r\n")],
    ["no connection line", (key) => switched(key).replace("Connection: Upgrade\r\n", "")],
  ])("is refused with 502 when the service's 101 has %s", async (_, answer) => {
    using service = await rawUpstream(({ get }) => answer(get("sec-websocket-key")))
    await using bellhop = await gateway(through(service.url))
    const { client, response } = await rawHandshake(bellhop.url, "/chat")
    using __ = client
    expect(response).toMatchObject({ status: 502 })
    expect(JSON.parse(response?.body ?? "")).toMatchObject({ code: "bad_upstream" })
    await (
      await service.next()
    ).gone
  })

  it("is given up when the service takes too long, or the client leaves", async () => {
    using service = await rawUpstream(() => undefined)
    await using bellhop = await gateway({
      services: { chat: service.url, soon: { url: service.url, timeout: "50ms" } },
      routes: { "/chat": "chat", "/soon": "soon" },
    })
    const { client, response } = await rawHandshake(bellhop.url, "/soon")
    using _ = client
    expect(response).toMatchObject({ status: 504 })
    await (
      await service.next("/soon")
    ).gone
    client.send(requestText("/chat", { headers: handshakeLines }))
    const { gone } = await service.next("/chat")
    client.socket.destroy()
    await gone
  })

  it("comes under the rules of its route", async () => {
    using service = socketUpstream()
    await using bellhop = await gateway({
      services: { chat: { url: service.url, websocket: { origins: ["https://App.example"] } } },
      routes: { "GET /chat": "chat", "POST /post": "chat" },
    })
    const from = async (target: string, ...headers: string[]) => {
      const { client, response } = await rawHandshake(bellhop.url, target, [...handshakeLines, ...headers])
      using _ = client
      return response?.status
    }
    expect(await from("/chat", "Origin: https://app.example")).toBe(101)
    expect(await from("/chat")).toBe(101)
    expect(await from("/chat", "Origin: https://evil.example")).toBe(403)
    expect(await from("/chat", "Origin: null")).toBe(403)
    expect(await from("/post")).toBe(405)
    expect(await from("/nowhere")).toBe(404)
  })

  it("is refused in clear words where no service could take it", async () => {
    using service = webUpstream(() => Response.json({ n: 1 }))
    await using bellhop = await gateway(
      `({
        services: { up: "${service.url}", never: { url: "${service.url}", websocket: false }, mocked: {} },
        routes: {
          "/aggregate": { aggregate: { one: "up GET /" } },
          "/handler": { handler: () => ({ n: 1 }) },
          "/reply": { reply: { body: "x" } },
          "/redirect": { redirect: { to: "/reply" } },
          "/never": "never",
          "/mocked": "mocked",
        },
      })`,
      { files: { "mocks/mocked/mocked.GET.json": "1" } },
    )
    for (const target of ["/aggregate", "/handler", "/reply", "/redirect", "/never", "/mocked"]) {
      const { client, response } = await rawHandshake(bellhop.url, target)
      using _ = client
      expect(response, target).toMatchObject({ status: 400 })
      expect(JSON.parse(response?.body ?? "")).toMatchObject({ code: "no_websocket" })
    }
  })
})

describe("other upgrades", () => {
  it.each([
    ["h2c", ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"]],
    ["a protocol that nobody knows", ["Connection: Upgrade", "Upgrade: foo/2"]],
    ["websocket without the connection option", handshakeLines.filter((line) => !line.startsWith("Connection"))],
  ])("are passed over and not passed on: %s", async (_, headers) => {
    using service = await rawUpstream()
    await using bellhop = await gateway(through(service.url))
    expect(await ask(bellhop.url, "/plain", { headers })).toMatchObject({ status: 200, body: "ok" })
    const { head } = await service.next()
    expect(head.toLowerCase()).not.toMatch(/upgrade|http2-settings/)
  })

  it.each<[string, number, Parameters<typeof ask>[2]]>([
    ["no key", 400, { headers: handshakeLines.slice(0, 3) }],
    ["a key of another length", 400, { headers: [...handshakeLines.slice(0, 3), "Sec-WebSocket-Key: c2hvcnQ="] }],
    ["two keys", 400, { headers: [...handshakeLines, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="] }],
    [
      "version 8",
      426,
      { headers: [...handshakeLines.filter((one) => !one.includes("13")), "Sec-WebSocket-Version: 8"] },
    ],
    ["no version", 426, { headers: handshakeLines.filter((one) => !one.includes("13")) }],
    ["POST", 400, { method: "POST", body: "x", headers: handshakeLines }],
  ])("to a WebSocket with %s are refused with %i", async (_, status, request) => {
    using service = await rawUpstream()
    await using bellhop = await gateway(through(service.url))
    const response = await ask(bellhop.url, "/chat", request)
    expect(response).toMatchObject({ status })
    if (status === 426) {
      expect(response.get("sec-websocket-version")).toBe("13")
      expect(response.get("upgrade")).toBe("websocket")
    }
    expect(service.received).toEqual([])
  })
})
