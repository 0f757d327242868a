import { afterAll, beforeAll, describe, expect, it } from "vitest"

import { type Gateway, gateway } from "../support/gateway.ts"
import { ask, type RawResponse } from "../support/raw.ts"
import { type RawUpstream, rawUpstream, type Received } from "../support/upstream.ts"

let upstream: RawUpstream
let bellhop: Gateway
let answer = ""

beforeAll(async () => {
  upstream = await rawUpstream(() => answer)
  bellhop = await gateway({ services: { shop: upstream.url }, routes: { "/*": "shop" } })
})

afterAll(async () => {
  await bellhop[Symbol.asyncDispose]()
  upstream[Symbol.dispose]()
})

async function through(
  headers: readonly string[],
  lines: readonly string[] = [],
): Promise<{ received: Received; response: RawResponse }> {
  answer = ["HTTP/1.1 200 OK", ...lines, "Content-Length: 2", "", "ok"].join("\r\n")
  const [received, response] = await Promise.all([upstream.next(), ask(bellhop.url, "/x", { headers })])
  return { received, response }
}

describe("what is for one connection only", () => {
  it.each([
    ["Keep-Alive", "timeout=5"],
    ["Proxy-Connection", "keep-alive"],
    ["Proxy-Authorization", "Basic YTpi"],
    ["Proxy-Authenticate", "Basic"],
    ["TE", "trailers"],
    ["Trailer", "X-End"],
    ["HTTP2-Settings", "AAMAAABkAAQAAP__"],
  ])("does not reach the service: %s", async (name, value) => {
    const { received } = await through([`${name}: ${value}`])
    expect(received.all(name.toLowerCase())).toEqual([])
  })

  it("does not reach the service: an upgrade to a protocol that is not spoken here", async () => {
    const { received, response } = await through([
      "Connection: Upgrade, HTTP2-Settings",
      "Upgrade: h2c",
      "HTTP2-Settings: AAMAAABkAAQAAP__",
    ])
    expect(response.status).toBe(200)
    expect(received.all("upgrade")).toEqual([])
    expect(received.all("http2-settings")).toEqual([])
    expect(received.get("connection")?.toLowerCase() ?? "").not.toContain("upgrade")
  })

  it("does not reach the service: what Connection names, over several lines and in any case", async () => {
    const { received } = await through([
      "Connection: X-One, close",
      "connection: x-two ,, X-THREE",
      "X-One: 1",
      "X-Two: 2",
      "X-Three: 3",
      "X-Four: 4",
    ])
    expect(["x-one", "x-two", "x-three", "x-four"].map((name) => received.all(name))).toEqual([[], [], [], ["4"]])
  })

  // CVE-2021-32813 and its kin: a client talks the gateway into leaving out what the service relies on.
  it.each([
    ["X-Forwarded-For", "x-forwarded-for", "127.0.0.1"],
    ["X-Forwarded-Proto", "x-forwarded-proto", "http"],
    ["X-Forwarded-Host", "x-forwarded-host", "gateway.test"],
    ["Authorization", "authorization", "Basic YTpi"],
    ["Cookie", "cookie", "a=1"],
  ])("does not make the service go without %s", async (named, name, value) => {
    const { received } = await through([`Connection: close, ${named}`, "Authorization: Basic YTpi", "Cookie: a=1"])
    expect(received.all(name)).toEqual([value])
  })

  it("does not make the service go without the request's own id", async () => {
    const { received, response } = await through(["Connection: X-Request-Id", "X-Request-Id: mine"])
    expect(received.all("x-request-id")).toEqual(response.all("x-request-id"))
    expect(received.all("x-request-id")).toHaveLength(1)
  })

  it("does not reach the client", async () => {
    const { response } = await through(
      [],
      [
        "Connection: X-Inner, keep-alive",
        "Keep-Alive: timeout=5",
        "Proxy-Authenticate: Basic",
        "Proxy-Connection: keep-alive",
        "Trailer: X-End",
        "Upgrade: h2c",
        "X-Inner: 1",
        "X-Outer: 2",
      ],
    )
    const names = ["keep-alive", "proxy-authenticate", "proxy-connection", "trailer", "upgrade", "x-inner", "x-outer"]
    expect(names.filter((name) => response.get(name) !== undefined)).toEqual(["x-outer"])
    expect(response.get("connection") ?? "").not.toContain("X-Inner")
  })
})

describe("what a client says of earlier hops", () => {
  it("is replaced by what the gateway knows", async () => {
    const { received } = await through([
      "X-Forwarded-For: 10.0.0.1, 10.0.0.2",
      "X-Forwarded-For: 10.0.0.3",
      "X-Forwarded-Host: evil.test",
      "X-Forwarded-Proto: https",
    ])
    expect(received.all("x-forwarded-for")).toEqual(["127.0.0.1"])
    expect(received.all("x-forwarded-host")).toEqual(["gateway.test"])
    expect(received.all("x-forwarded-proto")).toEqual(["http"])
  })

  it.each([
    "X-Forwarded-Port: 443",
    "X-Forwarded-Prefix: /admin",
    "X-Forwarded-Uri: /admin",
    "X-Forwarded-Anything: 1",
    "Forwarded: for=10.0.0.1;proto=https",
    "X-Real-IP: 10.0.0.1",
    "X-Bellhop-Source: mock",
    "X-Bellhop-User: admin",
    "x-BELLHOP-anything: 1",
  ])("is not believed: %s", async (line) => {
    const { received } = await through([line])
    expect(received.all(line.slice(0, line.indexOf(":")).toLowerCase())).toEqual([])
  })

  // CVE-2025-64484: to a CGI-like service the twin with underscores is the same variable.
  it.each(["X_Forwarded_For: 10.0.0.1", "X_Real_IP: 10.0.0.1", "X-Forwarded_For: 10.0.0.1", "X_Bellhop_User: admin"])(
    "is not believed in a twin with underscores: %s",
    async (line) => {
      const { received } = await through([line])
      expect(received.all(line.slice(0, line.indexOf(":")).toLowerCase())).toEqual([])
    },
  )
})

describe("what is between the gateway and its neighbours", () => {
  it("Expect is answered by the gateway and not passed on", async () => {
    const { received } = await through(["Expect: 100-continue"])
    expect(received.all("expect")).toEqual([])
  })

  it("Host names the service, not what the client asked for", async () => {
    const { received } = await through([])
    expect(received.all("host")).toEqual([new URL(upstream.url).host])
  })

  it("x-bellhop- headers of a service do not reach the client", async () => {
    const { response } = await through([], ["X-Bellhop-Source: mock", "X-Bellhop-Anything: 1", "X-Other: 2"])
    expect(response.headers.filter(([name]) => /^x-bellhop-/i.test(name))).toEqual([])
    expect(response.get("x-other")).toBe("2")
  })
})
