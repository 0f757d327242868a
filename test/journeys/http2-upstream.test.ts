import { readFileSync, writeFileSync } from "node:fs"

import { afterAll, beforeAll, describe, expect, it } from "vitest"

import type { ServiceStatus } from "../../src/services/status.ts"
import { type Authority, authority, type Certificate, tlsService } from "../support/certificates.ts"
import { type Gateway, gateway } from "../support/gateway.ts"
import { http2Ok, type Http2Received, http2Service } from "../support/http2.ts"
import { ask, connect, requestText } from "../support/raw.ts"
import { openSocket } from "../support/websocket.ts"

const mega = 1024 * 1024

let house: Authority
let own: Certificate

beforeAll(async () => {
  house = await authority()
  own = await house.signed("shop.internal", "DNS:shop.internal")
})

afterAll(() => house[Symbol.dispose]())

/** A gateway in front of a service of HTTP/2 on this port. */
const serving = (port: number, more = ""): Promise<Gateway> =>
  gateway(
    `{
      services: {
        shop: {
          url: "https://127.0.0.1:${port}",
          protocol: "http2",
          tls: { ca: file("ca.pem"), serverName: "shop.internal" },
          ${more}
        },
      },
      routes: { "/*": "shop" },
    }`,
    { files: { "ca.pem": house.ca } },
  )

const memory = (pid: number, field: "VmRSS" | "VmHWM"): number =>
  Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024

