import { describe, expect, it } from "vitest"

import { executable, folder, serving } from "../support/executable.ts"
import { configSource, gateway } from "../support/gateway.ts"
import { webUpstream } from "../support/upstream.ts"

/** What became of a request in the cache, whatever the time is. */
const story = (response: Response): string => (response.headers.get("cache-status") ?? "").replace(/ttl=-?\d+/, "ttl")

describe("the cache of the executable", () => {
  it("asks once for a thousand clients who miss at once", async () => {
    let asked = 0
    const all = Promise.withResolvers<void>()
    using service = webUpstream(async () => {
      asked++
      await all.promise
      return new Response("once", { headers: { "cache-control": "max-age=60" } })
    })
    await using bellhop = await gateway({
      services: { shop: service.url },
      routes: { "/*": { service: "shop", cache: { collapse: "15s" } } },
    })
    const waiting = Array.from({ length: 1000 }, () => fetch(`${bellhop.url}/hot`).then((one) => one.text()))
    // Whoever comes later finds it in the cache: it would be one request all the same.
    setTimeout(all.resolve, 500)
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(["once"]))
    expect(asked).toBe(1)
  })

  it("gives stale answers while the service is down, says so, and gives up after its grace", async () => {
    const service = webUpstream(
      () => new Response("content", { headers: { "cache-control": "max-age=1, stale-if-error=3" } }),
    )
    await using bellhop = await gateway({
      services: { shop: service.url },
      routes: { "/*": { service: "shop", cache: true } },
    })
    const ask = () => fetch(`${bellhop.url}/page`)
    expect(story(await ask())).toBe("bellhop; fwd=uri-miss; ttl; stored")
    service[Symbol.dispose]()
    let response = await ask()
    const seen = new Set<string>()
    while (response.status === 200) {
      expect(await response.text()).toBe("content")
      seen.add(story(response))
      await Bun.sleep(50)
      response = await ask()
    }
    expect([502, 503]).toContain(response.status)
    expect(seen).toContain("bellhop; fwd=stale; ttl; detail=stale-if-error")
  })

  it("answers parts, conditions and HEAD of what it keeps, over its own connection and over Bun's", async () => {
    for (const http2 of [false, true]) {
      let asked = 0
      using service = webUpstream(() => {
        asked++
        return new Response("0123456789", { headers: { "cache-control": "max-age=60", etag: '"1"' } })
      })
      await using bellhop = await gateway(`{
        listen: { host: "127.0.0.1", port: 0${http2 ? ", http2: true" : ""} },
        services: { shop: "${service.url}" },
        routes: { "/*": { service: "shop", cache: true } },
      }`)
      const ask = (init: RequestInit = {}) => fetch(`${bellhop.url}/x`, init)
      await (await ask()).text()
      const part = await ask({ headers: { range: "bytes=2-3" } })
      expect([part.status, await part.text(), part.headers.get("content-range")]).toEqual([206, "23", "bytes 2-3/10"])
      const same = await ask({ headers: { "if-none-match": '"1"' } })
      expect([same.status, await same.text(), same.headers.get("etag")]).toEqual([304, "", '"1"'])
      const head = await ask({ method: "HEAD" })
      expect([head.status, head.headers.get("content-length")]).toEqual([200, "10"])
      expect(asked).toBe(1)
    }
  })

  it("goes on with what it keeps after a reload, unless the route was changed", async () => {
    let asked = 0
    using service = webUpstream(() => {
      asked++
      return new Response(`answer ${asked}`, { headers: { "cache-control": "max-age=60" } })
    })
    const config = (other: string, cache: string) => `import { defineGateway } from "bellhop"

export default defineGateway({
  listen: { host: "127.0.0.1", port: 0 },
  admin: { port: 0 },
  services: { shop: "${service.url}" },
  routes: { "/a": { service: "shop", cache: ${cache} }, "/${other}": "shop" },
})
`
    await using bellhop = await gateway(`{
      services: { shop: "${service.url}" },
      routes: { "/a": { service: "shop", cache: true }, "/b": "shop" },
    }`)
    const ask = async () => (await fetch(`${bellhop.url}/a`)).text()
    const reload = async (text: string) => {
      bellhop.folder.write("gateway.config.ts", text)
      expect((await fetch(`${bellhop.admin}/reload`, { method: "POST" })).status).toBe(200)
    }
    expect(await ask()).toBe("answer 1")
    await reload(config("c", "true"))
    expect(await ask()).toBe("answer 1")
    await reload(config("c", '{ ttl: "1m" }'))
    expect(await ask()).toBe("answer 2")
  })

  it("shows what it does, and drops what `bellhop cache purge` says", async () => {
    using service = webUpstream(
      ({ url }) => new Response(url, { headers: { "cache-control": "max-age=60", "cache-tag": "all, even" } }),
    )
    await using bellhop = await gateway({
      cache: { memory: "8mb" },
      services: { shop: service.url },
      routes: { "/*": { service: "shop", cache: true } },
    })
    const ask = async (path: string) => {
      const response = await fetch(bellhop.url + path)
      await response.text()
      return story(response)
    }
    const cache = async (...args: string[]) => {
      const program = Bun.spawn([executable, "cache", ...args, "--json", "--admin", bellhop.admin], {
        cwd: bellhop.folder.path,
        env: { PATH: process.env.PATH, HOME: bellhop.folder.path },
        stderr: "pipe",
      })
      const text = await new Response(program.stdout).text()
      return { code: await program.exited, told: text === "" ? undefined : (JSON.parse(text) as unknown) }
    }
    for (const path of ["/users/1", "/users/2", "/cart"]) await ask(path)
    expect(await ask("/cart")).toBe("bellhop; hit; ttl")
    expect(await cache("show")).toMatchObject({
      code: 0,
      told: { cache: { hits: 1, misses: 3, entries: 3, hitRate: 0.25, limit: 8 * 1024 * 1024 } },
    })
    expect(await cache("purge", "--path", "/users/*")).toEqual({ code: 0, told: { dropped: 2 } })
    expect(await ask("/users/1")).toBe("bellhop; fwd=uri-miss; ttl; stored")
    expect(await ask("/cart")).toBe("bellhop; hit; ttl")
    expect(await cache("purge", "--tag", "even")).toEqual({ code: 0, told: { dropped: 2 } })
    expect(await cache("purge")).toMatchObject({ code: 2 })
    const metrics = await (await fetch(`${bellhop.admin}/metrics`)).text()
    expect(metrics).toContain('bellhop_cache_requests_total{result="miss"} 4\n')
    expect(metrics).toContain("bellhop_cache_entries 0\n")
    expect((await fetch(`${bellhop.admin}/cache/purge?path=users`, { method: "POST" })).status).toBe(400)
  })

  it("finds in its store what it kept before it was started again, and not what was purged", async () => {
    let asked = 0
    using service = webUpstream(() => {
      asked++
      return new Response(`answer ${asked}`, { headers: { "cache-control": "max-age=60" } })
    })
    using place = folder({
      "gateway.config.ts": configSource(`{
        cache: { store: { sqlite: { path: "cache.sqlite" } } },
        services: { shop: "${service.url}" },
        routes: { "/*": { service: "shop", cache: true } },
      }`),
    })
    const once = async (work: (url: string, admin: string) => Promise<void>): Promise<void> => {
      await using running = await serving(place.path, { command: "start" })
      await work(running.url, running.admin)
      running.kill("SIGTERM")
      await running.exited
    }
    // Its port is another one each time.
    const ask = async (url: string) => (await fetch(url, { headers: { host: "shop.example" } })).text()
    await once(async (url) => expect(await ask(url)).toBe("answer 1"))
    await once(async (url, admin) => {
      expect(await ask(url)).toBe("answer 1")
      await fetch(`${admin}/cache/purge?all`, { method: "POST" })
    })
    await once(async (url) => expect(await ask(url)).toBe("answer 2"))
  })
})
