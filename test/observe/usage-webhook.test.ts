import { createHmac } from "node:crypto"

import { describe, expect, it, onTestFinished, vi } from "vitest"

import type { Store } from "../../src/core/store.ts"
import type { WebhookOptions } from "../../src/observe/usage-options.ts"
import { hourOf, keyOf, lineOf } from "../../src/observe/usage-rows.ts"
import { UsageWebhook } from "../../src/observe/usage-webhook.ts"
import { tools } from "../support/exchange.ts"

const secret = Buffer.from("a secret of a test")

interface Delivered {
  readonly id: string
  readonly body: string
  readonly total: number
  readonly headers: Headers
}

/** A billing system that answers with these statuses, and with 204 when there are none left. */
function receiver(...statuses: number[]) {
  const got: Delivered[] = []
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    development: false,
    async fetch(request) {
      const body = await request.text()
      const { data } = JSON.parse(body) as { data: { records: { amount: number }[] } }
      const total = data.records.reduce((sum, { amount }) => sum + amount, 0)
      got.push({ id: request.headers.get("webhook-id") ?? "", body, total, headers: request.headers })
      return new Response(null, { status: statuses.shift() ?? 204 })
    },
  })
  onTestFinished(() => void server.stop(true))
  /** What a receiver counts that takes each id once. */
  const billed = (): number => [...new Map(got.map(({ id, total }) => [id, total])).values()].reduce((a, b) => a + b, 0)
  return { url: `http://127.0.0.1:${server.port}/usage?token=t`, got, billed }
}

let batches = 0

async function use(store: Store, amount: number, key = "k1", at = Date.now()): Promise<void> {
  const line = lineOf({ subject: undefined, identity: "apiKey:ada", key, tenant: undefined, route: "/x", plan: "free" })
  await store.count(`test ${batches++}`, [{ key: keyOf(hourOf(at), line, "requests"), by: amount, ttl: 86_400_000 }])
}

function begin(url: string, store: Store, more: Partial<WebhookOptions> = {}) {
  const { log, logged } = tools()
  const end = new UsageWebhook({ url, secret, every: 10, ...more }, 86_400_000, store, log).begin()
  onTestFinished(end)
  return { end, logged }
}

/** A webhook that has found out that there is nothing to tell yet. */
async function begun(url: string, store: Store) {
  const made = begin(url, store)
  await vi.waitFor(async () => expect(await store.list("usage-webhook ")).toHaveLength(1))
  return made
}

