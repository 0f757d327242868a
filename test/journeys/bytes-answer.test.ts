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

describe("a client receives", () => {
  it.each([
    200, 201, 202, 203, 206, 226, 299, 300, 301, 302, 303, 307, 308, 400, 401, 404, 410, 418, 429, 451, 499, 500, 503,
    599,
  ])("status %i with its body", async (status) => {
    const { response } = await through("/x", {}, `HTTP/1.1 ${status} Reason\r\nContent-Length: 4\r\n\r\nbody`)
    expect(response).toMatchObject({ status, body: "body", complete: true })
  })

  it.each([204, 304])("status %i without a body", async (status) => {
    const { response } = await through("/x", {}, `HTTP/1.1 ${status} Reason\r\nETag: "x"\r\n\r\n`)
    expect(response).toMatchObject({ status, body: "" })
    expect(response.get("etag")).toBe('"x"')
    expect(response.get("transfer-encoding")).toBeUndefined()
  })

  it("status 205 without a body", async () => {
    const { response } = await through("/x", {}, "HTTP/1.1 205 Reset\r\nContent-Length: 0\r\n\r\n")
    expect(response).toMatchObject({ status: 205, body: "", complete: true })
  })

  it("the length that a 304 speaks of, without waiting for it", async () => {
    const { response } = await through("/x", {}, "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n")
    expect(response.status).toBe(304)
    expect([undefined, "99"]).toContain(response.get("content-length"))
  })

  it("each Set-Cookie on a line of its own", async () => {
    const { response } = await through(
      "/x",
      {},
      "HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Expires=Wed, 09 Jun 2031 10:18:14 GMT\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n",
    )
    expect(response.all("set-cookie")).toEqual(["a=1; Expires=Wed, 09 Jun 2031 10:18:14 GMT", "b=2"])
  })

  it("every other header of the service with its value unchanged", async () => {
    const sent = [
      "Cache-Control: private, max-age=0",
      "Content-Language: de",
      'Content-Type: text/html; charset="utf-8"',
      "Content-Disposition: attachment; filename*=UTF-8''a%20b",
      "Date: Sat, 29 Oct 1994 19:43:31 GMT",
      'ETag: W/"x"',
      'Link: <https://a.test/>; rel="next", </b>; rel="prev"',
      "Location: /a//b?c#d",
      "Server: a service",
      "Strict-Transport-Security: max-age=1",
      "Vary: Accept, Origin",
      'WWW-Authenticate: Basic realm="x"',
      "X-Letters: caf\xe9",
      "X-Empty:",
      "Age: 7",
      "Retry-After: 3",
    ]
    const { response } = await through("/x", {}, ["HTTP/1.1 200 OK", ...sent, "Content-Length: 0", "", ""].join("\r\n"))
    const got = sent.map((line) => {
      const name = line.slice(0, line.indexOf(":"))
      return `${name}: ${response.all(name.toLowerCase()).join(" and ")}`.trim()
    })
    expect(got).toEqual(sent)
  })

  it("repeated headers with all their values, in order", async () => {
    const { response } = await through("/x", {}, "HTTP/1.1 200 OK\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 0\r\n\r\n")
    expect(response.all("x-a").join(", ")).toBe("1, 2")
  })

  it("a content type only where the service named one", async () => {
    for (const method of ["GET", "HEAD", "POST"]) {
      const { response } = await through("/x", { method })
      expect(response.status).toBe(200)
      expect(response.all("content-type")).toEqual([])
    }
  })

  it("to HEAD the length of what GET would have", async () => {
    const { received, response } = await through(
      "/x",
      { method: "HEAD" },
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1234\r\n\r\n",
    )
    expect(received.method).toBe("HEAD")
    expect(response.all("content-length")).toEqual(["1234"])
  })

  it("a body with its length where the service told it", async () => {
    const { response } = await through(
      "/x",
      {},
      "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 5\r\n\r\n\0\xff\r\n.",
    )
    expect(response).toMatchObject({ framing: "length", body: "\0\xff\r\n.", complete: true })
    expect(response.all("content-length")).toEqual(["5"])
  })

  // Bun.serve sends whatever is streamed in chunks, and drops the length.
  it("a large body whole, with its length", async () => {
    const body = "0123456789".repeat(100_000)
    const { response } = await through("/x", {}, `HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n${body}`)
    expect(response).toMatchObject({ framing: "length", complete: true })
    expect(response.body === body).toBe(true)
  })

  it("a body in chunks where the service sent chunks", async () => {
    const { response } = await through(
      "/x",
      {},
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n",
    )
    expect(response).toMatchObject({ body: "abcdefg", complete: true })
    expect(response.get("content-length") ?? "7").toBe("7")
  })

  it("a body that ends with the service's connection", async () => {
    const closing = await rawUpstream(({ socket }) => {
      socket.end("HTTP/1.1 200 OK\r\n\r\nuntil the end")
      return undefined
    })
    await using own = await gateway({ services: { shop: closing.url }, routes: { "/*": "shop" } })
    const response = await ask(own.url, "/x")
    closing[Symbol.dispose]()
    expect(response).toMatchObject({ status: 200, body: "until the end", complete: true })
  })

  it("a compressed body exactly as the service compressed it", async () => {
    const body = Buffer.from(Bun.gzipSync("a body")).toString("latin1")
    const { received, response } = await through(
      "/x",
      { headers: ["Accept-Encoding: gzip"] },
      `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    expect(received.get("accept-encoding")).toBe("gzip")
    expect(response.get("content-encoding")).toBe("gzip")
    expect(response.body).toBe(body)
  })

  it("an answer of the service after its interim answers", async () => {
    const { response } = await through("/x", {}, `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${plain}`)
    // An interim answer may be passed on or left out, but the answer comes.
    expect([
      [103, ""],
      [200, "ok"],
    ]).toContainEqual([response.status, response.body])
  })
})
