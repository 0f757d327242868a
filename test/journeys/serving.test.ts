import { afterAll, beforeAll, describe, expect, it } from "vitest"

import { type Gateway, gateway } from "../support/gateway.ts"
import { ask, connect, type RawRequest, type RawResponse } from "../support/raw.ts"
import { freePort, type RawUpstream, rawUpstream } from "../support/upstream.ts"

let upstream: RawUpstream
let bellhop: Gateway

beforeAll(async () => {
  upstream = await rawUpstream(
    ({ method, target }) =>
      `HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${method === "HEAD" ? "" : target}`,
  )
  bellhop = await gateway({
    services: { shop: upstream.url, gone: `http://127.0.0.1:${await freePort()}` },
    routes: {
      "GET /cart": "shop",
      "POST,PUT /cart": "shop",
      "GET /text": { reply: { body: "some text", headers: { "x-own": "1" } } },
      "HEAD /head": { reply: { status: 204, headers: { "x-own": "head" } } },
      "GET /head": { reply: { status: 204, headers: { "x-own": "get" } } },
      "OPTIONS /own": { reply: { status: 200, body: "own" } },
      "GET /own": { reply: { body: "own" } },
      "/any": { reply: { body: "any" } },
      "GET /any": { reply: { body: "get" } },
      "/gone": "gone",
      "GET /unnamed": { reply: { body: "x" }, requestId: false },
      "GET /other": { reply: { body: "x" }, requestId: { header: "X-Trace", accept: false } },
      "GET /items/:id": { reply: { body: "item" } },
      "GET /items/new": { reply: { body: "new" } },
      "DELETE /items/:id": { reply: { status: 204 } },
      "GET api.test/where": { reply: { body: "api" } },
      "GET *.api.test/where": { reply: { body: "below api" } },
      "GET /where": { reply: { body: "anywhere" } },
    },
  })
})

afterAll(async () => {
  await bellhop[Symbol.asyncDispose]()
  upstream[Symbol.dispose]()
})

const get = (target: string, request: RawRequest = {}): Promise<RawResponse> => ask(bellhop.url, target, request)

const problem = (response: RawResponse): Record<string, unknown> => {
  expect(response.get("content-type")).toBe("application/problem+json")
  return JSON.parse(response.body) as Record<string, unknown>
}

describe("a path that no route has", () => {
  it("is 404 in a form that programs read", async () => {
    const response = await get("/nothing")
    expect(response.status).toBe(404)
    expect(problem(response)).toMatchObject({
      type: "urn:bellhop:route_not_found",
      status: 404,
      code: "route_not_found",
      title: expect.any(String),
      detail: "No route for GET /nothing.",
    })
    expect(response.get("cache-control")).toBe("no-store")
  })

  it.each(["/", "/cart/", "/cart/x", "/cartx", "/Cart", "/items", "/items/", "/items/1/2"])(
    "is 404: %s",
    async (target) => {
      expect((await get(target)).status).toBe(404)
    },
  )

  it("is 404 to OPTIONS as well", async () => {
    expect((await get("/nothing", { method: "OPTIONS" })).status).toBe(404)
  })
})

describe("a path that has routes for other methods", () => {
  it.each([
    ["DELETE", "/cart", ["GET", "HEAD", "POST", "PUT", "OPTIONS"]],
    ["PROPFIND", "/text", ["GET", "HEAD", "OPTIONS"]],
    ["POST", "/items/7", ["GET", "HEAD", "DELETE", "OPTIONS"]],
    ["POST", "/head", ["GET", "HEAD", "OPTIONS"]],
  ])("is 405 to %s %s and names them", async (method, target, allowed) => {
    const response = await get(target, { method })
    expect(response.status).toBe(405)
    expect(response.get("allow")?.split(", ").sort()).toEqual(allowed.toSorted())
    expect(problem(response)).toMatchObject({ code: "method_not_allowed", status: 405 })
  })

  it("names them to OPTIONS", async () => {
    const response = await get("/cart", { method: "OPTIONS" })
    expect(response.status).toBe(204)
    expect(response.get("allow")?.split(", ").sort()).toEqual(["GET", "HEAD", "OPTIONS", "POST", "PUT"])
  })

  it("leaves OPTIONS to a route of its own", async () => {
    expect(await get("/own", { method: "OPTIONS" })).toMatchObject({ status: 200, body: "own" })
    expect(await get("/any", { method: "OPTIONS" })).toMatchObject({ status: 200, body: "any" })
  })
})

