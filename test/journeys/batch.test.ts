import { describe, expect, it } from "vitest"

import { gateway } from "../support/gateway.ts"
import { ask, connect, requestText } from "../support/raw.ts"
import { rawUpstream, type Received } from "../support/upstream.ts"

const answer = (body: string, headers: readonly string[] = ["Content-Type: application/json"]): string =>
  [
    "HTTP/1.1 200 OK",
    ...headers,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    Buffer.from(body).toString("latin1"),
  ].join("\r\n")

const json = ["Content-Type: application/json"]

const headerOf = (headers: readonly (readonly [string, string])[], name: string): string | undefined =>
  headers.find(([key]) => key.toLowerCase() === name)?.[1]

interface Entry {
  id: string | number
  status: number
  headers: Record<string, unknown>
  body: unknown
  encoding?: string
}

const entriesIn = (body: string): Entry[] =>
  (JSON.parse(Buffer.from(body, "latin1").toString()) as { responses: Entry[] }).responses

async function batch(url: string, requests: unknown, headers: readonly string[] = []): Promise<Entry[]> {
  const reply = await ask(url, "/batch", {
    method: "POST",
    headers: [...json, ...headers],
    body: Buffer.from(JSON.stringify({ requests })).toString("latin1"),
  })
  expect([reply.status, reply.body.slice(0, 1)]).toEqual([200, "{"])
  return entriesIn(reply.body)
}

