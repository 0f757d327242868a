import { describe, expect, it } from "vitest"

import type { ServiceStatus, UpstreamStatus } from "../../src/services/status.ts"
import { configSource, type Gateway, gateway } from "../support/gateway.ts"
import { ask } from "../support/raw.ts"
import { type RawUpstream, rawUpstream } from "../support/upstream.ts"

const own = { host: "localhost" }

/** The upstreams of the first service, as the admin listener shows them. */
async function upstreams(bellhop: Gateway): Promise<readonly UpstreamStatus[]> {
  const { services } = JSON.parse((await ask(bellhop.admin, "/services", own)).body) as { services: ServiceStatus[] }
  return services[0]?.upstreams ?? []
}

/** Settles once the upstreams are as wanted. */
async function until(bellhop: Gateway, wanted: (list: readonly UpstreamStatus[]) => boolean): Promise<void> {
  while (!wanted(await upstreams(bellhop))) continue
}

const samples = async (bellhop: Gateway, family: string): Promise<string[]> =>
  (await ask(bellhop.admin, "/metrics", own)).body.split("\n").filter((line) => line.startsWith(family))

const answer = (status: number, body: string): string =>
  `HTTP/1.1 ${status} X\r\nContent-Length: ${body.length}\r\n\r\n${body}`

/** What it logged so far. */
const messages = (bellhop: Gateway): string[] =>
  bellhop
    .stderr()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => (JSON.parse(line) as { message: string }).message)

/** A service whose checks get its `status`; all else gets its name. */
async function patient(name: string): Promise<RawUpstream & { status: number }> {
  const server = await rawUpstream(({ target }) =>
    target === "/healthz" ? answer(made.status, "") : answer(200, name),
  )
  const made = Object.assign(server, { status: 200 })
  return made
}

const bodies = async (bellhop: Gateway, count: number): Promise<Set<string>> => {
  const found = new Set<string>()
  for (let one = 0; one < count; one++) found.add((await ask(bellhop.url, "/")).body)
  return found
}

const health = { path: "/healthz", interval: "10ms", timeout: "5s", jitter: 0 }

