import { afterAll, beforeAll, describe, expect, it } from "vitest"

import { type Gateway, gateway } from "../support/gateway.ts"
import { ask, type RawRequest, type RawResponse } from "../support/raw.ts"
import { type RawUpstream, rawUpstream, type Received } from "../support/upstream.ts"

let upstream: RawUpstream
let bellhop: Gateway
let answer = ""

const plain = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

beforeAll(async () => {
  upstream = await rawUpstream(({ method }) => (method === "HEAD" ? answer.replace(/\r\n\r\nok$/, "\r\n\r\n") : answer))
  bellhop = await gateway({
    services: { shop: upstream.url, base: `${upstream.url}/v1/` },
    routes: {
      "/*": "shop",
      "/base/*": { service: "base", path: "/*" },
      "/users/:id": { service: "shop", path: "/v2/people/:id" },
      "/users/:id/of/:group": { service: "shop", path: "/:group/:id/end" },
      "/files/*": { service: "shop", path: "/store/*" },
    },
  })
})

afterAll(async () => {
  await bellhop[Symbol.asyncDispose]()
  upstream[Symbol.dispose]()
})

/** Sends a request through the gateway: what the service received, and what the client got for `bytes`. */
async function through(
  target: string,
  request: RawRequest = {},
  bytes = plain,
): Promise<{ received: Received; response: RawResponse }> {
  answer = bytes
  const [received, response] = await Promise.all([upstream.next(), ask(bellhop.url, target, request)])
  return { received, response }
}

describe("a service receives the target", () => {
  it.each([
    ["an encoded slash", "/a%2Fb"],
    ["an encoded slash in small letters", "/a%2fb"],
    ["a doubled slash inside", "/a//b"],
    ["doubled slashes at the end", "/a//"],
    ["a doubled slash at the beginning", "//a/b"],
    ["nothing but slashes", "//"],
    ["a slash at the end", "/a/"],
    ["the root", "/"],
    ["a query with a name given twice", "/x?a=1&a=2"],
    ["an empty query", "/x?"],
    ["an empty query of the root", "/?"],
    ["a query with question marks", "/x?a=?&b=??"],
    ["a query with slashes and dots", "/x?a=/../b//c/./"],
    ["a query with escapes of all kinds", "/x?a=%2F%41%zz%00%0d%0a%c0%af"],
    ["a query with brackets, braces and a bar", "/x?a[]=1&b={c}|^`"],
    ["a query with a backslash", "/x?a=\\b"],
    ["escaped UTF-8", "/caf%C3%A9/%E2%82%AC"],
    ["escaped UTF-8 in small letters", "/caf%c3%a9"],
    ["a path parameter", "/a;x=1/b;y"],
    ["an escaped letter", "/%41%62c"],
    ["an escaped dot that is no dot segment", "/a%2Eb"],
    ["a plus", "/a+b?c=d+e"],
    ["a quote", "/it's"],
    ["a space, escaped", "/a%20b"],
    ["a per cent sign, escaped", "/100%25"],
    ["an escaped question mark", "/a%3Fb?c"],
    ["an escaped hash", "/a%23b"],
    ["a colon and an at sign", "/a:b@c"],
    ["a file name with dots", "/.well-known/a..b/...c"],
    ["a query of 6 KB", `/x?q=${"0123456789abcdef".repeat(384)}`],
  ])("as it is: %s", async (_, target) => {
    const { received, response } = await through(target)
    expect(received.target).toBe(target)
    expect(response.status).toBe(200)
  })

  it.each(["/a|b/{c}/^/`", '/"a"<b>', '/x?a="<b>"', "/x?$filter=name+eq+'c'"])(
    "with what a target may not have, but no service stumbles over: %s",
    async (target) => {
      const { received } = await through(target)
      expect(received.target).toBe(target)
    },
  )

  it.each([
    ["/users/a%2Fb", "/v2/people/a%2Fb"],
    ["/users/%41;x=1", "/v2/people/%41;x=1"],
    ["/users/caf%c3%a9?a=%2f", "/v2/people/caf%c3%a9?a=%2f"],
    ["/users/a+b'c?", "/v2/people/a+b'c?"],
    ["//users/7", "/v2/people/7"],
    ["/users/%37/of/%c3%a9", "/%c3%a9/%37/end"],
    ["/users/7//of///9", "/9/7/end"],
    ["/files/a//b%2Fc/", "/store/a//b%2Fc/"],
    ["/files/", "/store/"],
    ["/%66iles/%41", "/store/%41"],
    ["/base/a%2fb", "/v1/a%2fb"],
    ["/base/", "/v1/"],
  ])("%s, rewritten with what was sent, as %s", async (target, expected) => {
    const { received } = await through(target)
    expect(received.target).toBe(expected)
  })
})