describe("a batch", () => {
  it("asks each service as if its request had come by itself, and answers in the order of the requests", async () => {
    const first = Promise.withResolvers<void>()
    using cart = await rawUpstream(async () => {
      await first.promise
      return answer('{"total":12345678901234567890,\r\n"__proto__":1}', [
        ...json,
        "Set-Cookie: c=1; HttpOnly",
        "Set-Cookie: d=2",
      ])
    })
    using user = await rawUpstream(({ target }) => {
      first.resolve()
      return target === "/v2/users/7"
        ? answer("\0\xff", ["Content-Type: image/png"])
        : answer("hé", ["Content-Type: text/plain"])
    })
    await using served = await gateway({
      services: { cart: cart.url, user: user.url },
      routes: {
        "GET /cart": "cart",
        "/users/:id": { service: "user", path: "/v2/users/:id" },
        "POST /orders": "user",
        "POST /batch": { batch: { routes: ["GET /cart", "/users/:id", "POST /orders"] } },
      },
    })
    const found = await batch(
      served.url,
      [
        { id: "cart", path: "/cart?x=%41" },
        { path: "/users/7", headers: { Authorization: "Bearer other" } },
        {
          id: "order",
          method: "POST",
          path: "/orders",
          body: { n: 1, name: "é" },
          headers: { "Idempotency-Key": "k" },
        },
      ],
      ["Cookie: s=1", "Authorization: Bearer mine", "X-Request-Id: r", "X-Tenant: t", "Accept-Encoding: gzip"],
    )
    expect(found.map(({ id, status, body, encoding }) => [id, status, body, encoding])).toEqual([
      ["cart", 200, JSON.parse('{"total":12345678901234567890,"__proto__":1}'), undefined],
      [1, 200, "AMO/", "base64"],
      ["order", 200, "hé", undefined],
    ])
    expect(found[0]?.headers).toMatchObject({ "set-cookie": ["c=1; HttpOnly", "d=2"], "x-request-id": "r-1" })

    const asked = async (upstream: typeof cart, target: string): Promise<Received> => upstream.next(target)
    const one = await asked(cart, "/cart?x=%41")
    expect([headerOf(one.headers, "cookie"), headerOf(one.headers, "authorization")]).toEqual(["s=1", "Bearer mine"])
    expect(
      ["x-tenant", "accept-encoding", "content-length", "content-type"].map((name) => headerOf(one.headers, name)),
    ).toEqual([undefined, undefined, undefined, undefined])
    expect(headerOf((await asked(user, "/v2/users/7")).headers, "authorization")).toBe("Bearer other")
    const order = await asked(user, "/orders")
    expect(Buffer.from(order.body, "latin1").toString()).toBe('{"n":1,"name":"é"}')
    expect(
      ["content-type", "content-length", "idempotency-key", "x-request-id"].map((name) =>
        headerOf(order.headers, name),
      ),
    ).toEqual(["application/json", "19", "k", "r-3"])
  })

  it("keeps numbers and cookies as the service sent them, to the byte", async () => {
    using cart = await rawUpstream(() => answer("1.10", [...json, "Set-Cookie: c=1"]))
    await using served = await gateway({
      services: { cart: cart.url },
      routes: {
        "GET /cart": { service: "cart", requestId: false },
        "POST /batch": { batch: { routes: ["GET /cart"] } },
      },
    })
    const reply = await ask(served.url, "/batch", {
      method: "POST",
      headers: json,
      body: '[{"path":"/cart"},{"path":"/cart"}]',
    })
    const entry = (id: number): string =>
      `{"id":${id},"status":200,"headers":{"content-type":"application/json","set-cookie":["c=1"]},"body":1.10}`
    expect(reply.body).toBe(`{"responses":[${entry(0)},${entry(1)}]}`)
    expect(headerOf(reply.headers, "set-cookie")).toBeUndefined()
    expect(headerOf(reply.headers, "cache-control")).toBe("no-store")
  })

  it("lets nothing through that would not come through by itself", async () => {
    using inner = await rawUpstream(() => answer("1"))
    await using served = await gateway({
      services: { inner: inner.url },
      routes: {
        "/open/*": "inner",
        "/secret/*": "inner",
        "POST /batch": { batch: { routes: ["/open/*"], maxBody: "64kb" } },
      },
    })
    const refusals: [entry: object, status: number][] = [
      [{ path: "/secret/a" }, 403],
      [{ path: "//secret/a" }, 403],
      [{ path: "/s%65cret/a" }, 403],
      [{ path: "/open/../secret/a" }, 400],
      [{ path: "/open/..%2f..%2fsecret" }, 400],
      [{ path: "/open/%2e%2e/secret" }, 400],
      [{ path: "http://127.0.0.1/open/a" }, 400],
      [{ path: "//evil.example/open/a" }, 404],
      [{ path: "/open/a HTTP/1.1\r\nHost: evil\r\n\r\n" }, 400],
      [{ path: "/open/a", headers: { "x-a": "1\r\nx-b: 2" } }, 400],
      [{ path: "/open/a", headers: { host: "evil.example" } }, 400],
      [{ path: "/open/a", headers: { "x-forwarded-for": "10.0.0.1" } }, 400],
      [{ path: "/open/a", headers: { upgrade: "websocket", connection: "upgrade" } }, 400],
      [{ path: "/open/a", method: "get" }, 400],
      [{ path: "/open/a", method: "CONNECT" }, 501],
      [{ path: "/open/a", method: "TRACE" }, 501],
      [{ path: "/batch", method: "POST", body: [{ path: "/open/a" }] }, 403],
    ]
    const found = await batch(served.url, [...refusals.map(([entry]) => entry), { path: "/open/a" }])
    expect(found.map(({ status }) => status)).toEqual([...refusals.map(([, status]) => status), 200])
    expect(inner.received.map(({ target }) => target)).toEqual(["/open/a"])

    const whole: [body: string, headers: readonly string[], status: number][] = [
      ["[]", ["Content-Type: text/plain"], 415],
      ["[]", [], 415],
      [JSON.stringify(Array.from({ length: 10_000 }, () => ({}))), json, 400],
      ["[".repeat(30_000), json, 400],
      ["[".repeat(30_000) + "]".repeat(30_000), json, 400],
      [`[{"body":"${"a".repeat(70_000)}"}]`, json, 413],
      ['[{"id":"a","path":"/open/a"},{"id":"a","path":"/open/a"}]', json, 400],
      ['{"__proto__":[]}', json, 400],
      ["1e999", json, 400],
    ]
    for (const [body, headers, status] of whole)
      expect((await ask(served.url, "/batch", { method: "POST", headers, body })).status).toBe(status)
    expect(inner.received).toHaveLength(1)
  })

  it("has 504 for those that are not done in its time, and hangs up on their services", async () => {
    using silent = await rawUpstream(() => undefined)
    using well = await rawUpstream(() => answer("1"))
    await using served = await gateway({
      services: { silent: silent.url, well: well.url },
      routes: {
        "GET /silent": "silent",
        "GET /well": "well",
        "POST /batch": { batch: { routes: ["GET /silent", "GET /well"], concurrency: 2 }, timeout: "300ms" },
      },
    })
    const found = await batch(served.url, [
      { path: "/silent" },
      { path: "/well" },
      { path: "/silent" },
      { path: "/well" },
    ])
    expect(found.map(({ status }) => status)).toEqual([504, 200, 504, 504])
    await (
      await silent.next()
    ).gone
    const metrics = await (await fetch(`${served.admin}/metrics`)).text()
    expect(metrics).toContain('bellhop_requests_total{route="GET /well",status="200"} 1')
    expect(metrics).toContain('bellhop_requests_total{route="GET /silent",status="504"} 2')
    expect(metrics).toContain('bellhop_requests_total{route="POST /batch",status="200"} 1')
  })

  it("ends all of its requests when the client leaves", async () => {
    using silent = await rawUpstream(() => undefined)
    await using served = await gateway({
      services: { silent: silent.url },
      routes: { "GET /silent/*": "silent", "POST /batch": { batch: { routes: ["GET /silent/*"], concurrency: 2 } } },
    })
    const client = await connect(served.url)
    client.send(
      requestText("/batch", {
        method: "POST",
        headers: json,
        body: '[{"path":"/silent/a"},{"path":"/silent/b"},{"path":"/silent/c"}]',
      }),
    )
    const asked = [await silent.next("/silent/a"), await silent.next("/silent/b")]
    client[Symbol.dispose]()
    await Promise.all(asked.map(({ gone }) => gone))
    expect(silent.received).toHaveLength(2)
  })

  it("shows the credentials of the batch for each of its requests, which reach no service", async () => {
    using service = await rawUpstream(({ headers }) =>
      answer(
        JSON.stringify({ key: headerOf(headers, "x-api-key") ?? null, user: headerOf(headers, "x-user") ?? null }),
      ),
    )
    const digest = new Bun.CryptoHasher("sha256").update("a key that is long enough").digest("hex")
    await using served = await gateway({
      services: { shop: service.url },
      defaults: { auth: { apiKey: { keys: { ann: `sha256:${digest}` } }, tell: { headers: { "x-user": "subject" } } } },
      routes: {
        "GET /cart": "shop",
        "GET /stock": "shop",
        "POST /batch": { batch: { routes: ["GET /cart", "GET /stock"] } },
      },
    })
    const requests = [{ path: "/cart" }, { path: "/stock", headers: { "x-api-key": "another" } }]
    const entries = await batch(served.url, requests, ["X-API-Key: a key that is long enough"])
    expect(entries.map(({ status, body }) => [status, (body as { user?: string }).user])).toEqual([
      [200, "ann"],
      [401, undefined],
    ])
    expect(entries[0]?.body).toEqual({ key: null, user: "ann" })
    const without = await ask(served.url, "/batch", {
      method: "POST",
      headers: json,
      body: JSON.stringify({ requests }),
    })
    expect(without.status).toBe(401)
  })
})
