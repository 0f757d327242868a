import { describe, expect, it, vi } from "vitest"

import { executable, folder } from "../support/executable.ts"
import { configSource, gateway } from "../support/gateway.ts"
import { redisServer } from "../support/redis.ts"

const limited = {
  "/limited": {
    reply: { status: 204 },
    rateLimit: { limit: 1_000_000, per: "1d", algorithm: "bucket", by: "all", name: "limited" },
  },
}

/** The value of a metric without its labels. */
async function metric(at: { admin: string }, name: string): Promise<number> {
  const text = await (await fetch(`${at.admin}/metrics`)).text()
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (.+)$`, "m").exec(text)?.[1])
}

const up = (at: { admin: string }, value: 0 | 1): Promise<void> =>
  vi.waitFor(async () => expect(await metric(at, "bellhop_store_up")).toBe(value), { timeout: 10_000, interval: 20 })

describe("gateways on one Redis", () => {
  it("make copies of a checkout at two of them one charge, which a third one knows later", async () => {
    await using server = await redisServer()
    let charges = 0
    using payment = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: () => Response.json({ charge: ++charges, id: crypto.randomUUID() }),
    })
    const config = {
      store: { redis: { url: server.url, timeout: "5s" } },
      services: { payment: payment.url.origin },
      routes: { "POST /checkout": { aggregate: { charge: "payment POST /charge" } } },
    }
    const post = async (at: { url: string }): Promise<string> => {
      const headers = { "idempotency-key": "k", "content-type": "application/json" }
      return await (await fetch(`${at.url}/checkout`, { method: "POST", headers, body: "{}" })).text()
    }
    const bodies: string[] = []
    {
      await using first = await gateway(config)
      await using second = await gateway(config)
      const copies = Array.from({ length: 20 }, (_, at) => post(at % 2 === 0 ? first : second))
      bodies.push(...(await Promise.all(copies)))
    }
    await using third = await gateway(config)
    bodies.push(await post(third))
    expect(new Set(bodies).size).toBe(1)
    expect(charges).toBe(1)
  })

  it.each([
    { whenAway: "local", meanwhile: 204 },
    { whenAway: "deny", meanwhile: 503 },
  ])("answer every request while Redis stops and starts under load: $whenAway", async ({ whenAway, meanwhile }) => {
    await using server = await redisServer()
    await using served = await gateway({ store: { redis: { url: server.url, whenAway } }, routes: limited })
    const statuses = new Map<number, number>()
    let ended = false
    const side = async (): Promise<void> => {
      while (!ended) {
        const { status } = await fetch(`${served.url}/limited`)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    }
    const sides = Array.from({ length: 8 }, side)
    const more = async (status: number): Promise<void> => {
      const before = statuses.get(status) ?? 0
      await vi.waitFor(() => expect(statuses.get(status) ?? 0).toBeGreaterThan(before + 50), { timeout: 10_000 })
    }
    await more(204)
    for (let round = 0; round < 2; round++) {
      await server.stop()
      await up(served, 0)
      await more(meanwhile)
      await server.start()
      await up(served, 1)
      await more(204)
    }
    // Not ended, but standing still.
    server.freeze()
    await up(served, 0)
    await more(meanwhile)
    expect(await metric(served, "bellhop_store_away_seconds")).toBeGreaterThan(0)
    server.thaw()
    await up(served, 1)
    await more(204)
    ended = true
    await Promise.all(sides)
    expect([...statuses.keys()].toSorted()).toEqual([...new Set([204, meanwhile])].toSorted())
    expect((await metric(served, "bellhop_store_estimates_total")) > 0).toBe(whenAway === "local")
    expect(served.stderr().match(/is away \(/g)).toHaveLength(3)
    expect(served.stderr().match(/is back after/g)).toHaveLength(3)
  })

  it("goes on over a reload that changes routes, and moves to another Redis with a reload", async () => {
    await using one = await redisServer()
    await using other = await redisServer()
    const config = (url: string, limit: number): string =>
      configSource(
        JSON.stringify({
          store: { redis: { url, timeout: "5s", whenAway: "deny" } },
          routes: { "/": { reply: { status: 204 }, rateLimit: { limit, per: "1d", algorithm: "bucket", name: "n" } } },
        }),
      )
    await using served = await gateway(
      { routes: {} },
      { files: { "gateway.config.ts": config(one.url, 2) }, command: "dev" },
    )
    const applied = async (source: string): Promise<void> => {
      served.folder.write("gateway.config.ts", source)
      await served.next(({ event, outcome }) => event === "reload" && outcome === "applied")
    }
    const status = async (): Promise<number> => (await fetch(`${served.url}/`)).status
    expect([await status(), await status(), await status()]).toEqual([204, 204, 429])
    await applied(config(one.url, 2).replace("routes", "\n routes"))
    expect(await status()).toBe(429)
    await applied(config(other.url, 2))
    expect([await status(), await status(), await status()]).toEqual([204, 204, 429])
    // The connection to the first one is given up.
    await vi.waitFor(async () =>
      expect(
        String(await one.send("CLIENT", ["LIST"]))
          .trim()
          .split("\n"),
      ).toHaveLength(1),
    )
  })

  it("check says what is wrong with a place, and never the secret in it", async () => {
    using place = folder({
      "gateway.config.ts": configSource('{ store: { redis: { url: env("PLACE") } }, routes: { "/": { reply: {} } } }'),
    })
    const checked = Bun.spawn([executable, "check"], {
      cwd: place.path,
      env: { PATH: process.env.PATH, HOME: place.path, PLACE: "redis-sentinel://shop:top-secret@cache" },
      stdout: "pipe",
      stderr: "pipe",
    })
    const said = (await new Response(checked.stdout).text()) + (await new Response(checked.stderr).text())
    expect(await checked.exited).toBe(3)
    expect(said).toContain('it has the scheme "redis-sentinel:"')
    expect(said).not.toContain("top-secret")
  })
})
