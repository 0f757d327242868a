import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"

import { type Gateway, gateway } from "../support/gateway.ts"
import { ask, connect } from "../support/raw.ts"
import { type RawUpstream, rawUpstream } from "../support/upstream.ts"

let upstream: RawUpstream
let bellhop: Gateway
let before = 0

beforeAll(async () => {
  upstream = await rawUpstream(({ target }) => `HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${target}`)
  bellhop = await gateway({
    services: { shop: upstream.url },
    routes: {
      "/admin/*": { reply: { status: 403 } },
      "/admin": { reply: { status: 403 } },
      "/to/*": { redirect: { to: "/*" } },
      "api.test/*": { reply: { status: 201 } },
      "/*": "shop",
    },
  })
})

beforeEach(() => {
  before = upstream.received.length
})

afterAll(async () => {
  await bellhop[Symbol.asyncDispose]()
  upstream[Symbol.dispose]()
})

const received = (): string[] => upstream.received.slice(before).map(({ target }) => target)

/** Sends a head as it is, then leaves: the answer. */
async function head(...lines: string[]): Promise<{ status: number; code: unknown }> {
  using client = await connect(bellhop.url)
  client.send([...lines, "", ""].join("\r\n"))
  const response = await client.response()
  if (!response) return { status: 0, code: undefined }
  const isProblem = response.get("content-type") === "application/problem+json"
  return { status: response.status, code: isProblem ? (JSON.parse(response.body) as { code: string }).code : undefined }
}

describe("a Host header that says nothing or too much is refused:", () => {
  it.each([
    ["none", []],
    ["an empty one", ["Host:"]],
    ["two", ["Host: a.test", "Host: b.test"]],
    ["two equal ones", ["Host: a.test", "Host: a.test"]],
    ["a space", ["Host: a b"]],
    ["a slash", ["Host: a/b"]],
    ["a user", ["Host: u@a"]],
    ["a comma", ["Host: a,b"]],
    ["a query", ["Host: a?b"]],
    ["a fragment", ["Host: a#b"]],
    ["a backslash", ["Host: a\\b"]],
    ["a scheme", ["Host: http://a"]],
    ["a port with letters", ["Host: a:80a"]],
    ["an empty port", ["Host: a:"]],
    ["a port of six digits", ["Host: a:123456"]],
    ["a port that does not exist", ["Host: a:65536"]],
    ["two ports", ["Host: a:80:80"]],
    ["an open bracket", ["Host: [::1"]],
    ["brackets with other letters", ["Host: [::1]x"]],
    ["an escape", ["Host: a%2e"]],
    ["letters that no name has", ["Host: caf\xe9"]],
    ["a tab", ["Host: a\tb"]],
    ["a quote", ['Host: a"b']],
    ["angle brackets", ["Host: <a>"]],
  ])("%s", async (_, lines) => {
    const { status, code } = await head("GET /x HTTP/1.1", ...lines)
    expect(status).toBe(400)
    // Without any Host it is the parser that refuses.
    expect([undefined, "bad_host"]).toContain(code)
    expect(received()).toEqual([])
  })

  it("none in HTTP/1.0", async () => {
    expect(await head("GET /x HTTP/1.0")).toEqual({ status: 400, code: "bad_host" })
    expect(received()).toEqual([])
  })

  it.each([
    "a",
    "ab",
    "a.b",
    "a:1",
    "A.Test:65535",
    "127.0.0.1:80",
    "[::1]",
    "[::1]:8080",
    "x_y.test",
    "a.test.",
    "xn--caf-dma.test",
  ])("but not %s", async (host) => {
    expect(await ask(bellhop.url, "/x", { host })).toMatchObject({ status: 200, body: "/x" })
  })
})

describe("a method that is not for gateways is refused:", () => {
  it.each([
    ["CONNECT a.test:443 HTTP/1.1", "Host: a.test:443"],
    ["CONNECT /x HTTP/1.1", "Host: a"],
    ["TRACE /x HTTP/1.1", "Host: a"],
    ["TRACE / HTTP/1.1", "Host: a"],
  ])("%s", async (...lines) => {
    const { status } = await head(...lines)
    expect([400, 405, 501]).toContain(status)
    expect(received()).toEqual([])
  })

  it.each(["FOO", "get", "Get", "GET\t", "G(T", "TRACK", "DEBUG"])("%j", async (method) => {
    const { status } = await head(`${method} /x HTTP/1.1`, "Host: a", "Connection: close")
    expect(received()).toEqual(status === 200 ? ["/x"] : [])
    expect([0, 200, 400, 405, 501, 505]).toContain(status)
  })
})

describe("a target in absolute form", () => {
  it("has the last word on the host (RFC 9112 section 3.2.2), and the service hears of that one", async () => {
    expect(await head("GET http://api.test/x HTTP/1.1", "Host: other.test", "Connection: close")).toMatchObject({
      status: 201,
    })
    expect(received()).toEqual([])
    expect(await head("GET http://other.test/x HTTP/1.1", "Host: api.test", "Connection: close")).toMatchObject({
      status: 200,
    })
    const [one] = upstream.received.slice(before)
    expect(one?.get("x-forwarded-host")).toBe("other.test")
  })

  it("is taken like any other when both agree", async () => {
    const { status } = await head("GET http://a.test/x?y HTTP/1.1", "Host: a.test", "Connection: close")
    expect(status).toBe(200)
    expect(received()).toEqual(["/x?y"])
  })

  it.each([
    "https://a.test/x",
    "ftp://a.test/x",
    "http:/x",
    "http://u:p@a.test/x",
    "http:///x",
    "*",
    "x",
    "",
    "?x",
    "#x",
    "a.test/x",
  ])("or of another form never becomes a target of the service: %j", async (target) => {
    const { status } = await head(`GET ${target} HTTP/1.1`, "Host: a.test", "Connection: close")
    expect(received().filter((one) => one !== "/x")).toEqual([])
    expect([0, 200, 400, 404, 501]).toContain(status)
  })
})

