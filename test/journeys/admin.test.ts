import { afterAll, beforeAll, describe, expect, it } from "vitest"

import { folder, run } from "../support/executable.ts"
import { configSource, type Gateway, gateway } from "../support/gateway.ts"
import { ask, connect } from "../support/raw.ts"
import { freePort, rawUpstream } from "../support/upstream.ts"

const token = "a-token-of-more-than-16"
const routes = {
  "GET /ok": { reply: { body: "ok" } },
  "GET /made/:id": { reply: { status: 201 } },
  "/gone": "gone",
}

let open: Gateway
let closed: Gateway

beforeAll(async () => {
  const services = { gone: `http://127.0.0.1:${await freePort()}` }
  open = await gateway({ services, routes })
  closed = await gateway({ services, admin: { port: 0, token }, routes })
})

afterAll(async () => {
  await open[Symbol.asyncDispose]()
  await closed[Symbol.asyncDispose]()
})

const own = { host: "localhost" }

describe("/healthz and /readyz", () => {
  it("say yes to a gateway that serves", async () => {
    expect(await ask(open.admin, "/healthz", own)).toMatchObject({ status: 200, body: '{"status":"ok"}' })
    expect(await ask(open.admin, "/readyz", own)).toMatchObject({ status: 200, body: '{"status":"ready"}' })
  })

  it("need no token and tell nothing else", async () => {
    expect(await ask(closed.admin, "/healthz", own)).toMatchObject({ status: 200, body: '{"status":"ok"}' })
    expect(await ask(closed.admin, "/readyz", own)).toMatchObject({ status: 200, body: '{"status":"ready"}' })
  })

  it("answer probes that ask by address or by any name", async () => {
    for (const host of ["127.0.0.1:1", "bellhop.default.svc", "10.0.0.7:9900"])
      expect((await ask(open.admin, "/healthz", { host })).status).toBe(200)
  })

  it("answer HEAD", async () => {
    expect((await ask(open.admin, "/healthz", { ...own, method: "HEAD" })).status).toBe(200)
  })

  it("say no while no config can be served", async () => {
    using broken = folder({ "gateway.config.ts": configSource(`{ routes: { "/": "nobody" } }`) })
    const port = await freePort()
    // Without a config the admin listener has nowhere to be: it opens with the first one that can be served.
    await using running = run(["dev", "--json", "--no-types"], broken.path)
    expect(await running.next(({ event }) => event === "reload")).toMatchObject({ outcome: "refused" })
    broken.write("gateway.config.ts", configSource(`{ admin: { port: ${port} }, routes: { "/": { reply: {} } } }`))
    const { admin = "" } = await running.next(({ event }) => event === "ready")
    expect((await ask(admin, "/readyz", own)).status).toBe(200)
    broken.write("gateway.config.ts", configSource(`{ admin: { port: ${port} }, routes: { "/": "nobody" } }`))
    expect(await running.next(({ outcome }) => outcome === "refused")).toMatchObject({ generation: 1 })
    // The last good config serves on, so the gateway is ready.
    expect((await ask(admin, "/readyz", own)).status).toBe(200)
  })
})

