import { renameSync } from "node:fs"
import { join } from "node:path"

import { describe, expect, it } from "vitest"

import type { ServiceStatus } from "../../src/services/status.ts"
import { dnsmasq } from "../support/dnsmasq.ts"
import { folder, run } from "../support/executable.ts"
import { configSource, type Gateway, gateway } from "../support/gateway.ts"
import { ask, connect } from "../support/raw.ts"
import { freePort, rawUpstream } from "../support/upstream.ts"

const own = { host: "localhost" }

/** The service, as the admin listener shows it. */
async function shop(bellhop: Gateway): Promise<ServiceStatus> {
  const { services } = JSON.parse((await ask(bellhop.admin, "/services", own)).body) as { services: ServiceStatus[] }
  const [first] = services
  if (!first) throw new Error("There is no service.")
  return first
}

/** Settles once the service is as wanted. */
async function until(bellhop: Gateway, wanted: (status: ServiceStatus) => boolean): Promise<ServiceStatus> {
  for (;;) {
    const status = await shop(bellhop)
    if (wanted(status)) return status
  }
}

const urls = ({ upstreams }: ServiceStatus): string[] => upstreams.map(({ upstream }) => upstream)

const up = async (bellhop: Gateway): Promise<string | undefined> =>
  (await ask(bellhop.admin, "/metrics", own)).body.split("\n").find((line) => line.startsWith("bellhop_discovery_up{"))

const answer = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`

const instances = (port: number): string =>
  JSON.stringify([{ Node: { Address: "127.0.0.1" }, Service: { Address: "", Port: port } }])

const indexed = (body: string, index: number): string =>
  `HTTP/1.1 200 OK\r\nX-Consul-Index: ${index}\r\nContent-Length: ${body.length}\r\n\r\n${body}`

describe("discovery by dns, from a real dnsmasq", () => {
  it("sends to the addresses of the name, under the name, and follows when they change", async () => {
    using one = await rawUpstream(() => answer("one"))
    await using names = await dnsmasq(["127.0.0.1 shop.test"])
    const dns = { name: "shop.test", port: one.port, server: names.server, minTtl: "1ms", maxTtl: "20ms" }
    await using bellhop = await gateway({ services: { shop: { discover: { dns } } }, routes: { "/*": "shop" } })
    expect((await ask(bellhop.url, "/a")).body).toBe("one")
    expect((await one.next()).get("host")).toBe(`shop.test:${one.port}`)
    await names.hosts(["127.0.0.2 shop.test", "127.0.0.3 shop.test"])
    const status = await until(bellhop, ({ upstreams }) => upstreams.length === 2)
    expect(urls(status).toSorted()).toEqual([`http://127.0.0.2:${one.port}`, `http://127.0.0.3:${one.port}`])
    expect(status.discovery).toMatchObject({ source: "dns shop.test", up: true })
    // Nobody listens there.
    expect((await ask(bellhop.url, "/b")).status).toBe(502)
    await names.hosts([])
    const kept = await until(bellhop, ({ discovery }) => discovery?.up === false)
    expect(kept.discovery?.reason).toBe("it names no upstream")
    expect(urls(kept).length).toBe(2)
    expect(await up(bellhop)).toBe('bellhop_discovery_up{service="shop"} 0')
  })
})

describe("discovery by srv, from a real dnsmasq", () => {
  it("asks the first in priority, and the next when its checks say that it is down", async () => {
    let status = 200
    using first = await rawUpstream(({ target }) =>
      target === "/healthz" ? `HTTP/1.1 ${status} X\r\nContent-Length: 0\r\n\r\n` : answer("first"),
    )
    using second = await rawUpstream(() => answer("second"))
    const name = "_http._tcp.shop.test"
    await using names = await dnsmasq(
      ["127.0.0.1 a.test", "127.0.0.1 b.test"],
      [`--srv-host=${name},a.test,${first.port},1,1`, `--srv-host=${name},b.test,${second.port},2,1`],
    )
    const health = { path: "/healthz", interval: "10ms", unhealthy: 1, healthy: 1 }
    const discover = { srv: { name, server: names.server, interval: "50ms" } }
    await using bellhop = await gateway({ services: { shop: { discover, health } }, routes: { "/*": "shop" } })
    for (let one = 0; one < 3; one++) expect((await ask(bellhop.url, "/")).body).toBe("first")
    status = 500
    await until(bellhop, ({ upstreams }) => upstreams.some((one) => !one.up))
    for (let one = 0; one < 3; one++) expect((await ask(bellhop.url, "/")).body).toBe("second")
    status = 200
    await until(bellhop, ({ upstreams }) => upstreams.every((one) => one.up))
    expect((await ask(bellhop.url, "/")).body).toBe("first")
  })
})

