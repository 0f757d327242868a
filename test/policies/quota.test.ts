import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { GatewayError } from "../../src/core/errors.ts"
import type { Handler } from "../../src/core/handler.ts"
import type { Identity } from "../../src/core/identity.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { quota } from "../../src/policies/quota.ts"
import { exchange, failureOf, tools } from "../support/exchange.ts"
import { account, asker, ok, plansOf, route, statuses } from "./quota/options.ts"

const two = { free: { requests: { limit: 2, per: "day" } } }

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-11-21T22:00:00Z") }))
afterEach(() => void vi.useRealTimers())

describe("quota()", () => {
  it("lets a plan's requests through, and answers the next one with 429 until the period ends", async () => {
    const { ask } = route({ plan: "free" }, { plans: two })
    expect(await statuses(ask, 3)).toEqual([200, 200, 429])
    vi.setSystemTime(Date.parse("2026-11-21T23:59:59Z"))
    expect((await ask()).status).toBe(429)
    vi.setSystemTime(Date.parse("2026-11-22T00:00:00Z"))
    expect(await statuses(ask, 3)).toEqual([200, 200, 429])
  })

  it("says what is used, of what, and when to come again", async () => {
    const { ask } = route({ plan: "free" }, { plans: two })
    await statuses(ask, 2)
    const { error, headers } = await ask()
    expect(error).toMatchObject({
      code: "quota_exceeded",
      message: 'The plan "free" has 2 requests per day, and they are used up.',
      headers: { "retry-after": "7200" },
      members: {
        plan: "free",
        meter: "requests",
        limit: 2,
        used: 2,
        per: "day",
        reset: 7200,
        "violated-policies": ["requests-day"],
      },
    })
    expect(headers).toEqual({
      "ratelimit-policy": '"requests-day";q=2;w=86400',
      ratelimit: '"requests-day";r=0;t=7200',
    })
  })

  it("tells what is left on every answer, beside what others tell", async () => {
    const { handle } = route({ plan: "free" }, { plans: two })
    const asks = exchange()
    const others: [string, string] = ["ratelimit", '"burst";r=5;t=1']
    asks.answerHeaders.push(others)
    await handle(asks)
    expect(Object.fromEntries(asks.answerHeaders)).toEqual({
      ratelimit: '"burst";r=5;t=1, "requests-day";r=1;t=7200',
      "ratelimit-policy": '"requests-day";q=2;w=86400',
    })
    expect(others[1]).toBe('"burst";r=5;t=1')
  })

  it("begins its periods where its time zone does", async () => {
    const { ask } = route({ plan: "free", timeZone: "Europe/Berlin" }, { plans: two })
    expect((await ask()).headers["ratelimit"]).toBe('"requests-day";r=1;t=3600')
    vi.setSystemTime(Date.parse("2026-11-21T23:00:00Z"))
    expect((await ask()).headers["ratelimit"]).toBe('"requests-day";r=1;t=86400')
  })

  it("holds to a rolling time too, in which nothing is there at once again", async () => {
    const { ask } = route({ plan: "free" }, { plans: { free: { requests: { limit: 2, per: "24h" } } } })
    expect(await statuses(ask, 3)).toEqual([200, 200, 429])
    const { error } = await ask()
    expect(error?.message).toBe('The plan "free" has 2 requests in any 1d, and they are used up.')
    vi.setSystemTime(Date.parse("2026-11-22T00:00:00Z"))
    expect((await ask()).status).toBe(429)
  })

  it("takes of several limits of a plan, or of none where one is used up", async () => {
    const plans = {
      free: {
        requests: [
          { limit: 3, per: "hour" },
          { limit: 4, per: "day" },
        ],
      },
    }
    const { ask } = route({ plan: "free" }, { plans })
    expect(await statuses(ask, 5)).toEqual([200, 200, 200, 429, 429])
    vi.setSystemTime(Date.parse("2026-11-21T23:00:00Z"))
    const { headers, status } = await ask()
    expect(status).toBe(200)
    expect(headers["ratelimit"]).toBe('"requests-hour";r=2;t=3600, "requests-day";r=0;t=3600')
    expect((await ask()).error?.members).toMatchObject({ per: "day", limit: 4, used: 4 })
  })

  it("goes on above a limit whose overage is allowed", async () => {
    const usage = account()
    const plans = { pro: { requests: { limit: 1, per: "day", overage: "allow" } } }
    const { ask } = route({ plan: "pro" }, { plans, usage })
    expect(await statuses(ask, 3)).toEqual([200, 200, 200])
    expect(usage.sums).toEqual({ "- - - - GET /x pro requests": 3 })
  })

  it("refuses nothing when nobody has a limit, and counts", async () => {
    const usage = account()
    const { ask } = route({}, { usage })
    const { status, headers } = await ask(asker("ada", { credential: "k1", tenant: "acme" }))
    expect([status, headers]).toEqual([200, {}])
    expect(usage.sums).toEqual({ "- apiKey:ada k1 acme GET /x - requests": 1 })
  })
})