describe("/metrics", () => {
  const sample =
    /^[a-zA-Z_:][a-zA-Z0-9_:]*(\{[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*")*\})? (?:[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?|[-+]?Inf|NaN)$/

  /** The samples of a scrape, after a look at its form. */
  async function scrape(bellhop: Gateway): Promise<Map<string, number>> {
    const response = await ask(bellhop.admin, "/metrics", own)
    expect(response.status).toBe(200)
    expect(response.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8")
    expect(response.body.endsWith("\n")).toBe(true)
    const found = new Map<string, number>()
    const typed: string[] = []
    for (const line of response.body.slice(0, -1).split("\n")) {
      const [, kind, name = ""] = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) ./.exec(line) ?? []
      if (kind === "TYPE") typed.push(name)
      if (kind) continue
      expect(line).toMatch(sample)
      const [series = "", value] = [line.slice(0, line.lastIndexOf(" ")), line.slice(line.lastIndexOf(" ") + 1)]
      const its = /^[^{]*/.exec(series)?.[0] ?? ""
      expect(typed).toContain(typed.includes(its) ? its : its.replace(/_(bucket|sum|count)$/, ""))
      expect(found.has(series)).toBe(false)
      found.set(series, Number(value))
    }
    expect(typed).toEqual([...new Set(typed)])
    return found
  }

  it("is in the text format and counts what was sent, by route and status", async () => {
    await using bellhop = await gateway({ services: { gone: `http://127.0.0.1:${await freePort()}` }, routes })
    const sent: [count: number, target: string, method: string][] = [
      [7, "/ok", "GET"],
      [2, "/ok", "HEAD"],
      [3, "/made/1", "GET"],
      [1, "/made/2?x", "GET"],
      [2, "/gone", "POST"],
      [4, '/no"such\\thing', "GET"],
      [1, "/ok", "POST"],
      [2, "/a%00", "GET"],
    ]
    for (const [count, target, method] of sent)
      for (let one = 0; one < count; one++) await ask(bellhop.url, target, { method })
    const counts = [...(await scrape(bellhop))].filter(([series]) => series.startsWith("bellhop_requests_total"))
    expect(Object.fromEntries(counts)).toEqual({
      'bellhop_requests_total{route="GET /ok",status="200"}': 9,
      'bellhop_requests_total{route="GET /made/:id",status="201"}': 4,
      'bellhop_requests_total{route="/gone",status="502"}': 2,
      'bellhop_requests_total{route="",status="404"}': 4,
      'bellhop_requests_total{route="",status="405"}': 1,
      'bellhop_requests_total{route="",status="400"}': 2,
    })
  })

  it("has no label that a client can make up", async () => {
    await using bellhop = await gateway({ services: { gone: `http://127.0.0.1:${await freePort()}` }, routes })
    const ordinary = async (): Promise<void> => {
      await ask(bellhop.url, "/made/0")
      await ask(bellhop.url, "/no/0", { method: "BREW" })
    }
    await ordinary()
    const before = (await scrape(bellhop)).size
    for (let one = 0; one < 200; one++)
      await ask(bellhop.url, `/made/${one}?${one}`, { host: `h${one}.test`, headers: [`User-Agent: ${one}`] })
    for (let one = 0; one < 50; one++) await ask(bellhop.url, `/no/${one}`, { method: "PROPFIND" })
    expect((await scrape(bellhop)).size).toBe(before)
  })

  it("shows what is under way, and nothing when it is over", async () => {
    using service = await rawUpstream(() => undefined)
    await using bellhop = await gateway({ services: { shop: service.url }, routes: { "/*": "shop" } })
    const held = await Promise.all([connect(bellhop.url), connect(bellhop.url)])
    for (const client of held) client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    const received = [await service.next(), await service.next()]
    expect((await scrape(bellhop)).get("bellhop_requests_in_flight")).toBe(2)
    for (const client of held) client.socket.destroy()
    await Promise.all(received.map(({ gone }) => gone))
    while ((await scrape(bellhop)).get("bellhop_requests_in_flight") !== 0) continue
  })

  it("counts reloads and tells the generation", async () => {
    await using bellhop = await gateway({ routes: { "/": { reply: {} } } })
    expect(await ask(bellhop.admin, "/reload", { ...own, method: "POST" })).toMatchObject({ status: 200 })
    bellhop.folder.write("gateway.config.ts", configSource(`{ routes: { "/": { reply: { status: 201 } } } }`))
    const applied = await ask(bellhop.admin, "/reload", { ...own, method: "POST" })
    expect(JSON.parse(applied.body)).toMatchObject({ outcome: "applied", generation: 2 })
    expect((await ask(bellhop.url, "/")).status).toBe(201)
    bellhop.folder.write("gateway.config.ts", configSource(`{ routes: { "/": "nobody" } }`))
    const refused = await ask(bellhop.admin, "/reload", { ...own, method: "POST" })
    expect(refused.status).toBe(422)
    expect(JSON.parse(refused.body)).toMatchObject({ outcome: "refused", generation: 2, issues: [{ code: "E301" }] })
    expect((await ask(bellhop.url, "/")).status).toBe(201)
    const samples = await scrape(bellhop)
    expect(samples.get('bellhop_reloads_total{outcome="applied"}')).toBe(2)
    expect(samples.get('bellhop_reloads_total{outcome="unchanged"}')).toBe(1)
    expect(samples.get('bellhop_reloads_total{outcome="refused"}')).toBe(1)
    expect(samples.get("bellhop_config_generation")).toBe(2)
  })
})

describe("the admin listener with a token", () => {
  it.each([
    ["without any", []],
    ["with another one", [`Authorization: Bearer ${token}x`]],
    ["with a part of it", [`Authorization: Bearer ${token.slice(0, -1)}`]],
    ["with it in another scheme", [`Authorization: Basic ${token}`]],
    ["with it alone", [`Authorization: ${token}`]],
    ["with it twice", [`Authorization: Bearer ${token}`, `Authorization: Bearer ${token}`]],
    ["with an empty one", ["Authorization: Bearer "]],
  ])("refuses everything else %s", async (_, headers) => {
    for (const [method, target] of [
      ["GET", "/"],
      ["GET", "/metrics"],
      ["POST", "/reload"],
      ["GET", "/nothing"],
      ["GET", "//metrics"],
      ["GET", "/healthz/../metrics"],
    ] as const) {
      const response = await ask(closed.admin, target, { ...own, method, headers })
      expect([target, response.status]).toEqual([target, 401])
      expect(response.body).not.toContain(token)
    }
  })

  it("lets it in, under any name", async () => {
    const headers = [`Authorization: Bearer ${token}`]
    for (const host of ["localhost", "10.0.0.7:9900", "bellhop.internal"])
      expect((await ask(closed.admin, "/metrics", { host, headers })).status).toBe(200)
    expect((await ask(closed.admin, "/reload", { ...own, method: "POST", headers })).status).toBe(200)
  })

  it("refuses web pages even so", async () => {
    const headers = [`Authorization: Bearer ${token}`, "Origin: https://evil.test"]
    expect((await ask(closed.admin, "/reload", { ...own, method: "POST", headers })).status).toBe(403)
  })
})

describe("the admin listener without a token", () => {
  it.each([
    "evil.test",
    "evil.test:9900",
    "localhost.evil.test",
    "127.0.0.1.evil.test",
    "0x7f.1",
    "localhost@evil.test",
    "[::1].evil.test",
  ])("refuses a browser that was told another name: %s", async (host) => {
    expect([400, 403]).toContain((await ask(open.admin, "/metrics", { host })).status)
    expect([400, 403]).toContain((await ask(open.admin, "/reload", { host, method: "POST" })).status)
  })

  it.each(["localhost", "localhost:9900", "127.0.0.1", "127.0.0.1:9900", "127.8.9.1", "[::1]:9900"])(
    "answers under its own: %s",
    async (host) => {
      expect((await ask(open.admin, "/metrics", { host })).status).toBe(200)
    },
  )

  it.each(["https://evil.test", "null", "http://localhost:8080"])("does nothing for a web page: %s", async (origin) => {
    const headers = [`Origin: ${origin}`]
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"])
      expect((await ask(open.admin, "/reload", { ...own, method, headers })).status).toBe(403)
  })

  it("lets no web page read it", async () => {
    const response = await ask(open.admin, "/metrics", { ...own, headers: ["Origin: https://evil.test"] })
    expect(response.get("access-control-allow-origin")).toBeUndefined()
  })

  it("is not reached over the gateway's own listener, and serves no routes", async () => {
    expect((await ask(open.url, "/metrics", own)).status).toBe(404)
    expect((await ask(open.url, "/healthz", own)).status).toBe(404)
    expect((await ask(open.admin, "/ok", own)).status).toBe(404)
  })

  it("listens on loopback only", async () => {
    expect(new URL(open.admin).hostname).toBe("127.0.0.1")
  })
})

describe("the admin listener in a config", () => {
  it("is off with false", async () => {
    await using bellhop = await gateway({ admin: false, services: { gone: "http://127.0.0.1:1" }, routes })
    expect(bellhop.admin).toBe("")
    expect((await ask(bellhop.url, "/ok")).status).toBe(200)
  })

  it.each([
    ["0.0.0.0 without a token", { host: "0.0.0.0", port: 0 }],
    ["another address without a token", { host: "203.0.113.7", port: 0 }],
    ["all addresses of IPv6 without a token", { host: "::", port: 0 }],
    ["a token that is too short", { port: 0, token: "short" }],
  ])("is refused on %s", async (_, admin) => {
    using config = folder({ "gateway.config.ts": configSource(JSON.stringify({ admin, routes: {} })) })
    await using running = run(["start", "--json"], config.path)
    expect(await running.next(({ event }) => event === "reload")).toMatchObject({ outcome: "refused" })
    expect(await running.exited).toBe(3)
  })
})
