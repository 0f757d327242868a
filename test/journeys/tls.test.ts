import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2"
import { join } from "node:path"
import { connect as connectTls, type PeerCertificate, type TLSSocket } from "node:tls"

import { afterAll, beforeAll, describe, expect, it } from "vitest"

import { type Folder, folder, run } from "../support/executable.ts"
import { configSource, type Gateway, gateway } from "../support/gateway.ts"
import { ask, connect } from "../support/raw.ts"
import { freePort, type RawUpstream, rawUpstream } from "../support/upstream.ts"

let made: Folder
let upstream: RawUpstream

/** A certificate of its own making, and its key. */
function certificate(name: string): { cert: string; key: string } {
  const [cert, key] = [join(made.path, `${name}.pem`), join(made.path, `${name}.key`)]
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
  const subject = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
  const result = spawnSync(
    "openssl",
    ["req", "-x509", "-nodes", "-days", "2", ...curve, ...subject, "-keyout", key, "-out", cert],
    { encoding: "utf8" },
  )
  if (result.status !== 0) throw new Error(`openssl failed: ${result.error?.message ?? result.stderr}`)
  return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") }
}

let one: { cert: string; key: string }
let two: { cert: string; key: string }

beforeAll(async () => {
  made = folder()
  one = certificate("one.test")
  two = certificate("two.test")
  upstream = await rawUpstream(({ body }) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
})

afterAll(() => {
  upstream[Symbol.dispose]()
  made[Symbol.dispose]()
})

const tls = { cert: "tls/cert.pem", key: "tls/key.pem" }

const serve = (listen: Record<string, unknown> = {}, pair = one): Promise<Gateway> =>
  gateway(
    {
      listen: { host: "127.0.0.1", port: 0, tls, ...listen },
      services: { shop: upstream.url },
      routes: { "/admin/*": { reply: { status: 403 } }, "/small": { reply: { body: "small" } }, "/*": "shop" },
    },
    { files: { "tls/cert.pem": pair.cert, "tls/key.pem": pair.key } },
  )

/** The certificate that a listener shows, and the protocol that it picks. */
function handshake(
  url: string,
  protocols: string[] = [],
  options: { maxVersion?: "TLSv1.1" | "TLSv1.2" } = {},
): Promise<{ peer: PeerCertificate; picked: string | false | null }> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(url)
    const socket: TLSSocket = connectTls(
      { host: "127.0.0.1", port: Number(port), rejectUnauthorized: false, ALPNProtocols: protocols, ...options },
      () => {
        resolve({ peer: socket.getPeerCertificate(), picked: socket.alpnProtocol })
        socket.destroy()
      },
    )
    socket.on("error", reject)
  })
}

/** One request over HTTP/2. */
function askHttp2(
  session: ClientHttp2Session,
  headers: Record<string, string>,
  body = "",
): Promise<{ status: number | undefined; headers: Record<string, unknown>; body: string }> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":method": body === "" ? "GET" : "POST", ...headers })
    let answer: Record<string, unknown> = {}
    let text = ""
    stream.on("response", (head) => (answer = head))
    stream.setEncoding("latin1")
    stream.on("data", (chunk: string) => (text += chunk))
    stream.on("end", () => resolve({ status: answer[":status"] as number | undefined, headers: answer, body: text }))
    stream.on("error", reject)
    stream.end(body)
  })
}

