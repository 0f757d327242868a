import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { GatewayError } from "../../src/core/errors.ts"
import { Kept } from "../../src/core/kept.ts"
import type { Want } from "../../src/core/store.ts"
import { keptStore } from "../../src/stores/kept-store.ts"
import { memory } from "../../src/stores/memory.ts"
import { sqlite } from "../../src/stores/sqlite.ts"
import { type AnyStore, type OwnedStore, StoreAway } from "../../src/stores/store-part.ts"
import { failureOf, tools } from "../support/exchange.ts"
import { folder } from "../support/executable.ts"

const value = new Uint8Array([1])

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }))
afterEach(() => void vi.useRealTimers())

/** A store that tells what is done to it. */
function watched(): { part: AnyStore; done: string[] } {
  const done: string[] = []
  const part: AnyStore = {
    ...(memory as AnyStore),
    create: (options, ground): OwnedStore => ({
      ...memory.create(options as { limit: number }, ground),
      sweep: async () => void done.push("sweep"),
      close: () => void done.push("close"),
    }),
  }
  return { part, done }
}

/** A store that is away. */
const awayStore: AnyStore = {
  ...(memory as AnyStore),
  create: (_, ground): OwnedStore => ({
    ...memory.create({ limit: 1000 }, ground),
    get: () => Promise.reject(new StoreAway("it is away")),
    take: () => Promise.reject(new StoreAway("it is away")),
    hold: () => Promise.reject(new StoreAway("it is away")),
    status: () => ({ connected: false, awaySince: 1, estimated: 2 }),
  }),
}

describe("keptStore()", () => {
  it("is the same store for the next config that chooses it, and closed after the last", async () => {
    const kept = new Kept()
    const { part, done } = watched()
    const chosen = { part, options: { limit: 1000 } }
    const first = kept.generation()
    await keptStore(chosen, { ...tools(), keep: first.keep }).set("a", value, 1000)
    first.settle()
    const second = kept.generation()
    expect(await keptStore(chosen, { ...tools(), keep: second.keep }).get("a")).toEqual(value)
    second.settle()
    expect(done).toEqual([])
    const other = kept.generation()
    const store = keptStore({ part, options: { limit: 2000 } }, { ...tools(), keep: other.keep })
    expect(await store.get("a")).toBeUndefined()
    other.settle()
    expect(done).toEqual(["close"])
  })

  it("sweeps as long as its config is served, at once and every minute", () => {
    const { part, done } = watched()
    const given = tools()
    keptStore({ part, options: { limit: 1000 } }, given)
    expect(done).toEqual([])
    const [begin] = given.begins
    const end = begin?.()
    expect(done).toEqual(["sweep"])
    vi.advanceTimersByTime(120_000)
    expect(done).toEqual(["sweep", "sweep", "sweep"])
    end?.()
    vi.advanceTimersByTime(120_000)
    expect(done).toHaveLength(3)
  })

  it("fails as the gateway does, with the cause for the log only", async () => {
    const store = keptStore({ part: memory as AnyStore, options: { limit: 1 } }, tools())
    const error = (await failureOf(() => store.add("a", value, 1000))) as GatewayError
    expect(error).toBeInstanceOf(GatewayError)
    expect(error).toMatchObject({ code: "store_failed", status: 503 })
    expect(error.message).not.toContain("room")
    expect((error.cause as Error).message).toContain("There is no room for more")
  })

  it("fails in the same way for limits, which it answers at once where the store does", async () => {
    const want: Want = { key: "a", rule: { kind: "fixed", limit: 1, window: 1000 }, cost: 1 }
    const store = keptStore({ part: memory as AnyStore, options: { limit: 1000 } }, tools())
    expect(store.take([want])).toMatchObject([{ allowed: true }])
    expect(store.hold("a", "1", 1, 1000)).toBe(true)
    const full = keptStore({ part: memory as AnyStore, options: { limit: 1 } }, tools())
    const away = keptStore({ part: awayStore, options: {} }, tools())
    for (const one of [full, away])
      for (const work of [() => one.take([want]), () => one.hold("a", "1", 1, 1000)])
        expect(await failureOf(work)).toMatchObject({ code: "store_failed", status: 503 })
  })

  it("gives no cause to the log when the store has told it that it is away", async () => {
    const store = keptStore({ part: awayStore, options: {} }, tools())
    for (const work of [() => store.take([]), () => store.get("a")])
      expect(((await failureOf(work)) as GatewayError).cause).toBeUndefined()
  })

  it("says how a store does that can be away", () => {
    expect(keptStore({ part: memory as AnyStore, options: { limit: 1000 } }, tools()).status()).toBeUndefined()
    const status = { connected: false, awaySince: 1, estimated: 2 }
    expect(keptStore({ part: awayStore, options: {} }, tools())).toMatchObject({ name: "memory" })
    expect(keptStore({ part: awayStore, options: {} }, tools()).status()).toEqual(status)
  })

  it("says in the log that a store cannot be opened, when it begins", async () => {
    using place = folder({ "store.sqlite": "no database ".repeat(1000) })
    const given = { ...tools(), root: place.path }
    keptStore({ part: sqlite as AnyStore, options: { path: "store.sqlite", limit: 1_000_000 } }, given)
    const end = given.begins[0]?.()
    await vi.waitFor(() => expect(given.logged).toHaveLength(1))
    expect(given.logged[0]).toMatchObject({ level: "error", message: 'Cannot use the store "sqlite".' })
    end?.()
  })
})
