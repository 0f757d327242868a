import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { GatewayError } from "../../src/core/errors.ts"
import type { Store } from "../../src/core/store.ts"
import { UsageLedger } from "../../src/observe/usage-ledger.ts"
import { usageRows } from "../../src/observe/usage-report.ts"
import { tools } from "../support/exchange.ts"

const start = Date.parse("2026-11-21T03:30:00Z")
const options = { keep: 86_400_000, bytes: false, webhook: undefined }
const who = { subject: undefined, identity: "apiKey:ada", key: "k1", tenant: undefined, route: "GET /x", plan: "free" }

beforeEach(() => void vi.useFakeTimers({ now: start }))
afterEach(() => void vi.useRealTimers())

/** A ledger over a store in memory, whose counting can be made to fail. */
function ledger() {
  const made = tools()
  const batches: string[] = []
  let away: "no" | "before" | "after" = "no"
  const store: Store = {
    ...made.store,
    async count(batch, amounts) {
      batches.push(batch)
      if (away === "before") throw new GatewayError("store_failed", "Away.")
      await made.store.count(batch, amounts)
      if (away === "after") throw new GatewayError("store_failed", "Away.")
    },
  }
  const kept = new UsageLedger(store, made.log)
  const end = kept.begin(store, options)
  const sum = async () =>
    (await usageRows(store, start - 3_600_000, start + 7_200_000)).map(({ hour, meter, amount }) => [
      hour,
      meter,
      amount,
    ])
  return {
    kept,
    end,
    sum,
    batches,
    logged: made.logged,
    store,
    fail: (how: typeof away) => {
      away = how
    },
  }
}

describe("UsageLedger", () => {
  it("writes nothing down at once, and everything within a second", async () => {
    const { kept, sum } = ledger()
    const line = kept.line(who)
    for (let after = 0; after < 400; after += 50) {
      kept.add(line, "requests", 1)
      await vi.advanceTimersByTimeAsync(50)
    }
    expect(await sum()).toEqual([])
    await vi.advanceTimersByTimeAsync(950 - 50)
    expect(await sum()).toEqual([["2026-11-21T03:00Z", "requests", 8]])
  })

  it("writes each amount into the hour that it was used in", async () => {
    const { kept, sum } = ledger()
    const line = kept.line(who)
    vi.setSystemTime(Date.parse("2026-11-21T03:59:59.999Z"))
    kept.add(line, "requests", 1)
    kept.add(line, "bytes", 100)
    vi.setSystemTime(Date.parse("2026-11-21T04:00:00Z"))
    kept.add(line, "requests", 1)
    kept.add(line, "requests", 0)
    await kept.flush()
    expect(await sum()).toEqual([
      ["2026-11-21T03:00Z", "bytes", 100],
      ["2026-11-21T03:00Z", "requests", 1],
      ["2026-11-21T04:00Z", "requests", 1],
    ])
  })

  it("keeps all of it while the store is away, and says so once", async () => {
    const { kept, sum, fail, logged, batches } = ledger()
    const line = kept.line(who)
    fail("before")
    for (let time = 0; time < 20; time++) {
      kept.add(line, "requests", 1)
      await vi.advanceTimersByTimeAsync(400)
    }
    expect(await sum()).toEqual([])
    fail("no")
    await vi.advanceTimersByTimeAsync(1200)
    expect(await sum()).toEqual([["2026-11-21T03:00Z", "requests", 20]])
    expect(logged.map(({ level }) => level)).toEqual(["error", "info"])
    // Two: what was tried, and all that came in the meantime.
    expect(new Set(batches).size).toBe(2)
  })

  it("counts nothing twice when the store took a batch without saying so", async () => {
    const { kept, sum, fail } = ledger()
    fail("after")
    kept.add(kept.line(who), "requests", 3)
    await vi.advanceTimersByTimeAsync(4000)
    fail("no")
    await vi.advanceTimersByTimeAsync(4000)
    expect(await sum()).toEqual([["2026-11-21T03:00Z", "requests", 3]])
  })

  it("names its batches so that no other ledger has the same", async () => {
    const one = ledger()
    const other = ledger()
    for (const { kept } of [one, other]) kept.add(kept.line(who), "requests", 1)
    await vi.advanceTimersByTimeAsync(1000)
    expect(new Set([...one.batches, ...other.batches]).size).toBe(2)
  })

  it("writes the rest down at the end, also while it is writing", async () => {
    const { kept, sum, end } = ledger()
    const line = kept.line(who)
    kept.add(line, "requests", 1)
    await vi.advanceTimersByTimeAsync(400)
    kept.add(line, "requests", 1)
    end()
    await Promise.all([kept.flush(), kept.flush()])
    expect(await sum()).toEqual([["2026-11-21T03:00Z", "requests", 2]])
  })

  it("splits what is too much for one batch", async () => {
    const { kept, batches, store } = ledger()
    for (let at = 0; at < 2500; at++) kept.add(kept.line({ ...who, key: `k${at}` }), "requests", 1)
    await kept.flush()
    expect(batches).toHaveLength(3)
    expect(await usageRows(store, start, start + 1)).toHaveLength(2500)
  })

  it("keeps names apart whatever is in them, and cuts those that are endless", () => {
    const { kept } = ledger()
    const lines = [
      kept.line(who),
      kept.line({ ...who, key: undefined, tenant: "k1" }),
      kept.line({ ...who, key: 'k1","' }),
      kept.line({ ...who, key: "k".repeat(500) }),
      kept.line({ ...who, key: `${"k".repeat(500)}l` }),
    ]
    expect(new Set(lines).size).toBe(lines.length)
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(300)
  })
})
