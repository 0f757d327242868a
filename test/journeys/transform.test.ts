import { readFileSync } from "node:fs"
import { gzipSync } from "node:zlib"

import { describe, expect, it } from "vitest"

import { attacks } from "../formats/xml-attacks.ts"
import { type Gateway, gateway } from "../support/gateway.ts"
import { ask, type RawRequest } from "../support/raw.ts"
import { soapService } from "../support/soap-service.ts"
import { rawUpstream, webUpstream } from "../support/upstream.ts"

const json = async (
  bellhop: Gateway,
  target: string,
  request: RawRequest = {},
): Promise<[status: number, body: unknown]> => {
  const { status, body } = await ask(bellhop.url, target, request)
  return [status, JSON.parse(Buffer.from(body, "latin1").toString())]
}

const post = (type: string, body: string): RawRequest => ({ method: "POST", headers: [`Content-Type: ${type}`], body })

/** A service that speaks nothing but XML. */
const xmlService = () =>
  webUpstream(async (request) => {
    const { pathname, search } = new URL(request.url)
    const headers = { "content-type": "text/xml; charset=iso-8859-1", etag: '"1"' }
    if (request.method === "POST")
      return new Response(
        `<got type="${request.headers.get("content-type")}" length="${request.headers.get("content-length")}"><![CDATA[${await request.text()}]]></got>`,
        { headers },
      )
    const order = `<?xml version="1.0" encoding="iso-8859-1"?><order id="7"><path>${pathname}${search.replaceAll("&", "&amp;")}</path><name>Zo\xeb</name><cost>3</cost><item><sku>a</sku><cost>1</cost></item></order>`
    const bytes = Buffer.from(order, "latin1")
    if (pathname === "/packed")
      return new Response(gzipSync(bytes), { headers: { ...headers, "content-encoding": "gzip" } })
    return new Response(bytes, { headers })
  })

describe("a service that speaks XML", () => {
  const routes = `{
    "GET /*": {
      service: "shop",
      transform: {
        request: { query: { rename: { q: "search" }, set: { user: ":headers.x-user" } } },
        response: {
          from: ["xml"], accept: ["json", "yaml", "xml"],
          xml: { arrays: ["order.item"], root: "order", values: true },
          rename: { "@id": "id" }, set: { tenant: ":headers.x-user" },
          map: (order, { path }) => ({ ...order, items: order.item.length, path }),
        },
        internal: ["**.cost"], fields: true,
      },
    },
    "POST /*": { service: "shop", transform: { request: { from: ["json", "form"], to: "xml", xml: { root: "order" } }, response: { to: "json" } } },
  }`
  const start = (url: string) => gateway(`{ services: { shop: "${url}" }, routes: ${routes} }`)

  it("is asked in JSON, and answers in the format that the client takes", async () => {
    using service = xmlService()
    await using bellhop = await start(service.url)
    const headers = ["X-User: mina"]
    const order = { id: 7, path: "/orders/7", name: "Zoë", item: [{ sku: "a" }], tenant: "mina", items: 1 }
    for (const path of ["/orders/7", "/packed"])
      expect(await json(bellhop, path, { headers })).toEqual([200, { ...order, path }])
    const found = await ask(bellhop.url, "/orders/7", { headers: [...headers, "Accept: application/yaml"] })
    expect([found.get("content-type"), found.get("vary"), found.get("etag")]).toEqual([
      "application/yaml",
      "accept",
      undefined,
    ])
    expect(Buffer.from(found.body, "latin1").toString()).toContain('name: "Zoë"\nitem:\n  - sku: a\n')
    expect(found.get("content-length")).toBe(String(found.body.length))
    expect(await json(bellhop, "/orders/7?fields=id,item.sku,item.cost", { headers })).toEqual([
      200,
      { id: 7, item: [{ sku: "a" }] },
    ])
    expect((await ask(bellhop.url, "/orders/7", { headers: ["Accept: image/png"] })).status).toBe(406)
  })

  it("gets XML of the client's JSON and forms, with its length", async () => {
    using service = xmlService()
    await using bellhop = await start(service.url)
    const sent = '<?xml version="1.0" encoding="UTF-8"?><order><id>7</id><name>Zoë</name></order>'
    const got = {
      got: {
        "@type": "application/xml",
        "@length": String(Buffer.byteLength(sent)),
        "#text": Buffer.from(sent).toString("latin1"),
      },
    }
    const body = Buffer.from('{"id":7,"name":"Zoë"}').toString("latin1")
    expect(await json(bellhop, "/orders", post("application/json", body))).toEqual([200, got])
    expect(await json(bellhop, "/orders", post("application/x-www-form-urlencoded", "id=7&name=Zo%C3%AB"))).toEqual([
      200,
      got,
    ])
    expect(await json(bellhop, "/orders", post("application/json", "{"))).toEqual([
      400,
      expect.objectContaining({ code: "bad_request" }),
    ])
    expect(await json(bellhop, "/orders", post("text/xml", "<a/>"))).toEqual([
      415,
      expect.objectContaining({ code: "unsupported_type" }),
    ])
  })

  it("has a query that the config rewrites", async () => {
    using service = xmlService()
    await using bellhop = await start(service.url)
    const [, order] = await json(bellhop, "/find?q=a%20b&fields=path&page=2", { headers: ["X-User: m"] })
    expect(order).toEqual({ path: "/find" })
    const plain = await gateway({
      services: { shop: service.url },
      routes: {
        "/*": {
          service: "shop",
          transform: { request: { query: { rename: { q: "search" }, remove: ["debug"] } }, response: { to: "json" } },
        },
      },
    })
    await using again = plain
    expect(await json(again, "/find?q=a%20b&debug=1&page=2")).toMatchObject([
      200,
      { order: { path: "/find?search=a%20b&page=2" } },
    ])
  })
})