describe("a route", () => {
  it("for any method is behind one for this method", async () => {
    expect((await get("/any")).body).toBe("get")
    expect((await get("/any", { method: "POST" })).body).toBe("any")
    expect((await get("/any", { method: "PURGE" })).body).toBe("any")
  })

  it("with text is before one with a parameter, for its methods only", async () => {
    expect((await get("/items/new")).body).toBe("new")
    expect((await get("/items/7")).body).toBe("item")
    expect((await get("/items/new", { method: "DELETE" })).status).toBe(204)
  })

  it("of a host is before one of a wildcard, and that before one of any", async () => {
    expect((await get("/where", { host: "api.test" })).body).toBe("api")
    expect((await get("/where", { host: "API.test:8080" })).body).toBe("api")
    expect((await get("/where", { host: "eu.api.test" })).body).toBe("below api")
    expect((await get("/where", { host: "xapi.test" })).body).toBe("anywhere")
  })

  it("takes a path by its meaning, not by its spelling", async () => {
    expect((await get("/%74ext")).body).toBe("some text")
    expect((await get("//text")).body).toBe("some text")
    expect((await get("/text?x")).body).toBe("some text")
  })
})

describe("HEAD", () => {
  it("is answered by the route of GET, without the body", async () => {
    using client = await connect(bellhop.url)
    client.send("HEAD /text HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    const bytes = await client.rest()
    expect(bytes).toMatch(/^HTTP\/1\.1 200 /)
    expect(bytes).toMatch(/\r\ncontent-length: 9\r\n/i)
    expect(bytes).toMatch(/\r\nx-own: 1\r\n/i)
    expect(bytes.endsWith("\r\n\r\n")).toBe(true)
  })

  it("is answered by a service as HEAD", async () => {
    const [response, received] = await Promise.all([get("/cart", { method: "HEAD" }), upstream.next()])
    expect(received.method).toBe("HEAD")
    expect(response.get("content-length")).toBe("5")
  })

  it("has a route of its own where the config has one", async () => {
    expect((await get("/head", { method: "HEAD" })).get("x-own")).toBe("head")
    expect((await get("/head")).get("x-own")).toBe("get")
  })

  it("of a failure has no body either", async () => {
    for (const target of ["/nothing", "/gone"]) {
      using client = await connect(bellhop.url)
      client.send(`HEAD ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
      const bytes = await client.rest()
      expect(bytes).toMatch(/^HTTP\/1\.1 (404|502) /)
      expect(bytes.endsWith("\r\n\r\n")).toBe(true)
    }
  })
})

describe("the id of a request", () => {
  it("is new for each request, and the same for the client and the service", async () => {
    const [one, received] = await Promise.all([get("/cart"), upstream.next()])
    const id = one.get("x-request-id")
    expect(id).toMatch(/^[0-9a-f-]{36}$/)
    expect(received.all("x-request-id")).toEqual([id])
    const [other] = await Promise.all([get("/cart"), upstream.next()])
    expect(other.get("x-request-id")).not.toBe(id)
  })

  it("is the client's where that is one", async () => {
    const headers = ["X-Request-Id: a1:b/c+d=e_f.g-h"]
    const [one, received] = await Promise.all([get("/cart", { headers }), upstream.next()])
    expect(one.all("x-request-id")).toEqual(["a1:b/c+d=e_f.g-h"])
    expect(received.all("x-request-id")).toEqual(["a1:b/c+d=e_f.g-h"])
  })

  it.each([
    ["too long", "a".repeat(129)],
    ["empty", ""],
    ["of other letters", "caf\xe9"],
    ["with a space", "a b"],
    ["two in one line", "a, b"],
    ["a forged log line", 'a" level=error x="'],
    ["an escape sequence", "\\u001b[31m"],
    ["markup", "<script>"],
  ])("is not the client's when that is %s", async (_, sent) => {
    const headers = [`X-Request-Id: ${sent}`]
    const [one, received] = await Promise.all([get("/cart", { headers }), upstream.next()])
    expect(one.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/)
    expect(received.all("x-request-id")).toEqual(one.all("x-request-id"))
  })

  it("is not the client's when that sends two", async () => {
    const headers = ["X-Request-Id: one", "X-Request-Id: two"]
    const [one, received] = await Promise.all([get("/cart", { headers }), upstream.next()])
    expect(one.all("x-request-id")).toHaveLength(1)
    expect(received.all("x-request-id")).toEqual(one.all("x-request-id"))
    expect(one.get("x-request-id")).not.toMatch(/one|two/)
  })

  it("is in a failure as well, in its body and in its header", async () => {
    const response = await get("/gone", { headers: ["X-Request-Id: mine"] })
    expect(response.status).toBe(502)
    expect(problem(response)).toMatchObject({ code: "unreachable", exchange: "mine" })
    expect(response.all("x-request-id")).toEqual(["mine"])
  })

  it("has a header of another name where the config says so, and none where it is off", async () => {
    expect((await get("/unnamed")).all("x-request-id")).toEqual([])
    const other = await get("/other", { headers: ["X-Trace: mine"] })
    expect(other.get("x-trace")).toMatch(/^[0-9a-f-]{36}$/)
    expect(other.all("x-request-id")).toEqual([])
  })
})

describe("a failure", () => {
  it("of a service says which one, and not where it is", async () => {
    const response = await get("/gone")
    expect(problem(response)).toMatchObject({
      status: 502,
      code: "unreachable",
      detail: expect.stringContaining('"gone"'),
    })
    expect(response.body).not.toMatch(/127\.0\.0\.1|:\d{4,5}|ECONN|\.ts/)
  })

  it("of a function of the config says nothing of it; the log has it under the same id", async () => {
    await using own = await gateway(`{ routes: { "GET /x": { handler: () => { throw new Error("a secret") } } } }`)
    const response = await ask(own.url, "/x")
    expect(response.status).toBe(500)
    const { exchange, ...rest } = problem(response)
    expect(rest).toMatchObject({ code: "internal", status: 500 })
    expect(response.body).not.toContain("secret")
    own.kill()
    await own.exited
    expect(own.stderr()).toContain(String(exchange))
    expect(own.stderr()).toContain("a secret")
  })
})

describe("a connection", () => {
  it("stays open from request to request, also after failures", async () => {
    using client = await connect(bellhop.url)
    for (const [target, status] of [
      ["/text", 200],
      ["/nothing", 404],
      ["/gone", 502],
      ["/a%00", 400],
      ["/text", 200],
    ] as const) {
      client.send(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`)
      expect((await client.response())?.status).toBe(status)
    }
  })

  it("ends after a request that asks for it", async () => {
    using client = await connect(bellhop.url)
    client.send("GET /text HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    expect(await client.rest()).toMatch(/some text$/)
  })

  it("of HTTP/1.0 is answered too", async () => {
    using client = await connect(bellhop.url)
    client.send("GET /text HTTP/1.0\r\nHost: a\r\n\r\n")
    expect(await client.rest()).toMatch(/^HTTP\/1\.[01] 200 [^]*some text$/)
  })
})
