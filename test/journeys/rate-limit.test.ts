import { describe, expect, it } from "vitest"

import { folder } from "../support/executable.ts"
import { configSource, type Gateway, gateway } from "../support/gateway.ts"
import { redisServer } from "../support/redis.ts"
import { save } from "../support/saves.ts"
import { webUpstream } from "../support/upstream.ts"
import { holdingService } from "../support/vanishing.ts"
import { openSocket, socketUpstream } from "../support/websocket.ts"

// By the hour, so that nothing flows back while the test runs.
const hundred = { limit: 100, per: "1h" }

/** A service that counts who came through. */
function countingShop() {
  const seen = { count: 0 }
  const server = webUpstream(() => {
    seen.count++
    return Response.json({ fine: true })
  })
  return { ...server, seen }
}

/** Asks over so many connections at once, by turns at several gateways; how many got which status. */
async function statuses(urls: readonly string[], connections: number, each: number): Promise<Record<number, number>> {
  const counts: Record<number, number> = {}
  const one = async (worker: number): Promise<void> => {
    for (let turn = 0; turn < each; turn++) {
      const response = await fetch(`${urls[worker % urls.length]}/x`)
      await response.arrayBuffer()
      counts[response.status] = (counts[response.status] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: connections }, (_, worker) => one(worker)))
  return counts
}

const applied = (served: Gateway) => served.next(({ event, outcome }) => event === "reload" && outcome === "applied")

const shop = (url: string, rateLimit: unknown, more: object = {}) => ({
  ...more,
  services: { shop: url },
  routes: { "/x": { service: "shop", rateLimit } },
})

describe("a limit of 100", () => {
  it.each(["sliding", "fixed", "bucket"])("lets exactly 100 through 64 connections (%s)", async (algorithm) => {
    using upstream = countingShop()
    // A window of the clock that does not end today, nor while the test runs.
    const per = algorithm === "fixed" ? "3650d" : "1h"
    await using served = await gateway(shop(upstream.url, { algorithm, limit: 100, per }))
    expect(await statuses([served.url], 64, 5)).toEqual({ 200: 100, 429: 220 })
    expect(upstream.seen.count).toBe(100)
  })

  it("lets exactly 100 through, of four gateways that share a SQLite file", async () => {
    using upstream = countingShop()
    using shared = folder()
    const config = shop(upstream.url, hundred, { store: { sqlite: { path: `${shared.path}/store.sqlite` } } })
    const all = await Promise.all([1, 2, 3, 4].map(() => gateway(config)))
    try {
      const urls = all.map(({ url }) => url)
      expect(await statuses(urls, 64, 5)).toEqual({ 200: 100, 429: 220 })
      expect(upstream.seen.count).toBe(100)
    } finally {
      await Promise.all(all.map((one) => one[Symbol.asyncDispose]()))
    }
  })

  it("lets exactly 100 through, of two gateways that share a Redis server", async () => {
    using upstream = countingShop()
    await using redis = await redisServer()
    const config = shop(upstream.url, hundred, { store: { redis: { url: redis.url } } })
    await using first = await gateway(config)
    await using second = await gateway(config)
    expect(await statuses([first.url, second.url], 64, 5)).toEqual({ 200: 100, 429: 220 })
    expect(upstream.seen.count).toBe(100)
  })

  it("goes on counting after a reload and after a restart", async () => {
    using upstream = countingShop()
    using shared = folder()
    const store = { sqlite: { path: `${shared.path}/store.sqlite` } }
    const config = (limit: number) => shop(upstream.url, { limit, per: "1h" }, { store })
    {
      await using served = await gateway(config(3), { args: ["--watch"] })
      await applied(served)
      expect(await statuses([served.url], 1, 5)).toEqual({ 200: 3, 429: 2 })
      save(served.folder.path, "gateway.config.ts", configSource(JSON.stringify(config(5))))
      await applied(served)
      expect(await statuses([served.url], 1, 5)).toEqual({ 200: 2, 429: 3 })
    }
    await using again = await gateway(config(6))
    expect(await statuses([again.url], 1, 5)).toEqual({ 200: 1, 429: 4 })
  })
})

describe("a client that comes too often", () => {
  it("is told so, as problem+json, with when to come again and what it met", async () => {
    using upstream = countingShop()
    await using served = await gateway(shop(upstream.url, { limit: 1, per: "1h", name: "tiny", headers: "both" }))
    const fine = await fetch(`${served.url}/x`)
    await fine.arrayBuffer()
    expect(fine.headers.get("ratelimit-policy")).toBe('"tiny";q=1;w=3600')
    expect(fine.headers.get("ratelimit")).toMatch(/^"tiny";r=0;t=\d+$/)
    const refused = await fetch(`${served.url}/x`)
    expect(refused.status).toBe(429)
    expect(refused.headers.get("content-type")).toBe("application/problem+json")
    expect(refused.headers.get("retry-after")).toMatch(/^[1-9]\d*$/)
    expect(refused.headers.get("ratelimit")).toMatch(/^"tiny";r=0;t=\d+$/)
    expect(refused.headers.get("x-ratelimit-limit")).toBe("1")
    expect(await refused.json()).toMatchObject({
      type: "urn:bellhop:rate_limited",
      status: 429,
      "violated-policies": ["tiny"],
    })
  })

  it("waits in a queue for its turn, as long as there is patience", async () => {
    using upstream = countingShop()
    const rateLimit = { algorithm: "queue", limit: 5, per: "1s", patience: "600ms" }
    await using served = await gateway(shop(upstream.url, rateLimit))
    // One goes on, three wait for 200, 400 and 600 ms, the rest would wait longer.
    const counts = await statuses([served.url], 20, 1)
    expect(counts[200]).toBeGreaterThanOrEqual(4)
    expect(counts[429]).toBeGreaterThan(0)
    expect(upstream.seen.count).toBe(counts[200])
  })
})

describe("a limit of what is under way", () => {
  const one = { algorithm: "concurrency", limit: 1 }
  const serving = (url: string): Promise<Gateway> =>
    gateway({ services: { up: url }, routes: { "/*": { service: "up", rateLimit: one } } })

  it("has a place again when a client vanishes in the middle of a body", async () => {
    using upstream = await holdingService()
    await using served = await serving(upstream.url)
    const abort = new AbortController()
    const first = await fetch(`${served.url}/body`, { signal: abort.signal })
    expect(first.status).toBe(200)
    const { gone } = await upstream.next()
    expect((await fetch(`${served.url}/ok`)).status).toBe(429)
    abort.abort()
    await gone
    expect(await untilFree(async () => (await fetch(`${served.url}/ok`)).status === 200)).toBe(true)
  })

  it("has a place again when a WebSocket is closed, and not before", async () => {
    using upstream = socketUpstream()
    await using served = await serving(upstream.url)
    const { socket, closed } = await openSocket(`${served.url}/chat`)
    await expect(openSocket(`${served.url}/chat`)).rejects.toThrow(Error)
    socket.close()
    await closed
    const open = async (): Promise<boolean> => {
      try {
        using again = await openSocket(`${served.url}/chat`)
        return again.socket.readyState === WebSocket.OPEN
      } catch {
        return false
      }
    }
    expect(await untilFree(open)).toBe(true)
  })
})

/** Asks until it is let in: the gateway may hear later than others that somebody left. */
async function untilFree(isFree: () => Promise<boolean>): Promise<boolean> {
  while (!(await isFree()));
  return true
}
