import { describe, expect, it, onTestFinished, vi } from "vitest"

import { serving } from "../support/executable.ts"
import { configSource, type Gateway, gateway } from "../support/gateway.ts"
import { redisServer } from "../support/redis.ts"
import { usageLines } from "../support/usage.ts"

const source = (store: string): string => `{
  store: "${store}",
  plans: {
    free: { requests: { limit: 100, per: "month" } },
    pro: { requests: { limit: 10, per: "month", overage: "allow" }, tokens: { limit: 1000, per: "24h" } },
  },
  usage: true,
  defaults: {
    auth: {
      custom: {
        identify: ({ headers }) => {
          const [subject = "", plan] = (headers.get("x-key") ?? "").split(":")
          return subject === "" ? undefined : { subject, plan, tenant: "acme" }
        },
        from: { header: "x-key" },
      },
    },
    quota: { plan: "free", by: "identity", meters: { tokens: { field: "usage.total" } } },
  },
  routes: { "GET /x": { reply: { body: { usage: { total: 400 } } } } },
}`

async function ask(url: string, key: string): Promise<{ status: number; headers: Headers; body: unknown }> {
  const response = await fetch(`${url}/x`, { headers: { "x-key": key } })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

/** How many of many requests at once pass. */
async function passes(urls: readonly string[], times: number, connections: number): Promise<number> {
  let left = times
  let passed = 0
  const client = async (at: number): Promise<void> => {
    while (left-- > 0) if ((await ask(urls[at % urls.length] ?? "", "ada")).status === 200) passed++
  }
  await Promise.all(Array.from({ length: connections }, (_, at) => client(at)))
  return passed
}

async function beside({ folder }: Gateway): Promise<string> {
  const running = await serving(folder.path, { command: "start" })
  onTestFinished(() => running[Symbol.asyncDispose]())
  return running.url
}

describe("a quota", () => {
  it.each(["memory", "sqlite"])(
    "of 100 lets exactly 100 of 64 clients at once through, with the store %s",
    async (store) => {
      await using bellhop = await gateway(source(store))
      expect(await passes([bellhop.url], 300, 64)).toBe(100)
    },
  )

  it("of 100 lets exactly 100 through four gateways that share one file, and is used up after a restart", async () => {
    await using bellhop = await gateway(source("sqlite"))
    const others = await Promise.all([beside(bellhop), beside(bellhop), beside(bellhop)])
    expect(await passes([bellhop.url, ...others], 300, 64)).toBe(100)
    bellhop.kill("SIGKILL")
    await bellhop.exited
    await using again = await serving(bellhop.folder.path, { command: "start" })
    expect((await ask(again.url, "ada")).status).toBe(429)
    expect((await ask(again.url, "bob")).status).toBe(200)
  })

  it("of 100 lets exactly 100 through two gateways that share a Redis server, which has the account of both", async () => {
    await using redis = await redisServer()
    const config = source("memory").replace('"memory"', JSON.stringify({ redis: { url: redis.url } }))
    await using first = await gateway(config)
    const second = await beside(first)
    expect(await passes([first.url, second], 300, 64)).toBe(100)
    await vi.waitFor(async () => {
      const [line] = await usageLines(first.folder.path, "identity,plan")
      expect(line).toMatchObject({ identity: "custom:ada", plan: "free", meters: { requests: 100, tokens: 40_000 } })
    })
  })

  it("tells clients what is left, and what was used up", async () => {
    await using bellhop = await gateway(source("memory"))
    const first = await ask(bellhop.url, "ada")
    expect(first.headers.get("ratelimit-policy")).toBe('"requests-month";q=100')
    expect(first.headers.get("ratelimit")).toMatch(/^"requests-month";r=99;t=\d+$/)
    await passes([bellhop.url], 99, 8)
    const { status, headers, body } = await ask(bellhop.url, "ada")
    expect([status, headers.get("content-type")]).toEqual([429, "application/problem+json"])
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0)
    expect(body).toMatchObject({ code: "quota_exceeded", plan: "free", limit: 100, used: 100, per: "month" })
  })

  it("holds nobody to a limit whose overage is paid for, but to the tokens that answers take", async () => {
    await using bellhop = await gateway(source("sqlite"))
    const found: number[] = []
    for (let time = 0; time < 5; time++) found.push((await ask(bellhop.url, "eve:pro")).status)
    // 400 each: the third one still began below 1,000.
    expect(found).toEqual([200, 200, 200, 429, 429])
    bellhop.kill()
    await bellhop.exited
    const [line] = await usageLines(bellhop.folder.path, "identity,tenant,plan")
    expect(line).toMatchObject({
      identity: "custom:eve",
      tenant: "acme",
      plan: "pro",
      meters: { requests: 3, tokens: 1200 },
    })
  })

  it("survives a reload that changes its limit", async () => {
    await using bellhop = await gateway(source("memory"), { command: "dev" })
    expect(await passes([bellhop.url], 60, 8)).toBe(60)
    bellhop.folder.write("gateway.config.ts", configSource(source("memory").replace("limit: 100,", "limit: 70,")))
    await bellhop.next(({ generation }) => generation === 2)
    expect(await passes([bellhop.url], 60, 8)).toBe(10)
  })
})