describe.each(["1.1", "1.2"] as const)("a service that speaks SOAP %s", (version) => {
  const start = (url: string) =>
    gateway({
      services: { orders: url },
      defaults: { transform: { internal: ["**.cost"] } },
      routes: {
        "GET /orders/:id": {
          service: "orders",
          path: "/OrderService.asmx",
          soap: {
            version,
            operation: "GetOrder",
            namespace: "urn:shop",
            action: "urn:shop/GetOrder",
            body: { id: ":id" },
            xml: { arrays: ["lines.line"], values: true },
            faults: { Server: 503, Receiver: 503 },
          },
        },
        "POST /orders": {
          service: "orders",
          path: "/",
          soap: { version, operation: "GetOrder", namespace: "urn:shop", action: "urn:shop/GetOrder" },
          transform: { request: { rename: { number: "id" } }, response: { flatten: ["lines"], to: "yaml" } },
        },
        "POST /wrong": {
          service: "orders",
          path: "/",
          soap: { version, operation: "GetOrder", namespace: "urn:shop", action: "urn:wrong" },
        },
      },
    })

  it("is asked like any other, and what is internal stays with it", async () => {
    using service = soapService(version)
    await using bellhop = await start(service.url)
    expect(await json(bellhop, "/orders/7?wsdl")).toEqual([
      200,
      { id: 7, total: 12.5, lines: { line: [{ "@sku": "a", "#text": 1 }] } },
    ])
    const { status, body, get } = await ask(bellhop.url, "/orders", post("application/json", '{"number":"8"}'))
    expect([status, get("content-type"), body]).toEqual([
      200,
      "application/yaml",
      'id: "8"\ntotal: "12.5"\nline:\n  "@sku": a\n  "#text": "1"\n',
    ])
  })

  it("has faults that become problems", async () => {
    using service = soapService(version)
    await using bellhop = await start(service.url)
    const code = version === "1.1" ? "Client" : "Sender"
    const [status, problem] = await json(bellhop, "/orders/0")
    expect([status, problem]).toEqual([
      400,
      expect.objectContaining({
        code: "soap_fault",
        detail: "No order 0",
        fault: { code, detail: { Hint: { try: "1" } } },
      }),
    ])
    expect(await json(bellhop, "/orders/busy")).toMatchObject([503, { detail: "Later" }])
    expect(await json(bellhop, "/wrong", post("application/json", "{}"))).toMatchObject([
      400,
      { detail: 'Unknown action "urn:wrong"' },
    ])
  })
})

