import { describe, expect, it, vi } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import type { Handler } from "../../../src/core/handler.ts"
import { jsonReply } from "../../../src/core/reply.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { streamOf, textOf } from "../../support/exchange.ts"
import { account, ok, route, statuses } from "./options.ts"

const two = { free: { requests: { limit: 2, per: "day" } } }

describe("quota(), counting,", () => {
  const plans = { free: { requests: { limit: 1, per: "day" } } }
  const failing =
    (status: number): Handler =>
    () => ({ status, headers: new HeaderList(), body: null })

  it.each([200, 304, 404, 101])("counts an answer of %i", async (status) => {
    const usage = account()
    const { ask } = route({ plan: "free" }, { plans, usage, next: failing(status) })
    expect(await statuses(ask, 2)).toEqual([status, 429])
    expect(Object.values(usage.sums)).toEqual([1])
  })

  it.each([500, 502, 503])("gives an answer of %i back", async (status) => {
    const usage = account()
    const { ask } = route({ plan: "free" }, { plans, usage, next: failing(status) })
    expect(await statuses(ask, 3)).toEqual([status, status, status])
    expect(usage.sums).toEqual({})
  })

  it("gives back what failed, and counts those who left before their answer", async () => {
    const usage = account()
    let code: "timeout" | "client_gone" = "timeout"
    const next: Handler = () => {
      throw new GatewayError(code, "It failed.")
    }
    const { ask } = route({ plan: "free" }, { plans, usage, next })
    expect(await statuses(ask, 2)).toEqual([504, 504])
    code = "client_gone"
    expect(await statuses(ask, 2)).toEqual([499, 429])
    expect(Object.values(usage.sums)).toEqual([1])
  })

  it("counts the statuses that it is told", async () => {
    const next: Handler = ({ path }) => ({ status: Number(path.slice(1)), headers: new HeaderList(), body: null })
    const { ask } = route({ plan: "free", count: ["2xx", 404] }, { plans, next })
    const statusOf = async (path: string) => (await ask(undefined, { path })).status
    expect([await statusOf("/400"), await statusOf("/403"), await statusOf("/404")]).toEqual([400, 403, 404])
    expect(await statusOf("/400")).toBe(429)
  })

  it("does not count what it refused", async () => {
    const usage = account()
    const { ask } = route({ plan: "free" }, { plans, usage })
    await statuses(ask, 5)
    expect(Object.values(usage.sums)).toEqual([1])
  })

  it("counts nothing before there is an answer", async () => {
    const usage = account()
    const held = Promise.withResolvers<void>()
    const { ask } = route({}, { usage, next: async (asks) => (await held.promise, ok(asks)) })
    const answer = ask()
    await Promise.resolve()
    expect(usage.sums).toEqual({})
    held.resolve()
    await answer
    expect(Object.values(usage.sums)).toEqual([1])
  })
})

describe("quota(), measuring,", () => {
  const meters = {
    tokens: { field: "usage.total" },
    cost: { header: "X-Cost" },
    calls: ({ status }: { status: number }, { method }: { method: string }) => (method === "GET" ? status : 0),
  }
  const told = (usage: ReturnType<typeof account>) =>
    Object.fromEntries(Object.entries(usage.sums).map(([name, sum]) => [name.split(" ").at(-1), sum]))

  it("counts bytes when they have passed, and refuses once there are none left", async () => {
    const usage = account()
    const plans = { free: { bytes: { limit: "15b", per: "day" } } }
    const { ask } = route({ plan: "free" }, { plans, usage })
    expect(await statuses(ask, 3)).toEqual([200, 200, 429])
    expect(told(usage)).toEqual({ requests: 2, bytes: 20 })
    expect((await ask()).error?.members).toMatchObject({ meter: "bytes", limit: 15, used: 15 })
  })

  it("counts the bytes of a stream that passed, also of one that nobody wanted to its end", async () => {
    const usage = account(true)
    const bodies = [streamOf("01234", "56789"), streamOf("01234", "56789")]
    const next: Handler = () => ({ status: 200, headers: new HeaderList(), body: bodies.shift() ?? null })
    const { ask } = route({}, { usage, next })
    const whole = (await ask()).reply?.body
    expect(told(usage)).toEqual({ requests: 1 })
    expect(await textOf(whole)).toBe("0123456789")
    expect(told(usage)).toEqual({ requests: 1, bytes: 10 })
    const cut = (await ask()).reply?.body as ReadableStream<Uint8Array>
    const reader = cut.getReader()
    await reader.read()
    await reader.cancel()
    expect(told(usage)).toEqual({ requests: 2, bytes: 15 })
  })

  it("leaves a body alone whose bytes nobody wants to know", async () => {
    const body = streamOf("01234")
    const { ask } = route(
      { plan: "free" },
      { plans: two, next: () => ({ status: 200, headers: new HeaderList(), body }) },
    )
    expect((await ask()).reply?.body).toBe(body)
  })

  it("reads headers, fields and functions", async () => {
    const usage = account()
    const next: Handler = () => {
      const reply = jsonReply({ usage: { total: 41.2 } })
      reply.headers.set("x-cost", "7")
      return reply
    }
    const plans = { free: { tokens: { limit: 50, per: "day" } } }
    const { ask } = route({ plan: "free", meters }, { plans, usage, next })
    await ask()
    await vi.waitFor(() => expect(told(usage)).toEqual({ requests: 1, cost: 7, calls: 200, tokens: 42 }))
    expect((await ask()).headers["ratelimit"]).toMatch(/^"tokens-day";r=8;/)
    await vi.waitFor(() => expect(told(usage)["tokens"]).toBe(84))
    expect((await ask()).status).toBe(429)
  })

  it("says when it gets something that is no number", async () => {
    const usage = account()
    const next: Handler = () => ({ status: 200, headers: new HeaderList(["x-cost", "-5"]), body: null })
    const { ask, logged } = route({ meters: { cost: meters.cost, odd: () => Number.NaN } }, { usage, next })
    await ask()
    expect(told(usage)).toEqual({ requests: 1 })
    expect(logged.map(({ message }) => message)).toEqual([
      'The meter "cost" got something that is no number from zero: nothing was counted.',
      'The meter "odd" got something that is no number from zero: nothing was counted.',
    ])
  })

  it("answers although a meter failed", async () => {
    const usage = account()
    const failing = () => {
      throw new Error("no meter")
    }
    const { ask, logged } = route({ meters: { odd: failing } }, { usage })
    expect((await ask()).status).toBe(200)
    expect(told(usage)).toEqual({ requests: 1 })
    expect(logged).toMatchObject([{ level: "error", message: "A meter failed: nothing was counted." }])
  })

  it("does not hold a route to meters that it does not have", async () => {
    const plans = { free: { tokens: { limit: 1, per: "day" } } }
    expect((await route({ plan: "free" }, { plans }).ask()).headers).toEqual({})
  })
})