describe("a service receives the method", () => {
  it.each([
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "PURGE",
    "PROPFIND",
    "REPORT",
    "MKCOL",
    "QUERY",
  ])("%s", async (method) => {
    const { received, response } = await through("/x", { method })
    expect(received.method).toBe(method)
    expect(response.status).toBe(200)
  })
})

describe("a service receives the headers", () => {
  it("of any kind, each once and with its value unchanged", async () => {
    const sent = {
      Accept: "text/html;q=0.9, */*;q=0.1",
      "Accept-Encoding": "br;q=1.0, gzip",
      "Accept-Language": "de-CH, de;q=0.5",
      Authorization: "Basic YTpi",
      "Cache-Control": "no-cache",
      "Content-Type": 'text/plain; charset="utf-8"',
      Cookie: "a=1; b=2; c=%20",
      "If-Match": 'W/"x", "y"',
      "If-None-Match": "*",
      "If-Modified-Since": "Sat, 29 Oct 1994 19:43:31 GMT",
      Origin: "null",
      Range: "bytes=0-9",
      Referer: "http://elsewhere.test/a?b",
      "User-Agent": "a test/1.0 (x; y)",
      "X-Empty": "",
      "X-Letters": "caf\u00e9 \u00fc",
      X_Under: "score",
      "X-Tab": "a\tb",
      Traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      "Sec-Fetch-Mode": "cors",
      Via: "1.1 other",
    }
    const { received } = await through("/x", {
      headers: Object.entries(sent).map(([name, value]) => `${name}: ${value}`),
    })
    const got = Object.fromEntries(Object.keys(sent).map((name) => [name, received.all(name.toLowerCase())]))
    expect(got).toEqual(Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, [value]])))
  })

  it("without any that the client did not send, beside those of the gateway", async () => {
    const { received } = await through("/x")
    expect(
      received.headers
        .map(([name]) => name.toLowerCase())
        .filter((name) => name !== "connection")
        .sort(),
    ).toEqual(["host", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-request-id"])
  })

  it("repeated ones with all their values, in order", async () => {
    const { received } = await through("/x", { headers: ["X-A: 1", "X-A: 2, 3", "X-B: x", "X-A: 4"] })
    expect(received.all("x-a").join(", ")).toBe("1, 2, 3, 4")
  })
})

describe("a service receives the body", () => {
  it("with its length where the client told it", async () => {
    const body = "\0\xff\r\n\r\n0\r\n\r\n"
    const { received } = await through("/x", { method: "POST", body })
    expect(received).toMatchObject({ framing: "length", body, complete: true })
    expect(received.all("content-length")).toEqual([String(body.length)])
    expect(received.get("transfer-encoding")).toBeUndefined()
  })

  it("in chunks where the client sent chunks", async () => {
    const body = "3;ext=1\r\nabc\r\n00004\r\ndefg\r\n0\r\n\r\n"
    const { received } = await through("/x", { method: "PUT", headers: ["Transfer-Encoding: chunked"], body })
    expect(received).toMatchObject({ framing: "chunked", body: "abcdefg", complete: true })
    expect(received.get("content-length")).toBeUndefined()
  })

  it("empty, with a length of zero", async () => {
    const { received } = await through("/x", { method: "POST", body: "" })
    expect(received.all("content-length")).toEqual(["0"])
    expect(received.get("transfer-encoding")).toBeUndefined()
  })

  it("compressed, exactly as the client compressed it", async () => {
    const body = Buffer.from(Bun.gzipSync("a body")).toString("latin1")
    const { received } = await through("/x", { method: "POST", headers: ["Content-Encoding: gzip"], body })
    expect(received.get("content-encoding")).toBe("gzip")
    expect(received.body).toBe(body)
  })

  it("of DELETE and PATCH too", async () => {
    for (const method of ["DELETE", "PATCH"]) {
      const { received } = await through("/x", { method, body: "gone" })
      expect(received).toMatchObject({ method, body: "gone" })
    }
  })
})