describe("what is internal", () => {
  it("comes out of no route: services, aggregates, mocks, replies, streams, failures", async () => {
    using service = await rawUpstream(({ target }) => {
      const type = target === "/events" ? "text/event-stream" : "application/json"
      const body =
        target === "/events" ? 'data: {"cost":1,"n":1}\n\ndata: {"n":2}\n\n' : '{"cost":1,"n":1,"in":[{"cost":2}]}'
      const status = target === "/failing" ? "500 Oops" : "200 OK"
      return `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
    })
    await using bellhop = await gateway(
      {
        services: { shop: service.url },
        defaults: { transform: { internal: ["**.cost"] }, compress: true },
        routes: {
          "/*": "shop",
          "GET /all": { aggregate: { one: "shop GET /one", two: "shop GET /two" } },
          "GET /mock": { mock: "mocks/order.json" },
          "GET /reply": { reply: { body: { cost: 1, n: 1 } } },
          "GET /open": { service: "shop", transform: false },
        },
      },
      { command: "dev", files: { "mocks/order.json": '{"cost":1,"n":1}' } },
    )
    const part = { n: 1, in: [{}] }
    expect(await json(bellhop, "/order")).toEqual([200, part])
    expect(await json(bellhop, "/failing")).toEqual([500, part])
    expect(await json(bellhop, "/all")).toEqual([200, { one: part, two: part }])
    expect(await json(bellhop, "/mock")).toEqual([200, { n: 1 }])
    expect(await json(bellhop, "/reply")).toEqual([200, { n: 1 }])
    expect((await ask(bellhop.url, "/events")).body).toBe('data: {"n":1}\n\ndata: {"n":2}\n\n')
    expect(await json(bellhop, "/open")).toEqual([200, { cost: 1, n: 1, in: [{ cost: 2 }] }])
  })
})

describe("what is internal in a part", () => {
  it("comes out by its path, whether all parts come as one or each by itself", async () => {
    using service = await rawUpstream(
      () => 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"cost":1,"n":1}',
    )
    const aggregate = { cart: "shop GET /cart", stock: "shop GET /stock" }
    const transform = { internal: ["cart.cost", "stock"] }
    await using bellhop = await gateway({
      services: { shop: service.url },
      routes: {
        "GET /whole": { aggregate, transform },
        "GET /lines": { aggregate, transform, stream: "ndjson" },
        "GET /events": { aggregate, transform, stream: "sse" },
      },
    })
    expect(await json(bellhop, "/whole")).toEqual([200, { cart: { n: 1 } }])
    for (const path of ["/lines", "/events"]) {
      const { body } = await ask(bellhop.url, path)
      expect(body).not.toContain("cost")
      expect(body).toContain('{"part":"cart","status":200,"value":{"n":1}}')
      expect(body).toContain('{"part":"stock","status":200}')
    }
  })
})

describe("documents that are attacks", () => {
  const rss = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1])

  it("are refused with 400, and cost no memory to speak of", async ({ skip }) => {
    if (process.platform !== "linux") return skip("the memory of a process is read from /proc")
    using service = xmlService()
    await using bellhop = await gateway({
      services: { shop: service.url },
      routes: { "POST /*": { service: "shop", transform: { request: { to: "json" } } } },
    })
    const send = (document: string) => ask(bellhop.url, "/", post("application/xml", document))
    for (let n = 0; n < 20; n++) expect((await send("<a>fine</a>")).status).toBe(200)
    const before = rss(bellhop.pid)
    // An empty body is none: there is nothing to be refused.
    for (const { says, document } of attacks.filter((attack) => attack.says !== "nothing")) {
      const text = Buffer.from(document()).toString("latin1")
      const { status, body } = await send(text)
      expect([says, status, JSON.parse(body)]).toEqual([says, 400, expect.objectContaining({ code: "bad_request" })])
    }
    // Bounded by what was sent, not by what it would have become: the bench has the figures.
    expect(rss(bellhop.pid) - before).toBeLessThan(100 * 1024)
    expect((await send("<a>fine</a>")).status).toBe(200)
  })
})
