import { describe, expect, it } from "vitest"

import type { LimitRule } from "../../src/core/store.ts"
import { memory } from "../../src/stores/memory.ts"
import { StoreFull } from "../../src/stores/store-part.ts"

const minute = 60_000
const rule: LimitRule = { kind: "fixed", limit: 10, window: minute }

/** A store of four megabytes, whose time the test sets. */
function made() {
  let time = 1_700_000_000_000
  const store = memory.create({ limit: 4 * 1024 * 1024 }, { root: "/", now: () => time })
  return { store, pass: (length: number): void => void (time += length) }
}

describe("memory", () => {
  it("answers limits and places at once", () => {
    const { store } = made()
    expect(store.take([{ key: "a", rule, cost: 1 }])).not.toBeInstanceOf(Promise)
    expect(store.hold("a", "1", 1, minute)).toBe(true)
  })

  it("sweeps what is over of everything, however much that is", async () => {
    const { store, pass } = made()
    const fill = async (name: string): Promise<number> => {
      for (let at = 0; ; at++)
        try {
          store.take([{ key: `${name} ${at}`, rule, cost: 1 }])
          store.hold(`${name} ${at}`, "holder", 1, minute)
          await store.count(`${name} ${at}`, [{ key: `${name} ${at}`, by: 1, ttl: minute }])
        } catch (error) {
          expect(error).toBeInstanceOf(StoreFull)
          return at
        }
    }
    const first = await fill("a")
    expect(first).toBeGreaterThan(3000)
    pass(2 * 60 * minute)
    await store.sweep()
    // As early as before: nothing that is there now would be found to be over.
    pass(-2 * 60 * minute)
    expect(await fill("b")).toBe(first)
  })

  it("looks for what is over only so often when it is full, and finds it a moment later", async () => {
    const { store, pass } = made()
    await store.set("large", new Uint8Array(4_000_000), 1000)
    const add = (): Promise<boolean> => store.add("new", new Uint8Array(500_000), minute)
    pass(999)
    await expect(add()).rejects.toThrow(StoreFull)
    pass(1)
    await expect(add()).rejects.toThrow(StoreFull)
    pass(99)
    expect(await add()).toBe(true)
  })

  it("gives back the room of what is refused, let go or adjusted to nothing", async () => {
    const { store, pass } = made()
    for (let at = 0; at < 50_000; at++) {
      expect(store.take([{ key: `refused ${at}`, rule, cost: 11 }])).toMatchObject([{ allowed: false }])
      expect(store.hold(`place ${at}`, "holder", 1, minute)).toBe(true)
      await store.release(`place ${at}`, "holder")
      expect(store.hold(`place ${at}`, "holder", 0, minute)).toBe(false)
      await store.adjust(`nothing ${at}`, rule, -1)
    }
    pass(minute)
    expect(await store.add("large", new Uint8Array(4_000_000), minute)).toBe(true)
  })
})
