import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { lease } from "../../../src/policies/rate-limit/leases.ts"
import { tools } from "../../support/exchange.ts"

const made = () => ({
  ...tools(),
  store: { hold: vi.fn(() => Promise.resolve(true)), release: vi.fn(() => Promise.resolve()) },
})

describe("lease()", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    // The one timer for all ends when it finds no lease: the next test begins with a clock of its own.
    vi.advanceTimersByTime(20_000)
    vi.useRealTimers()
  })

  it("renews its place until it lets go of it, once", async () => {
    const { store, log } = made()
    const letGo = await lease(store, "key", 5, log)
    vi.advanceTimersByTime(60_000)
    expect(store.hold).toHaveBeenCalledTimes(4)
    expect(new Set(store.hold.mock.calls.map((call) => JSON.stringify(call))).size).toBe(1)
    letGo?.()
    letGo?.()
    expect(store.release).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(60_000)
    expect(store.hold).toHaveBeenCalledTimes(4)
    expect(vi.getTimerCount()).toBe(0)
  })

  it("gives each its own name", async () => {
    const { store, log } = made()
    const both = await Promise.all([lease(store, "key", 5, log), lease(store, "key", 5, log)])
    const names = store.hold.mock.calls.map((call: unknown[]) => call[1])
    expect(new Set(names).size).toBe(2)
    for (const letGo of both) letGo?.()
  })

  it("is none where there is no place", async () => {
    const { log } = made()
    const store = { hold: () => false, release: () => Promise.resolve() }
    expect(lease(store, "key", 5, log)).toBeUndefined()
    expect(vi.getTimerCount()).toBe(0)
  })

  it("survives a store that fails", async () => {
    const { store, log, logged } = made()
    const letGo = await lease(store, "key", 5, log)
    store.hold.mockRejectedValue(new Error("away"))
    store.release.mockRejectedValue(new Error("away"))
    await vi.advanceTimersByTimeAsync(20_000)
    letGo?.()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(logged).toMatchObject([{ level: "error", message: "Cannot let go of a place." }])
  })
})