describe("listen: { tls }", () => {
  it("serves https with the certificate of the files, and tells services so", async () => {
    await using bellhop = await serve()
    expect(bellhop.url).toMatch(/^https:\/\/localhost:\d+$/)
    expect((await handshake(bellhop.url)).peer.subject.CN).toBe("one.test")
    const trusting = await fetch(`${bellhop.url}/small`, { tls: { ca: one.cert } })
    expect(await trusting.text()).toBe("small")
    const [response, received] = await Promise.all([ask(bellhop.url, "/https"), upstream.next("/https")])
    expect(response.status).toBe(200)
    expect(received.all("x-forwarded-proto")).toEqual(["https"])
  })

  it("is not fooled by a client that does not trust it, nor by one that speaks plainly", async () => {
    await using bellhop = await serve()
    await expect(fetch(`${bellhop.url}/small`)).rejects.toThrow(/certificate|self/i)
    using plain = await connect(bellhop.url.replace("https", "http"))
    plain.send("GET /small HTTP/1.1\r\nHost: a\r\n\r\n")
    expect(await plain.rest()).not.toContain("small")
    expect((await ask(bellhop.url, "/small")).status).toBe(200)
  })

  it("speaks no version of TLS that is given up", async () => {
    await using bellhop = await serve()
    await expect(handshake(bellhop.url, [], { maxVersion: "TLSv1.1" })).rejects.toThrow(
      /protocol|version|closed|reset|disconnected/i,
    )
    await handshake(bellhop.url, [], { maxVersion: "TLSv1.2" })
  })

  it("speaks HTTP/1.1 unless told more", async () => {
    await using bellhop = await serve()
    expect((await handshake(bellhop.url, ["h2", "http/1.1"])).picked).not.toBe("h2")
  })

  it("shows a new certificate after a reload, and drops nobody", async () => {
    await using bellhop = await serve({ port: await freePort() })
    using kept = await connect(bellhop.url)
    kept.send("GET /small HTTP/1.1\r\nHost: a\r\n\r\n")
    expect((await kept.response())?.body).toBe("small")
    bellhop.folder.write("tls/cert.pem", two.cert)
    bellhop.folder.write("tls/key.pem", two.key)
    bellhop.kill("SIGHUP")
    await bellhop.next(({ event, generation }) => event === "reload" && generation === 2)
    expect((await handshake(bellhop.url)).peer.subject.CN).toBe("two.test")
    expect((await ask(bellhop.url, "/small")).body).toBe("small")
  })

  it("keeps the certificate that works when the new one does not", async () => {
    await using bellhop = await serve({ port: await freePort() })
    bellhop.folder.write("tls/cert.pem", two.cert)
    bellhop.kill("SIGHUP")
    expect(await bellhop.next(({ outcome }) => outcome === "refused")).toMatchObject({
      issues: [{ code: "E701" }],
    })
    expect((await handshake(bellhop.url)).peer.subject.CN).toBe("one.test")
  })
})

describe("listen: { tls } is a config error, with its place,", () => {
  it.each([
    ["of a pair that does not belong together", () => ({ cert: one.cert, key: two.key }), "does not belong"],
    ["without a certificate in its file", () => ({ cert: "", key: one.key }), "certificate"],
    ["with files the wrong way round", () => ({ cert: one.key, key: one.cert }), "certificate"],
    ["with a key that is cut off", () => ({ cert: one.cert, key: one.key.slice(0, 100) }), "key"],
  ])("%s", async (_, pair, words) => {
    using config = folder({
      "gateway.config.ts": configSource(
        `{ listen: { port: 0, tls: ${JSON.stringify(tls)} }, routes: { "/": { reply: {} } } }`,
      ),
      "tls/cert.pem": pair().cert,
      "tls/key.pem": pair().key,
    })
    await using running = run(["start", "--json"], config.path)
    const { outcome, issues } = await running.next(({ event }) => event === "reload")
    expect(outcome).toBe("refused")
    expect(issues).toHaveLength(1)
    expect(issues?.[0]).toMatchObject({
      code: "E701",
      file: "gateway.config.ts",
      message: expect.stringContaining(words),
    })
    expect(issues?.[0]?.line).toBeGreaterThan(0)
    expect(JSON.stringify(issues)).not.toContain("PRIVATE KEY")
    expect(await running.exited).toBe(3)
  })

  it("of a file that is not there", async () => {
    using config = folder({
      "gateway.config.ts": configSource(
        `{ listen: { port: 0, tls: ${JSON.stringify(tls)} }, routes: { "/": { reply: {} } } }`,
      ),
    })
    await using running = run(["start", "--json"], config.path)
    const { issues } = await running.next(({ event }) => event === "reload")
    expect(issues?.[0]).toMatchObject({ code: "E701", message: expect.stringContaining('"tls/cert.pem"') })
    expect(await running.exited).toBe(3)
  })
})

