import { afterAll, beforeAll, describe, expect, it } from "vitest"

import { type Gateway, gateway } from "../support/gateway.ts"
import { ask, type RawRequest, type RawResponse } from "../support/raw.ts"
import { save } from "../support/saves.ts"
import { freePort, type RawUpstream, rawUpstream } from "../support/upstream.ts"

let upstream: RawUpstream

beforeAll(async () => {
  upstream = await rawUpstream(
    () =>
      "HTTP/1.1 200 OK\r\nServer: nginx\r\nX-Frame-Options: DENY\r\nVary: Accept-Language\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 2\r\n\r\nok",
  )
})

afterAll(() => upstream[Symbol.dispose]())

const shop = "https://shop.example"
const from = (origin: string, ...more: string[]): RawRequest => ({ headers: [`Origin: ${origin}`, ...more] })
const preflight = (origin: string, method: string, ...more: string[]): RawRequest => ({
  method: "OPTIONS",
  headers: [`Origin: ${origin}`, `Access-Control-Request-Method: ${method}`, ...more],
})

describe.each([false, true])("what stands at the edge, with http2: %j", (http2) => {
  let bellhop: Gateway

  beforeAll(async () => {
    const config = `{
      listen: { host: "127.0.0.1", port: 0, http2: ${http2} },
      proxies: { trust: ["loopback", "10.0.0.0/8"], host: true },
      services: { shop: ${JSON.stringify(upstream.url)}, gone: "http://127.0.0.1:${await freePort()}" },
      defaults: { securityHeaders: true },
      routes: {
        "/any/*": "shop",
        "/inside": { service: "shop", ipFilter: { allow: ["192.168.0.0/16"], deny: ["192.168.6.6"] } },
        "POST /orders": { service: "shop", cors: { origins: ["${shop}"], credentials: true }, bodyLimit: "4b", csrf: true },
        "/orders": { service: "shop", cors: { origins: "*" } },
        "GET /orders": { service: "gone", cors: { origins: ["${shop}", "https://*.pages.example"] } },
        "GET /blocked": { service: "shop", cors: { origins: ["${shop}"] }, ipFilter: { deny: [file("blocked.txt")] } },
        "GET /human": { service: "shop", bots: { deny: ["bot"], empty: "deny" } },
      },
    }`
    bellhop = await gateway(config, { files: { "blocked.txt": "# nobody yet\n203.0.113.0/24\n" }, args: ["--watch"] })
  })

  afterAll(() => bellhop[Symbol.asyncDispose]())

  const get = (target: string, request: RawRequest = {}): Promise<RawResponse> => ask(bellhop.url, target, request)

  /** What the service hears of where a request comes from. */
  async function heard(...headers: string[]): Promise<Record<string, string | undefined>> {
    const target = `/any/${crypto.randomUUID()}`
    await get(target, { headers })
    const { get: line } = await upstream.next(target)
    return {
      for: line("x-forwarded-for"),
      proto: line("x-forwarded-proto"),
      host: line("x-forwarded-host"),
      forwarded: line("forwarded"),
    }
  }

  it("tells services where a request comes from as trusted proxies say it, and nothing that they do not", async () => {
    const own = { for: "127.0.0.1", proto: "http", host: "gateway.test", forwarded: undefined }
    expect(await heard()).toEqual(own)
    expect(
      await heard(
        "X-Forwarded-For: 1.2.3.4, 198.51.100.7, 10.0.0.9",
        "X-Forwarded-Proto: https",
        "Forwarded: for=9.9.9.9",
      ),
    ).toEqual({ ...own, for: "198.51.100.7, 10.0.0.9, 127.0.0.1", proto: "https" })
    expect(await heard("X-Forwarded-For: 192.0.2.1", "X-Forwarded-Host: shop.example")).toEqual({
      ...own,
      for: "192.0.2.1, 127.0.0.1",
      host: "shop.example",
    })
    expect(await heard("X-Forwarded-For: 10.0.0.5, nonsense")).toMatchObject({ for: "unknown, 127.0.0.1" })
    expect(await heard("X-Forwarded-For: 192.0.2.1", "Connection: X-Forwarded-For")).toMatchObject({
      for: "192.0.2.1, 127.0.0.1",
    })
  })

  it("refuses a host that a proxy says and that is none", async () => {
    const headers = ["X-Forwarded-For: 192.0.2.1", "X-Forwarded-Host: a/b"]
    expect(await get("/any/x", { headers })).toMatchObject({ status: 400 })
  })

  it("lets in by the address that proxies tell, with nothing more said to others", async () => {
    const status = async (client: string): Promise<number> =>
      (await get("/inside", { headers: [`X-Forwarded-For: ${client}`] })).status
    expect(await status("192.168.1.1")).toBe(200)
    expect(await status("::ffff:192.168.1.1")).toBe(200)
    expect(await status("[::ffff:192.168.1.1]:99")).toBe(200)
    expect(await status("192.168.6.6")).toBe(403)
    expect(await status("192.168.1.1, 203.0.113.9")).toBe(403)
    expect(await status("192.168.1.1, 192.168.1")).toBe(403)
    const refused = await get("/inside")
    expect(refused.status).toBe(403)
    expect(JSON.parse(refused.body)).toMatchObject({ code: "forbidden", detail: "This client is not let in." })
  })

  it("answers what browsers ask before a request by the route of its method, before credentials are asked for", async () => {
    const post = await get("/orders", preflight(shop, "POST", "Access-Control-Request-Headers: x-a"))
    expect(post).toMatchObject({ status: 204, body: "" })
    expect(post.get("access-control-allow-origin")).toBe(shop)
    expect(post.get("access-control-allow-credentials")).toBe("true")
    expect(post.get("access-control-allow-methods")).toBe("POST")
    expect(post.get("access-control-allow-headers")).toBe("x-a")
    expect(post.get("vary")).toBe("origin, access-control-request-method, access-control-request-headers")
    expect((await get("/orders", preflight("https://evil.test", "POST"))).status).toBe(403)
    const any = await get("/orders", preflight("https://evil.test", "DELETE"))
    expect([any.status, any.get("access-control-allow-origin")]).toEqual([204, "*"])
    const read = await get("/orders", preflight("https://a.pages.example", "GET"))
    expect([read.status, read.get("access-control-allow-origin")]).toEqual([204, "https://a.pages.example"])
  })

  it("marks answers and failures alike for the origins that may read them", async () => {
    const origin = (response: RawResponse) => response.get("access-control-allow-origin")
    const fine = await get("/orders", { ...from(shop), method: "PUT" })
    expect([fine.status, origin(fine), fine.get("vary")]).toEqual([200, "*", "Accept-Language"])
    const gone = await get("/orders", from("https://a.pages.example"))
    expect([gone.status, origin(gone), gone.get("vary")]).toEqual([502, "https://a.pages.example", "origin"])
    const large = await get("/orders", { ...from(shop), method: "POST", body: "12345" })
    expect([large.status, origin(large)]).toEqual([413, shop])
    const other = await get("/orders", from("https://pages.example.evil.test"))
    expect([other.status, origin(other), other.get("vary")]).toEqual([502, undefined, "origin"])
    const plain = await get("/blocked")
    expect([plain.status, origin(plain), plain.get("vary")]).toEqual([200, undefined, "Accept-Language, origin"])
  })

  it("refuses what pages of other sites send", async () => {
    const post = async (...headers: string[]) => (await get("/orders", { method: "POST", headers, body: "1" })).status
    expect(await post()).toBe(200)
    expect(await post("Sec-Fetch-Site: same-origin")).toBe(200)
    expect(await post("Sec-Fetch-Site: cross-site")).toBe(403)
    expect(await post("Origin: https://evil.test")).toBe(403)
    expect(await post("Origin: https://gateway.test", "X-Forwarded-Proto: https", "X-Forwarded-For: 192.0.2.1")).toBe(
      200,
    )
    expect(await post("Origin: http://gateway.test", "X-Forwarded-Proto: https", "X-Forwarded-For: 192.0.2.1")).toBe(
      403,
    )
  })

  it("adds security headers to answers and failures, and leaves what services say", async () => {
    const fine = await get("/any/x")
    expect([fine.get("server"), fine.get("x-frame-options"), fine.get("x-content-type-options")]).toEqual([
      undefined,
      "DENY",
      "nosniff",
    ])
    expect(fine.get("strict-transport-security")).toBeUndefined()
    const failed = await get("/orders", { headers: ["X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https"] })
    expect([failed.status, failed.get("x-frame-options"), failed.get("strict-transport-security")]).toEqual([
      502,
      "SAMEORIGIN",
      "max-age=31536000",
    ])
  })

  it("refuses programs by their names", async () => {
    const agent = async (...headers: string[]) => (await get("/human", { headers })).status
    expect(await agent("User-Agent: Mozilla/5.0")).toBe(200)
    expect(await agent("User-Agent: SomeBot/1")).toBe(403)
    expect(await agent()).toBe(403)
  })

  it("goes by a list of addresses as soon as its file changes", async () => {
    const headers = ["X-Forwarded-For: 198.51.100.9"]
    expect((await get("/blocked", { headers })).status).toBe(200)
    save(bellhop.folder.path, "blocked.txt", "198.51.100.0/24\n")
    await bellhop.next(({ event, generation }) => event === "reload" && generation === 2)
    expect((await get("/blocked", { headers })).status).toBe(403)
    save(bellhop.folder.path, "blocked.txt", "198.51.100.0/24\nnobody\n")
    const refused = await bellhop.next(({ event, outcome }) => event === "reload" && outcome === "refused")
    expect(refused.issues).toMatchObject([
      { code: "E204", message: 'Line 2 of file("blocked.txt") is no network: it is no address.' },
    ])
    expect((await get("/blocked", { headers })).status).toBe(403)
  })
})

describe("a gateway that trusts no proxy", () => {
  it("takes who connects for the client, whatever is said", async () => {
    await using bellhop = await gateway({
      services: { shop: upstream.url },
      routes: { "/alone": { service: "shop", ipFilter: { deny: ["127.0.0.1"] } }, "/plain": "shop" },
    })
    const headers = ["X-Forwarded-For: 192.0.2.1", "Forwarded: for=192.0.2.1;proto=https", "X-Real-IP: 192.0.2.1"]
    expect((await ask(bellhop.url, "/alone", { headers })).status).toBe(403)
    await ask(bellhop.url, "/plain", { headers })
    const { get } = await upstream.next("/plain")
    expect(["x-forwarded-for", "x-forwarded-proto", "forwarded", "x-real-ip"].map((name) => get(name))).toEqual([
      "127.0.0.1",
      "http",
      undefined,
      undefined,
    ])
  })
})
