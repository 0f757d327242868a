import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest"

import { Kept } from "../../../src/core/kept.ts"
import { healthOptions } from "../../../src/services/health-options.ts"
import { healthChecks } from "../../../src/services/health.ts"
import { type Upstream, upstream } from "../../../src/services/upstream.ts"
import { tools } from "../../support/exchange.ts"
import { parsed } from "../discovery/watching.ts"

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] }))
afterEach(() => void vi.useRealTimers())

const hosts = (count: number, keep = new Kept().generation().keep): Upstream[] =>
  Array.from({ length: count }, (_, index) => upstream("shop", { url: `http://h${index}` }, keep))

/** Checks that come out as `well` says, each in no time unless it says otherwise; when each was made. */
function checking(
  given: object | undefined,
  well: (one: Upstream) => string | undefined | Promise<string | undefined>,
) {
  const made: { host: string; at: number }[] = []
  const signals: AbortSignal[] = []
  const start = performance.now()
  const used = tools()
  const options = given && parsed(healthOptions, { path: "/", jitter: 0, ...given })
  const checks = healthChecks("shop", options, used.log, async (one, _, signal) => {
    made.push({ host: one.host, at: performance.now() - start })
    signals.push(signal)
    return well(one)
  })
  return {
    checks,
    made,
    signals,
    begin(list: readonly Upstream[]) {
      const end = checks.begin(list)
      onTestFinished(end)
      return end
    },
    times: (host = "h0") => made.filter((one) => one.host === host).map(({ at }) => at),
    log: () => used.logged.map(({ level, message }) => `${level}: ${message}`),
  }
}

const after = (length: number) => vi.advanceTimersByTimeAsync(length)