describe.each([
  ["over TLS", { http2: true }, "https"],
  ["with prior knowledge", { http2: true, tls: undefined }, "http"],
] as const)("http2: true %s", (_, listen, scheme) => {
  let bellhop: Gateway
  let session: ClientHttp2Session

  beforeAll(async () => {
    bellhop = await serve(listen)
    session = connectHttp2(bellhop.url.replace("localhost", "127.0.0.1"), { ca: one.cert })
    await new Promise((resolve, reject) => session.once("connect", resolve).once("error", reject))
  })

  afterAll(async () => {
    session.destroy()
    await bellhop[Symbol.asyncDispose]()
  })

  it("answers over HTTP/2, and over HTTP/1.1 on the same port", async () => {
    expect(await askHttp2(session, { ":path": "/small" })).toMatchObject({ status: 200, body: "small" })
    expect((await ask(bellhop.url, "/small")).body).toBe("small")
  })

  it("carries requests to services as HTTP/1.1, byte for byte", async () => {
    const target = "/a%2Fb//c?a=1&a=2"
    const [response, received] = await Promise.all([
      askHttp2(session, { ":path": target, ":authority": "shop.test", "x-own": "1", cookie: "a=1" }, "a body"),
      upstream.next(target),
    ])
    expect(response).toMatchObject({ status: 200, body: "a body" })
    expect(received).toMatchObject({ method: "POST", target, body: "a body" })
    expect(received.all("x-own")).toEqual(["1"])
    expect(received.all("cookie")).toEqual(["a=1"])
    expect(received.all("x-forwarded-host")).toEqual(["shop.test"])
    expect(received.all("x-forwarded-proto")).toEqual([scheme])
    expect(received.headers.some(([name]) => name.startsWith(":"))).toBe(false)
  })

  it("answers many requests at once", async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => askHttp2(session, { ":path": `/many/${index}` }, `body ${index}`)),
    )
    expect(answers.map(({ status, body }) => `${status} ${body}`)).toEqual(
      Array.from({ length: 50 }, (_, index) => `200 body ${index}`),
    )
  })

  it("guards a path in every spelling", async () => {
    for (const path of [
      "/admin/x",
      "//admin/x",
      "/%61dmin/x",
      "/./admin/x",
      "/x/../admin/x",
      "/x/%2e%2e/admin/x",
      "/x/..;/admin/x",
    ]) {
      const { status } = await askHttp2(session, { ":path": path })
      expect([path, status === 403 || status === 400]).toEqual([path, true])
    }
    expect(upstream.received.some(({ target }) => target.includes("min/x"))).toBe(false)
  })

  it("leaves out of answers what HTTP/2 does not allow", async () => {
    const { headers } = await askHttp2(session, { ":path": "/x" })
    for (const name of ["connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection"])
      expect(headers[name]).toBeUndefined()
  })

  it("refuses a bad authority", async () => {
    for (const authority of ["a/b", "u@a", "a b"]) {
      const answer = await askHttp2(session, { ":path": "/x", ":authority": authority }).catch(() => ({ status: 0 }))
      expect([authority, [0, 400].includes(answer.status ?? 0)]).toEqual([authority, true])
    }
  })
})

it("http2: true is agreed on in the handshake", async () => {
  await using bellhop = await serve({ http2: true })
  expect((await handshake(bellhop.url, ["h2", "http/1.1"])).picked).toBe("h2")
  expect((await handshake(bellhop.url, ["http/1.1"])).picked).toBe("http/1.1")
})
