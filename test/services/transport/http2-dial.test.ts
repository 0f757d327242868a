import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { createServer as createTlsServer } from "node:tls"

import { afterAll, beforeAll, describe, expect, it } from "vitest"

import { type Authority, authority, type Certificate } from "../../support/certificates.ts"
import { failureOf, textOf } from "../../support/exchange.ts"
import { folder } from "../../support/executable.ts"
import { http2Service } from "../../support/http2.ts"
import { listener, rawUpstream } from "../../support/upstream.ts"
import { http2PoolTo } from "./http2-pool-of.ts"

const unreachable = { code: "unreachable", status: 502, sent: false }
const localhost = "DNS:localhost,IP:127.0.0.1"

describe("dialHttp2()", () => {
  it.each(["127.0.0.1", "::1"])("reaches localhost when the service is on %s only", async (host) => {
    using service = await http2Service(undefined, {}, { port: 0, host, ipv6Only: host === "::1" })
    using to = http2PoolTo(service.port, { hostname: "localhost" })
    expect(await textOf((await to.ask()).body)).toBe("ok")
  })

  it("reaches a unix socket, and says when there is none", async () => {
    using made = folder()
    const unix = join(made.path, "service.sock")
    using service = await http2Service(undefined, {}, { path: unix })
    using to = http2PoolTo(0, { unix })
    using nowhere = http2PoolTo(0, { unix: join(made.path, "none.sock") })
    expect(await textOf((await to.ask()).body)).toBe("ok")
    expect(service.received).toHaveLength(1)
    expect(await failureOf(() => nowhere.ask())).toMatchObject({ ...unreachable, cause: { code: "ENOENT" } })
  })

  it("finds out that a service speaks HTTP/1.1 only", async () => {
    using service = await rawUpstream()
    using to = http2PoolTo(service.port)
    expect(await failureOf(() => to.ask())).toMatchObject({
      ...unreachable,
      cause: { message: "It does not speak HTTP/2." },
    })
  })
})

describe("dialHttp2(), of a service with TLS,", () => {
  let ca: Authority
  let good: Certificate
  beforeAll(async () => {
    ca = await authority()
    good = await ca.signed("localhost", localhost)
  })
  afterAll(() => ca[Symbol.dispose]())

  it("takes a certificate signed by an authority that it was told about, and says whom it asks", async () => {
    using service = await http2Service(undefined, good)
    using to = http2PoolTo(service.port, { hostname: "localhost", tls: { ca: ca.ca } })
    expect((await to.ask()).status).toBe(200)
    expect(service.received[0]?.headers).toMatchObject({ ":scheme": "https", ":authority": "service.internal" })
    expect(service.sessions[0]).toMatchObject({ alpnProtocol: "h2", encrypted: true })
  })

  it("takes one for an address", async () => {
    using service = await http2Service(undefined, good)
    for (const tls of [{ ca: ca.ca, serverName: "127.0.0.1" }, { ca: ca.ca }]) {
      using to = http2PoolTo(service.port, { tls })
      expect((await to.ask()).status).toBe(200)
    }
  })

  it("asks for another server name, and takes its certificate only", async () => {
    using service = await http2Service(undefined, await ca.signed("other.example", "DNS:other.example"))
    using to = http2PoolTo(service.port, { tls: { ca: ca.ca, serverName: "other.example" } })
    using wrong = http2PoolTo(service.port, { tls: { ca: ca.ca, serverName: "127.0.0.1" } })
    expect((await to.ask()).status).toBe(200)
    expect(await failureOf(() => wrong.ask())).toMatchObject(unreachable)
  })

  it.each<[string, () => Promise<Certificate>, boolean, string]>([
    ["signed by itself", () => ca.selfSigned("localhost", localhost), true, "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ["signed by nobody known", async () => good, false, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
    ["for another name", () => ca.signed("a.example", "DNS:a.example"), true, "ERR_TLS_CERT_ALTNAME_INVALID"],
    ["for another address", () => ca.signed("a.example", "IP:192.0.2.1"), true, "ERR_TLS_CERT_ALTNAME_INVALID"],
  ])("refuses a certificate %s, and sends it nothing", async (_, certificate, told, code) => {
    using service = await http2Service(undefined, await certificate())
    using to = http2PoolTo(service.port, { hostname: "localhost", tls: told ? { ca: ca.ca } : {} })
    expect(await failureOf(() => to.ask())).toMatchObject({ ...unreachable, cause: { code } })
    expect(to.pool.size).toEqual({ open: 0, idle: 0, waiting: 0 })
    expect(service.received).toEqual([])
  })

  it.each<[string, () => Promise<Certificate>]>([
    ["signed by itself", () => ca.selfSigned("localhost", localhost)],
    ["signed by nobody known", async () => good],
    ["for another name", () => ca.selfSigned("a.example", "DNS:a.example")],
  ])("takes any certificate when that is asked for: one %s", async (_, certificate) => {
    using service = await http2Service(undefined, await certificate())
    using to = http2PoolTo(service.port, { hostname: "localhost", tls: { insecure: true } })
    expect((await to.ask()).status).toBe(200)
  })

  it("shows a certificate of its own", async () => {
    const { cert, key } = await ca.signed("gateway.example", "DNS:gateway.example")
    using service = await http2Service(undefined, { ...good, ca: ca.ca, requestCert: true, rejectUnauthorized: true })
    using with_ = http2PoolTo(service.port, { hostname: "localhost", tls: { ca: ca.ca, cert, key } })
    using without = http2PoolTo(service.port, { hostname: "localhost", tls: { ca: ca.ca } })
    expect((await with_.ask()).status).toBe(200)
    expect(await failureOf(() => without.ask({ method: "POST" }))).toMatchObject({ code: "unreachable" })
    expect(service.received).toHaveLength(1)
  })

  it.each([[["http/1.1"]], [undefined]])("refuses a service that agrees on %j", async (ALPNProtocols) => {
    let received = ""
    const old = createTlsServer({ ...good, ...(ALPNProtocols && { ALPNProtocols }) }, (socket) => {
      socket.on("error", () => {})
      socket.on("data", (bytes: Buffer) => (received += bytes.toString("latin1")))
    })
    old.on("tlsClientError", () => {})
    await new Promise<void>((resolve) => old.listen(0, "127.0.0.1", resolve))
    using to = http2PoolTo((old.address() as AddressInfo).port, { hostname: "localhost", tls: { ca: ca.ca } })
    expect(await failureOf(() => to.ask())).toMatchObject({
      ...unreachable,
      cause: { message: "It does not speak HTTP/2." },
    })
    expect(received).not.toContain("GET")
    old.close()
  })

  it("gives up a handshake that never ends, and closes its socket", async () => {
    const gone = Promise.withResolvers<void>()
    using service = await listener((socket) => {
      socket.once("close", () => gone.resolve())
      socket.resume()
    })
    using to = http2PoolTo(service.port, { tls: { ca: ca.ca }, connectTimeout: 50 })
    const cause = { message: "Connecting took too long." }
    expect(await failureOf(() => to.ask())).toMatchObject({ ...unreachable, cause })
    await gone.promise
  })

  it("fails when what it was given is no certificate", async () => {
    using service = await http2Service(undefined, good)
    using to = http2PoolTo(service.port, { hostname: "localhost", tls: { cert: "no PEM", key: "no PEM" } })
    expect(await failureOf(() => to.ask())).toMatchObject(unreachable)
    expect(to.pool.busy).toBe(0)
  })
})