describe("UsageWebhook", () => {
  it("tells what was used since the last time, and nothing when that is nothing", async () => {
    const { store } = tools()
    const { url, got } = receiver()
    await begun(url, store)
    await use(store, 3)
    await vi.waitFor(() => expect(got.map(({ total }) => total)).toEqual([3]))
    await use(store, 2)
    await use(store, 5, "k2")
    await vi.waitFor(() => expect(got.reduce((sum, { total }) => sum + total, 0)).toBe(10))
    expect(new Set(got.map(({ id }) => id)).size).toBe(got.length)
  })

  it("signs as Standard Webhooks has it, and says what each row is of", async () => {
    const { store } = tools()
    const { url, got } = receiver()
    await begun(url, store)
    await use(store, 3)
    await vi.waitFor(() => expect(got).toHaveLength(1))
    const [{ id, body, headers } = expect.fail()] = got
    const time = headers.get("webhook-timestamp") ?? ""
    expect(Math.abs(Number(time) * 1000 - Date.now())).toBeLessThan(60_000)
    const signature = createHmac("sha256", secret).update(`${id}.${time}.${body}`).digest("base64")
    expect(headers.get("webhook-signature")).toBe(`v1,${signature}`)
    expect(JSON.parse(body)).toEqual({
      type: "usage.counted",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
      data: {
        records: [
          {
            hour: `${hourOf(Date.now())}:00Z`,
            subject: null,
            identity: "apiKey:ada",
            key: "k1",
            tenant: null,
            route: "/x",
            plan: "free",
            meter: "requests",
            amount: 3,
          },
        ],
      },
    })
  })

  it("sends a batch again under its id, with the same content, until it is taken", async () => {
    const { store } = tools()
    const { url, got, billed } = receiver(500, 302)
    const { logged } = await begun(url, store)
    await use(store, 3)
    await vi.waitFor(() => expect(got).toHaveLength(3), { timeout: 10_000 })
    await use(store, 4)
    await vi.waitFor(() => expect(billed()).toBe(7))
    const same = got.slice(0, 3)
    expect(new Set(same.map(({ id, body }) => id + body)).size).toBe(1)
    expect(logged.map(({ level }) => level)).toEqual(["error", "info"])
    expect(JSON.stringify(logged)).not.toContain("token")
  })

  it("goes on after the end of its process where it was, with the batch that was not taken first", async () => {
    const { store } = tools()
    const first = receiver(500, 500, 500)
    const { end } = await begun(first.url, store)
    await use(store, 3)
    await vi.waitFor(() => expect(first.got.length).toBeGreaterThan(0))
    end()
    await use(store, 4)
    begin(first.url, store)
    await vi.waitFor(() => expect(first.billed()).toBe(7), { timeout: 15_000 })
    const [unanswered, taken] = first.got
    expect(taken?.id).toBe(unanswered?.id)
  })

  it("tells nothing twice when it ends between the answer and writing down that there was one", async () => {
    const { store } = tools()
    const { url, got, billed } = receiver()
    const dying: Store = {
      ...store,
      // The batch was taken; its end is never written.
      replace: (key, expected, value, ttl) =>
        new TextDecoder().decode(expected).includes('"batch"')
          ? new Promise<boolean>(() => {})
          : store.replace(key, expected, value, ttl),
      hold: () => true,
    }
    await begun(url, dying)
    await use(store, 3)
    await vi.waitFor(() => expect(got).toHaveLength(1))
    await use(store, 4)
    await begun(url, { ...store, hold: () => true })
    await vi.waitFor(() => expect(billed()).toBe(7))
    await use(store, 1)
    await vi.waitFor(() => expect(billed()).toBe(8))
  })

  it("tells everything once when several processes have the same receiver", async () => {
    const { store } = tools()
    const { url, billed } = receiver()
    await begun(url, store)
    for (let more = 0; more < 3; more++) begin(url, store)
    for (let time = 0; time < 20; time++) await use(store, 1, `k${time % 3}`)
    await vi.waitFor(() => expect(billed()).toBe(20))
  })

  it("tells what a process wrote down late, of an hour that was told before", async () => {
    const { store } = tools()
    const { url, billed } = receiver()
    await begun(url, store)
    const [[key, value] = expect.fail()] = await store.list("usage-webhook ")
    const before = new TextEncoder().encode(JSON.stringify({ from: Date.now() - 40 * 3_600_000 }))
    expect(await store.replace(key, value, before, 86_400_000)).toBe(true)
    await use(store, 3)
    await vi.waitFor(() => expect(billed()).toBe(3))
    await use(store, 4, "k1", Date.now() - 3 * 3_600_000)
    await vi.waitFor(() => expect(billed()).toBe(7))
  })

  it("splits what is too much for one batch", async () => {
    const { store } = tools()
    const { url, got, billed } = receiver()
    await begun(url, store)
    const line = (key: string) =>
      lineOf({ subject: undefined, identity: "i", key, tenant: undefined, route: "/x", plan: undefined })
    const amounts = Array.from({ length: 2500 }, (_, at) => ({
      key: keyOf(hourOf(Date.now()), line(`k${at}`), "requests"),
      by: 1,
      ttl: 86_400_000,
    }))
    await store.count("many", amounts)
    await vi.waitFor(() => expect(billed()).toBe(2500))
    expect(got).toHaveLength(3)
  })
})