describe("healthChecks()", () => {
  it("checks nothing before it begins, then each upstream again and again, until it ends", async () => {
    const { checks, begin, times, made } = checking({ interval: "10s" }, () => undefined)
    checks.cover(hosts(1))
    await after(20_000)
    expect(made).toEqual([])
    const end = begin(hosts(2))
    await after(20_010)
    expect(times()).toEqual([20_000, 30_000, 40_000])
    expect(times("h1")).toEqual([20_010, 30_010, 40_010])
    end()
    await after(60_000)
    expect(made.length).toBe(6)
  })

  it("does not begin with all of many at once, and makes none wait longer than an interval", async () => {
    const { begin, made } = checking({ interval: "1s" }, () => undefined)
    begin(hosts(150))
    await after(0)
    expect(made.length).toBeLessThanOrEqual(2)
    await after(999)
    expect(new Set(made.map(({ host }) => host)).size).toBe(150)
  })

  it("varies the interval by the jitter, both ways", async () => {
    const { begin, times } = checking({ interval: "10s", jitter: 20 }, () => undefined)
    begin(hosts(1))
    await after(1_000_000)
    const waits = times().map((time, index, all) => (all[index + 1] ?? time + 10_000) - time)
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(8_000)
    expect(Math.max(...waits)).toBeLessThanOrEqual(12_001)
    expect(waits.some((wait) => wait < 9_500)).toBe(true)
    expect(waits.some((wait) => wait > 10_500)).toBe(true)
  })

  it("makes the next check when the one before it is over, never two at once", async () => {
    const open: ((reason?: string) => void)[] = []
    const { begin, times } = checking({ interval: "1s" }, () => new Promise((resolve) => open.push(resolve)))
    begin(hosts(1))
    await after(5_000)
    expect(times()).toEqual([0])
    open[0]?.()
    await after(0)
    expect(times()).toEqual([0, 5_000])
  })

  it("takes an upstream out after failures in a row, and in again after successes in a row", async () => {
    const [one] = hosts(1)
    if (!one) throw new Error("There is none.")
    const heard = vi.fn<() => void>()
    one.state.onChange(heard)
    // Two failures are no three; one success is no two.
    const outcomes = ["ffs", "fff", "sf", "ss"].join("")
    const seen: boolean[] = []
    let at = 0
    const { begin, log } = checking({ interval: "1s" }, () => (outcomes[at++] === "f" ? "status 503" : undefined))
    begin([one])
    for (const _ of outcomes) {
      await after(seen.length === 0 ? 0 : 1_000)
      seen.push(one.state.healthy)
    }
    expect(seen.map(Number).join("")).toBe("1111100001")
    expect(heard).toHaveBeenCalledTimes(2)
    expect(one.state.upSince).toBe(performance.now())
    expect(log()).toEqual([
      'warn: service "shop": http://h0 is down: status 503 (3 checks)',
      'info: service "shop": http://h0 is up (2 checks)',
    ])
    expect(one.health).toMatchObject({ passed: 4, failed: 6, since: new Date() })
  })

  it("lets the config say how many in a row", async () => {
    const [one] = hosts(1)
    let reason: string | undefined = "status 500"
    const { begin } = checking({ interval: "1s", unhealthy: 1, healthy: 1 }, () => reason)
    begin(one ? [one] : [])
    await after(0)
    expect(one?.state.healthy).toBe(false)
    reason = undefined
    await after(1_000)
    expect(one?.state.healthy).toBe(true)
  })

  it('leaves an upstream alone until its first check went well, with first: "check"', async () => {
    const [well, ill, slow] = hosts(3)
    const all = [well, ill, slow].flatMap((one) => one ?? [])
    const { begin, log } = checking({ interval: "10s", first: "check" }, (one) =>
      one === well ? undefined : one === ill ? "status 500" : new Promise(() => undefined),
    )
    begin(all)
    expect(all.map(({ state }) => state.healthy)).toEqual([false, false, false])
    expect(all.map(({ health }) => health.reason)).toEqual(["not checked yet", "not checked yet", "not checked yet"])
    await after(5_000)
    expect(all.map(({ state }) => state.healthy)).toEqual([true, false, false])
    expect(all.map(({ health }) => health.reason)).toEqual([undefined, "status 500", "not checked yet"])
    expect(log()).toEqual(['info: service "shop": http://h0 is up (1 check)'])
  })

  it("goes by the label, which shows no secret", async () => {
    const one = upstream("shop", { url: "http://hidden.internal", label: "#1" }, new Kept().generation().keep)
    const { begin, log } = checking({ unhealthy: 1 }, () => "status 500")
    begin([one])
    await after(0)
    expect(log()).toEqual(['warn: service "shop": #1 is down: status 500 (1 check)'])
  })

  it("checks one that comes later, and none that went", async () => {
    const list = hosts(3)
    const { checks, begin, times, signals } = checking({ interval: "1s" }, () => undefined)
    begin(list.slice(0, 2))
    await after(1_500)
    checks.cover(list.slice(1))
    await after(1_000)
    expect(times("h0")).toEqual([0, 1_000])
    expect(times("h1")).toEqual([10, 1_010, 2_010])
    expect(times("h2")).toEqual([1_500, 2_500])
    expect(signals[0]?.aborted).toBe(true)
  })

  it("takes an upstream that is listed twice for one", async () => {
    const { keep } = new Kept().generation()
    const { begin, times } = checking({}, () => undefined)
    begin([...hosts(1, keep), ...hosts(1, keep)])
    await after(0)
    expect(times()).toEqual([0])
  })

  it("goes on where it was after a reload that changes nothing about it", async () => {
    const list = hosts(1)
    const before = checking({ interval: "10s", unhealthy: 3 }, () => "status 500")
    const end = before.begin(list)
    await after(12_000)
    end()
    const next = checking({ interval: "10s", unhealthy: 3 }, () => "status 500")
    next.begin(list)
    await after(7_999)
    expect(next.made).toEqual([])
    await after(1)
    expect(next.times()).toEqual([8_000])
    expect(next.log()).toEqual(['warn: service "shop": http://h0 is down: status 500 (3 checks)'])
  })

  it("counts anew, and soon, after a reload that checks another way; who is down stays down until then", async () => {
    const [one] = hosts(1)
    const list = one ? [one] : []
    const before = checking({ interval: "10s", unhealthy: 1 }, () => "status 500")
    const end = before.begin(list)
    await after(1_000)
    end()
    const next = checking({ path: "/other", healthy: 2, first: "check", interval: "1s" }, () => undefined)
    next.begin(list)
    await after(0)
    expect([one?.state.healthy, next.made.length]).toEqual([false, 1])
    await after(1_000)
    expect(one?.state.healthy).toBe(true)
  })

  it("makes a check again that a reload cut short", async () => {
    const list = hosts(1)
    const before = checking({ interval: "10s" }, () => new Promise(() => undefined))
    const end = before.begin(list)
    await after(3_000)
    end()
    expect(before.signals[0]?.aborted).toBe(true)
    const next = checking({ interval: "10s" }, () => undefined)
    next.begin(list)
    await after(0)
    expect(next.times()).toEqual([0])
  })

  it("takes no notice of a check that ends after it was ended", async () => {
    const [one] = hosts(1)
    const open: ((reason: string) => void)[] = []
    const { begin, log } = checking({ unhealthy: 1 }, () => new Promise((resolve) => open.push(resolve)))
    const end = begin(one ? [one] : [])
    await after(0)
    end()
    open[0]?.("status 500")
    await after(60_000)
    expect([one?.state.healthy, one?.health.failed, log()]).toEqual([true, 0, []])
  })

  it("holds all for well again once the config checks no more", async () => {
    const [one] = hosts(1)
    const list = one ? [one] : []
    const end = checking({ unhealthy: 1 }, () => "status 500").begin(list)
    await after(0)
    expect(one?.state.healthy).toBe(false)
    end()
    checking(undefined, () => "status 500").begin(list)
    expect(one?.state.healthy).toBe(true)
    expect(one?.health).toMatchObject({ passed: 0, failed: 0, reason: undefined, fresh: true })
  })
})