describe("quota(), finding the plan,", () => {
  const plans = { free: { requests: { limit: 1, per: "day" } }, pro: { requests: { limit: 2, per: "day" } } }

  it("takes the one of the identity before that of the route", async () => {
    const { ask } = route({ plan: "free" }, { plans })
    expect(await statuses(() => ask(asker("ada", { plan: "pro" })), 3)).toEqual([200, 200, 429])
    expect(await statuses(() => ask(asker("bob")), 2)).toEqual([200, 429])
  })

  it("refuses those who have none", async () => {
    const { ask } = route({}, { plans })
    expect((await ask()).error).toMatchObject({ code: "forbidden", message: "No plan covers this request." })
    expect((await ask(asker("ada"))).status).toBe(403)
    expect((await ask(asker("ada", { plan: "pro" }))).status).toBe(200)
  })

  it.each(["gold", "constructor", "__proto__"])(
    "takes the plan %j that there is none of for none, and says so once",
    async (plan) => {
      const { ask, logged } = route({}, { plans })
      expect(await statuses(() => ask(asker("ada", { plan })), 2)).toEqual([403, 403])
      expect(logged.map(({ message }) => message)).toEqual([
        `A client has the plan "${plan}", which \`plans\` does not have.`,
      ])
      expect((await route({ plan: "free" }, { plans }).ask(asker("ada", { plan }))).status).toBe(200)
    },
  )

  it("does not let clients fill the log with plans", async () => {
    const { ask, logged } = route({ plan: "free" }, { plans })
    for (let at = 0; at < 300; at++) await ask(asker("ada", { plan: `plan-${at}` }))
    expect(logged).toHaveLength(100)
  })

  it("asks a function, whose word counts for everybody", async () => {
    const plan = (request: { headers: Headers }, who?: Identity) =>
      request.headers.get("x-plan") ?? (who ? "pro" : undefined)
    const { ask } = route({ plan }, { plans })
    expect((await ask()).status).toBe(403)
    expect((await ask(asker("ada", { plan: "free" }))).headers["ratelimit"]).toContain("r=1")
    expect((await ask(asker("ada"), { headers: { "x-plan": "free" } })).headers["ratelimit"]).toContain("r=0")
  })

  it("keeps the counts of plans apart", async () => {
    const { ask } = route({}, { plans })
    expect(await statuses(() => ask(asker("ada", { plan: "free" })), 2)).toEqual([200, 429])
    expect(await statuses(() => ask(asker("ada", { plan: "pro" })), 3)).toEqual([200, 200, 429])
  })
})

describe("quota(), beside its store,", () => {
  it("stays synchronous up to the answer, where the store is in this process", () => {
    const { handle } = route({ plan: "free" }, { plans: { free: { requests: { limit: 1, per: "day" } } } })
    void handle(exchange())
    expect(() => handle(exchange())).toThrow(GatewayError)
  })

  it("refuses nobody by accident: a store that fails is told as that", async () => {
    const failed = new GatewayError("store_failed", "The store cannot be used: try again later.")
    const made = tools({ plans: plansOf(two) })
    const store = { ...made.store, take: () => Promise.reject(failed) }
    const options = quota.options.parse({ plan: "free" }, [], () => {})
    const next = vi.fn(ok)
    expect(await failureOf(() => quota.create(options, { ...made, store })(next)(exchange()))).toBe(failed)
    expect(next).not.toHaveBeenCalled()
  })

  it("answers although the store did not take back what does not count", async () => {
    const made = tools({ plans: plansOf(two) })
    const store = { ...made.store, adjust: () => Promise.reject(new Error("away")) }
    const options = quota.options.parse({ plan: "free" }, [], () => {})
    const next: Handler = () => ({ status: 500, headers: new HeaderList(), body: null })
    expect(await quota.create(options, { ...made, store })(next)(exchange())).toMatchObject({ status: 500 })
    await vi.waitFor(() => expect(made.logged).toMatchObject([{ level: "error" }]))
  })
})
