import { mkdtempSync, rmSync } from "node:fs"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createServer as createTlsServer } from "node:tls"

import { afterAll, beforeAll, describe, expect, it } from "vitest"

import { Connection } from "../../../src/services/transport/connection.ts"
import { dial, type TlsOptions } from "../../../src/services/transport/dial.ts"
import { type Authority, authority, type Certificate, tlsService } from "../../support/certificates.ts"
import { exchange, failureOf, textOf } from "../../support/exchange.ts"
import { freePort, listener } from "../../support/upstream.ts"
import { poolTo, until } from "./pool-of.ts"

const unreachable = { code: "unreachable", status: 502 }

describe("dial()", () => {
  it.each(["127.0.0.1", "::1"])("reaches localhost when the service is on %s only", async (host) => {
    const server = createServer((socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
    await new Promise<void>((resolve) => server.listen({ port: 0, host, ipv6Only: host === "::1" }, resolve))
    using to = poolTo((server.address() as AddressInfo).port, { hostname: "localhost" })
    expect(await textOf((await to.ask()).body)).toBe("ok")
    server.close()
  })

  it("reaches an IPv6 address", async () => {
    const server = createServer((socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
    await new Promise<void>((resolve) => server.listen({ port: 0, host: "::1" }, resolve))
    using to = poolTo((server.address() as AddressInfo).port, { hostname: "::1" })
    expect(await textOf((await to.ask()).body)).toBe("ok")
    server.close()
  })

  it("reaches a unix socket, and says when there is none", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bellhop-dial-"))
    const unix = join(folder, "service.sock")
    const server = createServer((socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
    await new Promise<void>((resolve) => server.listen(unix, resolve))
    using to = poolTo(0, { unix })
    using nowhere = poolTo(0, { unix: join(folder, "none.sock") })
    expect(await textOf((await to.ask()).body)).toBe("ok")
    expect([await to.pool.reachable(5000), await nowhere.pool.reachable(5000)]).toEqual([true, false])
    expect(await failureOf(() => nowhere.ask())).toMatchObject(unreachable)
    server.close()
    rmSync(folder, { recursive: true })
  })

  it("says that nobody listens, and the pool is empty again", async () => {
    using to = poolTo(await freePort())
    expect(await failureOf(() => to.ask())).toMatchObject({ ...unreachable, cause: { code: "ECONNREFUSED" } })
    expect(to.pool.size).toEqual({ open: 0, idle: 0, waiting: 0 })
  })

  it("closes a socket that opens after its time", async () => {
    const gone = Promise.withResolvers<void>()
    using service = await listener((socket) => socket.once("close", () => gone.resolve()))
    const connection = new Connection(() => {})
    const dialled = failureOf(() =>
      dial(connection, { hostname: "127.0.0.1", port: service.port, tls: undefined, connectTimeout: 60_000 }),
    )
    connection.abort()
    await gone.promise
    void dialled
    expect(connection.closed).toBe(true)
  })
})

describe("dial(), of a service with TLS,", () => {
  const localhost = "DNS:localhost,IP:127.0.0.1"
  let ca: Authority
  let good: Certificate
  beforeAll(async () => {
    ca = await authority()
    good = await ca.signed("localhost", localhost)
  })
  afterAll(() => ca[Symbol.dispose]())

  it("takes a certificate signed by an authority that it was told about", async () => {
    using service = await tlsService(good)
    using to = poolTo(service.port, { hostname: "localhost", tls: { ca: ca.ca } })
    for (let round = 0; round < 3; round++) expect(await textOf((await to.ask()).body)).toBe("localhost for nobody")
    expect(to.pool.size).toEqual({ open: 1, idle: 1, waiting: 0 })
  })

  it("carries every byte both ways, however much there is", async () => {
    const sent = Buffer.alloc(3 * 1024 * 1024, "0123456789abcdefghijklmnopqrstuvwxyz-")
    const echo = createTlsServer(good, (socket) => {
      socket.on("error", () => {})
      let received = Buffer.alloc(0)
      socket.on("data", (bytes: Buffer) => {
        received = Buffer.concat([received, bytes])
        const body = received.indexOf("\r\n\r\n") + 4
        if (received.length < body + sent.length) return
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${sent.length}\r\n\r\n`)
        socket.write(received.subarray(body))
        received = Buffer.alloc(0)
      })
    })
    await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve))
    using to = poolTo((echo.address() as AddressInfo).port, { hostname: "localhost", tls: { ca: ca.ca } })
    for (let round = 0; round < 2; round++) {
      const headers = { "content-length": String(sent.length) }
      const reply = await to.ask({ method: "POST", headers, body: new Blob([sent]).stream() })
      expect((await textOf(reply.body)) === sent.toString("latin1")).toBe(true)
    }
    expect(to.pool.size).toEqual({ open: 1, idle: 1, waiting: 0 })
    echo.close()
  })

  it("takes one for an address", async () => {
    using service = await tlsService(good)
    using to = poolTo(service.port, { tls: { ca: ca.ca, serverName: "127.0.0.1" } })
    expect((await to.ask()).status).toBe(200)
  })

  it("asks for another server name, and takes its certificate only", async () => {
    using service = await tlsService(await ca.signed("other.example", "DNS:other.example"))
    using to = poolTo(service.port, { tls: { ca: ca.ca, serverName: "other.example" } })
    expect(await textOf((await to.ask()).body)).toBe("other.example for nobody")
  })

  it.each<[string, () => Promise<Certificate>, boolean, string]>([
    ["signed by itself", () => ca.selfSigned("localhost", localhost), true, "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ["signed by nobody known", async () => good, false, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
    ["for another name", () => ca.signed("a.example", "DNS:a.example"), true, "ERR_TLS_CERT_ALTNAME_INVALID"],
    ["for another address", () => ca.signed("a.example", "IP:192.0.2.1"), true, "ERR_TLS_CERT_ALTNAME_INVALID"],
  ])("refuses a certificate %s, and sends it nothing", async (_, certificate, told, code) => {
    using service = await tlsService(await certificate())
    using to = poolTo(service.port, { hostname: "localhost", tls: told ? { ca: ca.ca } : {} })
    expect(await failureOf(() => to.ask())).toMatchObject({ ...unreachable, cause: { code } })
    expect(to.pool.size).toEqual({ open: 0, idle: 0, waiting: 0 })
    expect(service.requests).toEqual([])
  })

  it.each<[string, () => Promise<Certificate>]>([
    ["signed by itself", () => ca.selfSigned("localhost", localhost)],
    ["signed by nobody known", async () => good],
    ["for another name", () => ca.selfSigned("a.example", "DNS:a.example")],
  ])("takes any certificate when that is asked for: one %s", async (_, certificate) => {
    using service = await tlsService(await certificate())
    using to = poolTo(service.port, { hostname: "localhost", tls: { insecure: true } })
    expect((await to.ask()).status).toBe(200)
  })

  it("shows a certificate of its own", async () => {
    const { cert, key } = await ca.signed("gateway.example", "DNS:gateway.example")
    using service = await tlsService({ ...good, ca: ca.ca, requestCert: true, rejectUnauthorized: true })
    using with_ = poolTo(service.port, { hostname: "localhost", tls: { ca: ca.ca, cert, key } })
    using without = poolTo(service.port, { hostname: "localhost", tls: { ca: ca.ca } })
    expect(await textOf((await with_.ask()).body)).toBe("localhost for gateway.example")
    expect(await failureOf(() => without.ask())).toMatchObject(unreachable)
  })

  // Bun takes `tls: {}` for no TLS at all.
  it.each([{}, { insecure: true }, { ca: undefined }])("refuses a service that speaks no TLS, with %o", async (tls) => {
    let received = ""
    using service = await listener((socket) => {
      socket.on("data", (bytes: Buffer) => (received += bytes.toString("latin1")))
      socket.write("HTTP/1.1 400 Bad Request\r\n\r\n")
    })
    using to = poolTo(service.port, { tls: tls as TlsOptions })
    expect(await failureOf(() => to.ask())).toMatchObject({ ...unreachable, sent: false })
    expect(to.pool.size.open).toBe(0)
    expect(received).not.toContain("GET")
  })

  it("gives up a handshake that never ends, and closes its socket", async () => {
    const gone = Promise.withResolvers<void>()
    using service = await listener((socket) => {
      socket.once("close", () => gone.resolve())
      socket.resume()
    })
    using to = poolTo(service.port, { tls: { ca: ca.ca }, connectTimeout: 50 })
    const cause = { message: "Connecting took too long." }
    expect(await failureOf(() => to.ask())).toMatchObject({ ...unreachable, cause })
    await gone.promise
  })

  it("is not waited for by an exchange that ends; what it opens later is kept for others", async () => {
    const accepted = Promise.withResolvers<Socket>()
    using service = await tlsService(good)
    using slow = await listener((socket) => accepted.resolve(socket))
    using to = poolTo(slow.port, { hostname: "localhost", tls: { ca: ca.ca }, maxConnections: 1 })
    const left = exchange()
    const first = failureOf(() => to.ask(left))
    left.end(new Error("It took too long."))
    expect(await first).toMatchObject({ cause: { message: "It took too long." } })
    const second = to.ask()
    await until(() => to.pool.size.waiting === 1)
    const outer = await accepted.promise
    const inner = connect(service.port, "127.0.0.1")
    inner.on("error", () => {})
    outer.pipe(inner).pipe(outer)
    expect((await second).status).toBe(200)
    expect(service.requests).toHaveLength(1)
    expect(to.pool.size).toEqual({ open: 1, idle: 1, waiting: 0 })
  })

  it("fails when what it was given is no certificate", async () => {
    using service = await tlsService(good)
    using to = poolTo(service.port, { tls: { ca: "nonsense" } })
    expect(await failureOf(() => to.ask())).toMatchObject(unreachable)
  })
})