describe("a service over HTTP/2", () => {
  it("gets the request as the client sent it, and its answer comes back whole", async () => {
    using service = await http2Service(({ stream, lines }) => {
      stream.respond({ ":status": 201, "x-made": "1", "set-cookie": ["a=1", "b=2"] })
      let body = ""
      stream.on("data", (bytes: Buffer) => (body += bytes.toString()))
      stream.on("end", () => stream.end(JSON.stringify([lines, body])))
    }, own)
    await using bellhop = await serving(service.port)
    const reply = await ask(bellhop.url, "//a/|x?q=%2F", {
      method: "POST",
      body: "hello",
      headers: ["TE: trailers", "Connection: close, X-Hop", "X-Hop: 1", "Cookie: c=3"],
    })
    expect([reply.status, reply.get("x-made"), reply.all("set-cookie")]).toEqual([201, "1", ["a=1", "b=2"]])
    const [lines, body] = JSON.parse(reply.body) as [string[], string]
    const headers = new Map(Array.from({ length: lines.length / 2 }, (_, at) => [lines[2 * at], lines[2 * at + 1]]))
    expect(Object.fromEntries(headers)).toEqual({
      ":method": "POST",
      ":scheme": "https",
      ":authority": `127.0.0.1:${service.port}`,
      ":path": "//a/|x?q=%2F",
      "content-length": "5",
      cookie: "c=3",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-host": "gateway.test",
      "x-forwarded-proto": "http",
      "x-request-id": expect.any(String),
    })
    expect(body).toBe("hello")
    expect(service.sessions.map(({ alpnProtocol }) => alpnProtocol)).toEqual(["h2"])
  })

  it("gets hundreds of requests at once, on few connections", async () => {
    const held: Http2Received[] = []
    using service = await http2Service((received) => void held.push(received), own)
    await using bellhop = await serving(service.port)
    const clients = await Promise.all(Array.from({ length: 300 }, () => connect(bellhop.url)))
    for (const client of clients) client.send(requestText("/held"))
    while (held.length < 300) await service.next()
    held.forEach(http2Ok())
    const replies = await Promise.all(clients.map((client) => client.response()))
    expect(new Set(replies.map((reply) => reply?.status))).toEqual(new Set([200]))
    expect(service.sessions.length).toBeLessThan(6)
    for (const client of clients) client[Symbol.dispose]()
  })

  it("hears that a client left, before its answer and in the middle of it", async () => {
    using service = await http2Service(({ stream, path }) => {
      if (path === "/silent") return
      stream.respond({ ":status": 200 })
      stream.write("half")
    }, own)
    await using bellhop = await serving(service.port)
    for (const target of ["/silent", "/half"]) {
      const client = await connect(bellhop.url)
      client.send(requestText(target))
      const { gone } = await service.next()
      client.socket.destroy()
      expect(await gone).toBe(8)
    }
    expect(service.sessions).toHaveLength(1)
  })

  it("waits for a slow client: a large answer stays out of memory", async () => {
    const whole = 100 * mega
    let sent = 0
    using service = await http2Service(({ stream, path }) => {
      stream.respond({ ":status": 200 })
      if (path === "/small") return stream.end("small")
      const piece = Buffer.alloc(64 * 1024)
      const more = (): void => {
        while (sent < whole) {
          sent += piece.byteLength
          if (!stream.write(piece)) return void stream.once("drain", more)
        }
        stream.end()
      }
      more()
    }, own)
    await using bellhop = await serving(service.port)
    for (let round = 0; round < 50; round++) await ask(bellhop.url, "/small")
    writeFileSync(`/proc/${bellhop.pid}/clear_refs`, "5")
    const before = memory(bellhop.pid, "VmRSS")
    using client = await connect(bellhop.url)
    client.socket.pause()
    client.send(requestText("/large", { headers: ["Connection: close"] }))
    await service.next()
    // What the kernel and all buffers on the way take is far less than the whole.
    let last = -1
    while (last !== sent) {
      last = sent
      for (let other = 0; other < 20; other++) expect((await ask(bellhop.url, "/small")).body).toBe("small")
    }
    expect(sent).toBeLessThan(whole / 2)
    let received = 0
    client.socket.on("data", (bytes: Buffer) => (received += bytes.byteLength))
    client.socket.resume()
    await client.closed
    expect(received).toBeGreaterThanOrEqual(whole)
    expect(memory(bellhop.pid, "VmHWM") - before).toBeLessThan(50)
  })

  it("that speaks HTTP/1.1 only is not reached, and the log says why", async () => {
    using service = await tlsService(own)
    await using bellhop = await serving(service.port)
    expect(await ask(bellhop.url, "/")).toMatchObject({ status: 502 })
    expect(service.requests.join("")).not.toContain("GET")
    while (!bellhop.stderr().includes("It does not speak HTTP/2.")) await Bun.sleep(1)
  })

  it("is not reached when its certificate is for another name", async () => {
    using service = await http2Service(undefined, await house.signed("other.internal", "DNS:other.internal"))
    await using bellhop = await serving(service.port)
    expect(await ask(bellhop.url, "/")).toMatchObject({ status: 502 })
    expect(service.received).toEqual([])
  })

  it("is checked over HTTP/2", async () => {
    using service = await http2Service(undefined, own)
    await using bellhop = await serving(service.port, 'health: { path: "/healthz", interval: "10ms" }')
    const { path } = await service.next()
    expect(path).toBe("/healthz")
    for (;;) {
      const { body } = await ask(bellhop.admin, "/services", { host: "localhost" })
      const { services } = JSON.parse(body) as { services: ServiceStatus[] }
      if ((services[0]?.upstreams[0]?.checks?.passed ?? 0) > 1) break
    }
  })

  it("carries WebSockets over HTTP/1.1", async () => {
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      development: false,
      http2: true,
      tls: own,
      fetch: (request, it) => (it.upgrade(request, { data: undefined }) ? undefined : new Response("over HTTP/2")),
      websocket: { message: (socket, message) => void socket.send(message) },
    })
    await using bellhop = await serving(server.port ?? 0)
    expect((await ask(bellhop.url, "/")).body).toBe("over HTTP/2")
    using client = await openSocket(`${bellhop.url}/chat`)
    expect(await client.ask("hello")).toBe("hello")
    await server.stop(true)
  })

  it("needs no TLS", async () => {
    using service = await http2Service()
    await using bellhop = await gateway({
      services: { shop: { url: `http://127.0.0.1:${service.port}`, protocol: "http2" } },
      routes: { "/*": "shop" },
    })
    expect(await ask(bellhop.url, "/")).toMatchObject({ status: 200, body: "ok" })
  })

  it("answers what was under way when the config changes", async () => {
    const held: Http2Received[] = []
    using service = await http2Service((received) => void held.push(received), own)
    await using bellhop = await serving(service.port)
    const reply = ask(bellhop.url, "/held")
    await service.next()
    bellhop.folder.write(
      "gateway.config.ts",
      `import { defineGateway } from "bellhop"\nexport default defineGateway({ listen: { host: "127.0.0.1", port: 0 }, admin: { port: 0 }, routes: { "/*": { reply: { body: "new" } } } })\n`,
    )
    expect((await ask(bellhop.admin, "/reload", { method: "POST", host: "localhost" })).status).toBe(200)
    expect((await ask(bellhop.url, "/")).body).toBe("new")
    held.forEach(http2Ok())
    expect(await reply).toMatchObject({ status: 200, body: "ok" })
    while (service.sessions.some(({ destroyed }) => !destroyed)) await Bun.sleep(1)
  })
})