describe("discovery by file", () => {
  it("follows a file that is replaced, and keeps its last good list", async () => {
    using one = await rawUpstream(() => answer("one"))
    using two = await rawUpstream(() => answer("two"))
    const files = { "upstreams.json": JSON.stringify([one.url]) }
    const discover = { file: { path: "upstreams.json" } }
    await using bellhop = await gateway({ services: { shop: { discover } }, routes: { "/*": "shop" } }, { files })
    expect((await ask(bellhop.url, "/")).body).toBe("one")
    const replace = (content: string): void => {
      bellhop.folder.write("next", content)
      renameSync(join(bellhop.folder.path, "next"), join(bellhop.folder.path, "upstreams.json"))
    }
    replace("[")
    const { discovery } = await until(bellhop, (status) => status.discovery?.up === false)
    expect(discovery?.reason).toContain("JSON")
    expect((await ask(bellhop.url, "/")).body).toBe("one")
    replace(JSON.stringify([two.url, "http://169.254.169.254", "http://me:secret@a"]))
    expect(urls(await until(bellhop, (status) => status.discovery?.up === true))).toEqual([two.url])
    expect((await ask(bellhop.url, "/")).body).toBe("two")
    expect(bellhop.stderr()).toContain("entry 2 is a link-local address, entry 3 carries a user name or password")
    expect(bellhop.stderr()).not.toContain("secret")
  })

  it("keeps the connections of an upstream that stays, also over a reload", async () => {
    using one = await rawUpstream(() => answer("one"))
    const files = { "upstreams.yaml": `- ${one.url}\n` }
    const config = (more: object) => ({
      services: { shop: { discover: { file: { path: "upstreams.yaml" } } } },
      routes: { "/*": "shop", ...more },
    })
    await using bellhop = await gateway(config({}), { files })
    await ask(bellhop.url, "/")
    const { socket } = await one.next()
    bellhop.folder.write("upstreams.yaml", `- ${one.url}\n- http://127.0.0.1:1\n`)
    await until(bellhop, ({ upstreams }) => upstreams.length === 2)
    bellhop.folder.write("gateway.config.ts", configSource(JSON.stringify(config({ "/new": "shop" }))))
    expect((await ask(bellhop.admin, "/reload", { ...own, method: "POST" })).status).toBe(200)
    const [kept] = (await shop(bellhop)).upstreams
    expect(kept).toMatchObject({ upstream: one.url, connections: { open: 1, idle: 1 } })
    bellhop.folder.write("upstreams.yaml", "- http://127.0.0.1:1\n")
    const closed = new Promise((resolve) => socket.once("close", resolve))
    await until(bellhop, ({ upstreams }) => upstreams.length === 1)
    await closed
  })
})