describe("health checks", () => {
  it("take an upstream out while it is ill, and say so in the log, in /services and in /metrics", async () => {
    using one = await patient("one")
    using two = await patient("two")
    await using bellhop = await gateway({
      services: { shop: { url: [one.url, two.url], health } },
      routes: { "/*": "shop" },
    })
    await until(bellhop, (list) => list.every(({ checks }) => (checks?.passed ?? 0) > 1))
    expect(await bodies(bellhop, 4)).toEqual(new Set(["one", "two"]))
    one.status = 503
    await until(bellhop, ([first]) => first?.up === false)
    expect(await bodies(bellhop, 4)).toEqual(new Set(["two"]))
    const [down, up] = await upstreams(bellhop)
    expect(down).toMatchObject({ upstream: one.url, up: false, reason: "status 503", weight: 1 })
    expect(Date.parse(down?.since ?? "")).toBeLessThanOrEqual(Date.now())
    expect(up).toMatchObject({ upstream: two.url, up: true, connections: { open: 1, idle: 1, waiting: 0 } })
    expect(await samples(bellhop, "bellhop_upstream_up{")).toEqual([
      `bellhop_upstream_up{service="shop",upstream="${one.url}"} 0`,
      `bellhop_upstream_up{service="shop",upstream="${two.url}"} 1`,
    ])
    const [, failed = ""] = await samples(bellhop, `bellhop_health_checks_total{service="shop",upstream="${one.url}"`)
    expect(failed).toMatch(/,result="failed"\} ([3-9]|\d\d+)$/)
    one.status = 200
    await until(bellhop, ([first]) => first?.up === true)
    expect(await bodies(bellhop, 4)).toEqual(new Set(["one", "two"]))
    const said = messages(bellhop).filter((message) => message.includes("shop"))
    expect(said).toEqual([
      `service "shop": ${one.url} is down: status 503 (3 checks)`,
      `service "shop": ${one.url} is up (2 checks)`,
    ])
  })

  it("answer 503 when all are ill, or from the mocks where the config wants them", async () => {
    using ill = await rawUpstream(() => answer(500, ""))
    const files = { "mocks/user/me.GET.json": '"from the mock"' }
    const url = { url: ill.url, health: { ...health, first: "check" } }
    await using bellhop = await gateway(
      { services: { shop: url, user: { ...url, mock: "fallback" } }, routes: { "/shop": "shop", "/me": "user" } },
      { files },
    )
    const refused = await ask(bellhop.url, "/shop")
    expect([refused.status, JSON.parse(refused.body)]).toMatchObject([503, { code: "unavailable" }])
    expect(await ask(bellhop.url, "/me")).toMatchObject({ status: 200, body: '"from the mock"' })
    expect(ill.received.every(({ target }) => target === "/healthz")).toBe(true)
  })

  it("go on over a reload: who was down stays down without another check", async () => {
    using ill = await patient("ill")
    using well = await patient("well")
    ill.status = 500
    const config = (routes: object, path = "/healthz") => ({
      services: { shop: { url: [ill.url, well.url], health: { ...health, path, interval: "1h", unhealthy: 1 } } },
      routes,
    })
    await using bellhop = await gateway(config({ "/*": "shop" }))
    await until(bellhop, ([first]) => first?.up === false)
    const checks = ill.received.length
    bellhop.folder.write("gateway.config.ts", configSource(JSON.stringify(config({ "/*": "shop", "/new": "shop" }))))
    expect((await ask(bellhop.admin, "/reload", { ...own, method: "POST" })).status).toBe(200)
    expect(await bodies(bellhop, 4)).toEqual(new Set(["well"]))
    expect(await upstreams(bellhop)).toMatchObject([{ up: false, reason: "status 500" }, { up: true }])
    expect(ill.received.length).toBe(checks)
  })

  it("end with the option, and all are asked again", async () => {
    using ill = await patient("ill")
    ill.status = 500
    await using bellhop = await gateway({
      services: { shop: { url: ill.url, health: { ...health, unhealthy: 1 } } },
      routes: { "/*": "shop" },
    })
    await until(bellhop, ([first]) => first?.up === false)
    const config = { services: { shop: { url: ill.url } }, routes: { "/*": "shop" } }
    bellhop.folder.write("gateway.config.ts", configSource(JSON.stringify(config)))
    expect((await ask(bellhop.admin, "/reload", { ...own, method: "POST" })).status).toBe(200)
    expect(await bodies(bellhop, 2)).toEqual(new Set(["ill"]))
    const [one] = await upstreams(bellhop)
    expect([one?.up, one?.checks]).toEqual([true, undefined])
  })

  it("tell nobody a URL that is secret", async () => {
    using ill = await patient("ill")
    ill.status = 500
    const config = `import { defineGateway, env } from "bellhop"

      export default defineGateway({
        listen: { host: "127.0.0.1", port: 0 },
        admin: { port: 0 },
        services: {
          shop: { url: [env("HIDDEN")], health: ${JSON.stringify({ ...health, unhealthy: 1 })} },
          short: env("HIDDEN"),
        },
        routes: { "/*": "shop", "/short": "short" },
      })`
    await using bellhop = await gateway({}, { files: { "gateway.config.ts": config }, env: { HIDDEN: ill.url } })
    await until(bellhop, ([first]) => first?.up === false)
    const shown = [
      (await ask(bellhop.admin, "/services", own)).body,
      (await ask(bellhop.admin, "/metrics", own)).body,
      bellhop.stderr(),
    ]
    for (const text of shown) {
      expect(text).toContain("#1")
      expect(text).not.toContain(String(ill.port))
    }
  })
})

describe("the index of the admin listener", () => {
  it("names /services", async () => {
    await using bellhop = await gateway({ routes: { "/": { reply: {} } } })
    expect((await ask(bellhop.admin, "/", own)).body).toContain("GET /services")
    expect(JSON.parse((await ask(bellhop.admin, "/services", own)).body)).toEqual({ services: [] })
  })
})
