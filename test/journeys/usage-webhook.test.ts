import { describe, expect, it, onTestFinished, vi } from "vitest"

import { serving } from "../support/executable.ts"
import { configSource, gateway } from "../support/gateway.ts"
import { load, requestsIn, usageLines } from "../support/usage.ts"

/** A billing system that takes each batch once, and can be told to take none. */
function billing() {
  const taken = new Map<string, number>()
  let isOpen = true
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    development: false,
    async fetch(request) {
      const { data } = (await request.json()) as { data: { records: { meter: string; amount: number }[] } }
      if (!isOpen) return new Response(null, { status: 503 })
      const requests = data.records.filter(({ meter }) => meter === "requests")
      taken.set(
        request.headers.get("webhook-id") ?? "",
        requests.reduce((sum, { amount }) => sum + amount, 0),
      )
      return new Response(null, { status: 204 })
    },
  })
  onTestFinished(() => void server.stop(true))
  return {
    url: `http://127.0.0.1:${server.port}/`,
    billed: () => [...taken.values()].reduce((sum, one) => sum + one, 0),
    open: (open: boolean) => {
      isOpen = open
    },
  }
}

describe("the usage webhook", () => {
  it("bills what the account has, over kill -9, restarts and a receiver that is away", async () => {
    const { url, billed, open } = billing()
    const source = `{
      store: "sqlite",
      usage: { webhook: { url: "${url}", secret: "0123456789abcdef", every: "50ms" } },
      routes: { "GET /x": { reply: { body: "ok" }, quota: {} } },
    }`
    await using first = await gateway(source)
    const { path } = first.folder
    await load(first.url, { enough: 200 }).done
    await vi.waitFor(() => expect(billed()).toBe(200), { timeout: 10_000 })
    open(false)
    const { done } = load(first.url)
    await vi.waitFor(async () => expect(requestsIn(await usageLines(path, "route"))).toBeGreaterThan(300), {
      timeout: 10_000,
    })
    first.kill("SIGKILL")
    await Promise.all([done, first.exited])
    open(true)
    await using second = await serving(path, { command: "start" })
    await load(second.url, { enough: 100 }).done
    const whole = async () => requestsIn(await usageLines(path, "route"))
    await vi.waitFor(async () => expect(billed()).toBe(await whole()), { timeout: 15_000, interval: 300 })
    expect(billed()).toBeGreaterThan(400)
    second.kill()
    expect(await second.exited).toBe(0)
    // What was written down last is told by the next one.
    first.folder.write("gateway.config.ts", configSource(source))
    await using third = await serving(path, { command: "start" })
    await vi.waitFor(async () => expect(billed()).toBe(await whole()), { timeout: 15_000, interval: 300 })
    expect(third.stderr()).not.toContain("0123456789abcdef")
  })
})