describe("discovery by consul, from a server of the test that follows Consul's documented HTTP API", () => {
  it("holds requests until the first answer, and hears of a change at once", async () => {
    using one = await rawUpstream(() => answer("one"))
    using two = await rawUpstream(() => answer("two"))
    using agent = await rawUpstream(() => undefined)
    const consul = { service: "shop", url: agent.url, token: "t" }
    await using bellhop = await gateway({ services: { shop: { discover: { consul } } }, routes: { "/*": "shop" } })
    const asked = await agent.next()
    using client = await connect(bellhop.url)
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    // Whoever asks now is answered from elsewhere: the request before it is held, and lost is nothing.
    expect((await shop(bellhop)).upstreams).toEqual([])
    asked.socket.write(indexed(instances(one.port), 7))
    expect((await client.response())?.body).toBe("one")
    const waiting = await agent.next()
    expect(waiting.target).toBe("/v1/health/service/shop?passing=true&index=7&wait=300s")
    waiting.socket.write(indexed(instances(two.port), 8))
    await until(bellhop, (status) => urls(status).includes(two.url))
    expect((await ask(bellhop.url, "/")).body).toBe("two")
    expect(await up(bellhop)).toBe('bellhop_discovery_up{service="shop"} 1')
  })

  it("hangs up when the config goes", async () => {
    using agent = await rawUpstream(() => indexed("[]", 7))
    const consul = { service: "shop", url: agent.url }
    await using bellhop = await gateway({ services: { shop: { discover: { consul } } }, routes: { "/*": "shop" } })
    const { gone } = await agent.next()
    bellhop.folder.write("gateway.config.ts", configSource(`{ routes: { "/": { reply: {} } } }`))
    expect((await ask(bellhop.admin, "/reload", { ...own, method: "POST" })).status).toBe(200)
    await gone
    expect(JSON.parse((await ask(bellhop.admin, "/services", own)).body)).toEqual({ services: [] })
  })
})

describe("discovery by http", () => {
  it("answers 503 while nobody is known, or from the mocks, and goes on without its source afterwards", async () => {
    const nobody = { http: { url: `http://127.0.0.1:${await freePort()}/` } }
    await using bellhop = await gateway(
      {
        services: { shop: { discover: nobody }, user: { discover: nobody, mock: "fallback" } },
        routes: { "/shop": "shop", "/me": "user" },
      },
      { files: { "mocks/user/me.GET.json": '"from the mock"' } },
    )
    const refused = await ask(bellhop.url, "/shop")
    expect([refused.status, JSON.parse(refused.body)]).toMatchObject([503, { code: "unavailable" }])
    expect((await ask(bellhop.url, "/me")).body).toBe('"from the mock"')
    expect((await shop(bellhop)).discovery).toMatchObject({ up: false, reason: "connection refused" })
  })

  it("takes the list from there, and shows its URL nowhere when it is secret", async () => {
    using one = await rawUpstream(() => answer("one"))
    using list = await rawUpstream(() => answer(JSON.stringify([{ url: one.url, weight: 2 }])))
    const config = `import { defineGateway, env } from "bellhop"

      export default defineGateway({
        listen: { host: "127.0.0.1", port: 0 },
        admin: { port: 0 },
        services: { shop: { discover: { http: { url: env("LIST"), interval: "20ms" } } } },
        routes: { "/*": "shop" },
      })`
    const env = { LIST: `${list.url}/hidden` }
    await using bellhop = await gateway({}, { files: { "gateway.config.ts": config }, env })
    expect((await ask(bellhop.url, "/")).body).toBe("one")
    list[Symbol.dispose]()
    const status = await until(bellhop, ({ discovery }) => discovery?.up === false)
    expect(status.discovery?.source).toBe('http env("LIST")')
    expect(status.upstreams).toMatchObject([{ upstream: one.url, weight: 2 }])
    expect((await ask(bellhop.url, "/")).body).toBe("one")
    expect(bellhop.stderr()).toContain("its last upstream is kept")
    for (const text of [JSON.stringify(status), bellhop.stderr()]) {
      expect(text).not.toContain("hidden")
      expect(text).not.toContain(String(list.port))
    }
  })
})

describe("a config with both url and discover", () => {
  it("is refused at the second of them", async () => {
    const services = '{ shop: { url: "http://127.0.0.1:1", discover: { dns: { name: "shop.test" } } } }'
    using config = folder({ "gateway.config.ts": configSource(`{ services: ${services}, routes: { "/": "shop" } }`) })
    await using running = run(["start", "--json"], config.path)
    const { outcome, issues } = await running.next(({ event }) => event === "reload")
    expect([outcome, issues?.map(({ code }) => code)]).toEqual(["refused", ["E204"]])
    expect(await running.exited).toBe(3)
  })
})