describe("a path that two parsers could read two ways is refused:", () => {
  it.each([
    ["an encoded dot segment before an encoded slash", "/a/%2e%2e%2fb"],
    ["the same in capitals", "/a/%2E%2E%2Fb"],
    ["a dot segment between encoded slashes", "/a%2f..%2fb"],
    ["half encoded", "/a/.%2e%2fb"],
    ["a dot segment with a parameter", "/a/..;/b"],
    ["a dot segment with a named parameter", "/a/..;x=1/b"],
    ["an encoded dot segment with a parameter", "/a/%2e%2e;/b"],
    ["a dot segment with an encoded parameter", "/a/..%3b/b"],
    ["a single dot with a parameter", "/a/.;/b"],
    ["NUL", "/a%00"],
    ["NUL before an ending", "/a%00.txt"],
    ["a line feed", "/a%0a"],
    ["a carriage return and a line feed", "/a%0d%0aX:1"],
    ["a tab", "/a%09b"],
    ["DEL", "/a%7f"],
    ["an encoded backslash", "/a%5cb"],
    ["an encoded backslash in capitals", "/a/..%5C..%5Cb"],
    ["an escape of no hex digits", "/a%zz"],
    ["an escape of one digit", "/a%1"],
    ["a per cent sign at the end", "/a%"],
    ["an overlong slash", "/a%c0%afb"],
    ["an overlong dot", "/a/%c0%ae%c0%ae/b"],
    ["a lone continuation byte", "/a%80"],
    ["a truncated sequence", "/a%e2%82"],
    ["a surrogate", "/a%ed%a0%80"],
    ["a code point that does not exist", "/a%f5%80%80%80"],
  ])("%s", async (_, target) => {
    expect(await head(`GET ${target} HTTP/1.1`, "Host: a")).toEqual({ status: 400, code: "bad_path" })
    expect(received()).toEqual([])
  })

  it.each([
    ["a fragment", "/a#b"],
    ["a fragment after a query", "/a?b#c"],
    ["a raw control", "/a\x01b"],
    ["a raw DEL", "/a\x7fb"],
    ["a raw tab", "/a\tb"],
    ["a raw control in a query", "/a?\x01"],
  ])("or closed without one: %s", async (_, target) => {
    const { status } = await head(`GET ${target} HTTP/1.1`, "Host: a")
    expect([0, 400, 505]).toContain(status)
    expect(received()).toEqual([])
  })

  it.each([
    ["raw UTF-8", "/caf\xc3\xa9", "/caf%C3%A9"],
    ["raw UTF-8 in a query", "/a?\xc3\xa9", "/a?%C3%A9"],
    ["raw latin1", "/caf\xe9", "/caf%E9"],
  ])("or passed on as the escapes of the same bytes: %s", async (_, target, escaped) => {
    const { status } = await head(`GET ${target} HTTP/1.1`, "Host: a", "Connection: close")
    expect([200, 400]).toContain(status)
    expect(received()).toEqual(status === 200 ? [escaped] : [])
  })

  it.each([
    ["dot segments", "/a/../b"],
    ["encoded dot segments", "/a/%2e%2e/b"],
    ["a dot segment at the end", "/a/b/.."],
    ["a single dot", "/a/./b"],
    ["above the root", "/../../b"],
    ["backslashes", "/a\\..\\b"],
    ["a backslash", "/a\\b"],
  ])("or has been resolved before anything looked at it: %s", async (_, target) => {
    const { status } = await head(`GET ${target} HTTP/1.1`, "Host: a", "Connection: close")
    expect([200, 400]).toContain(status)
    // What the service gets has no dot segments and no backslashes left.
    for (const one of received()) expect(one).not.toMatch(/\\|\/\.{1,2}(\/|$)|%2e/i)
  })
})

describe("a redirect made of what the client sent", () => {
  it.each([
    "/to/%0d%0aSet-Cookie:%20a=1",
    "/to/%0aX",
    "/to//evil.test/x",
    "/to/%5cevil.test",
    "/to/\\evil.test/x",
    "/to//",
    "/to///evil.test",
  ])("names no other host and adds no header: %s", async (target) => {
    const response = await ask(bellhop.url, target)
    expect(response.get("set-cookie")).toBeUndefined()
    if (response.status === 400) return
    expect(response.status).toBe(308)
    expect(response.get("location")).toMatch(/^\/([^/\\]|$)/)
  })
})

describe("an answer to a refused request", () => {
  it("tells nothing of the inside and has an id", async () => {
    const response = await ask(bellhop.url, "/a%00")
    const problem = JSON.parse(response.body) as Record<string, unknown>
    expect(Object.keys(problem).sort()).toEqual(["code", "detail", "exchange", "status", "title", "type"])
    expect(response.body).not.toMatch(/127\.0\.0\.1|at |\.ts/)
    expect(problem.exchange).toMatch(/^[0-9a-f-]{36}$/)
  })

  it("to HEAD has no body", async () => {
    const response = await ask(bellhop.url, "/a%00", { method: "HEAD" })
    expect(response.status).toBe(400)
    using client = await connect(bellhop.url)
    client.send("HEAD /a%00 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    expect(await client.rest()).toMatch(/\r\n\r\n$/)
  })
})
