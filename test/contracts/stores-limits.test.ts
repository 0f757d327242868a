import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, it } from "vitest"

import { adjustOne, freshState, type LimitState, takeAll } from "../../src/core/limit-step.ts"
import type { LimitRule, Want } from "../../src/core/store.ts"
import { stores } from "../../src/stores/index.ts"
import { type AnyStore, StoreFull } from "../../src/stores/store-part.ts"
import { anyLimitSteps } from "../support/limits.ts"
import { type Redis, redisServer } from "../support/redis.ts"
import { begin, type TimedStore, timedStore } from "../support/stores.ts"

let server: Redis
beforeAll(async () => void (server = await redisServer()))
afterAll(() => server[Symbol.asyncDispose]())

const minute = 60_000

// One of each kind that lets exactly 100 pass at once.
const hundred: readonly LimitRule[] = [
  { kind: "bucket", limit: 100, window: minute },
  { kind: "sliding", limit: 100, window: minute },
  { kind: "fixed", limit: 100, window: minute },
  { kind: "until", limit: 100, ends: begin + minute },
  { kind: "queue", limit: 100, window: minute, patience: 99 * (minute / 100) },
]
const one = hundred[0] as LimitRule
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe.each(stores)("store $name", ({ name, options }: AnyStore) => {
  const made = (): TimedStore => timedStore(name, server)

  it.each(hundred)("take() lets exactly 100 of 640 pass that come at once from 64 sides: $kind", async (rule) => {
    using store = made()
    let passed = 0
    const side = async (): Promise<void> => {
      for (let at = 0; at < 10; at++) if ((await store.take([{ key: "a", rule, cost: 1 }]))[0]?.allowed) passed++
    }
    await Promise.all(Array.from({ length: 64 }, side))
    expect(passed).toBe(100)
    expect((await store.take([{ key: "b", rule, cost: 1 }]))[0]?.allowed).toBe(true)
  })

  it("take() takes of all limits or of none, and says of each what is left", async () => {
    using store = made()
    const small: Want = { key: "small", rule: { ...one, limit: 1 } as LimitRule, cost: 1 }
    const large: Want = { key: "large", rule: one, cost: 1 }
    expect(await store.take([large, small])).toMatchObject([
      { allowed: true, remaining: 99 },
      { allowed: true, remaining: 0 },
    ])
    expect(await store.take([large, small])).toMatchObject([
      { allowed: true, remaining: 99, retryAfter: 0 },
      { allowed: false, remaining: 0, retryAfter: minute },
    ])
    expect(await store.take([large])).toMatchObject([{ allowed: true, remaining: 98 }])
    expect(await store.take([])).toEqual([])
  })

  it("take() takes beyond a limit where it always takes, and refuses nothing because of it", async () => {
    using store = made()
    const shadow: Want = { key: "shadow", rule: { kind: "fixed", limit: 1, window: minute }, cost: 1, always: true }
    const real: Want = { key: "real", rule: { kind: "fixed", limit: 2, window: minute }, cost: 1 }
    const allowed = async (): Promise<boolean[]> => (await store.take([shadow, real])).map((taken) => taken.allowed)
    expect(await allowed()).toEqual([true, true])
    expect(await allowed()).toEqual([false, true])
    expect(await allowed()).toEqual([false, false])
    // None of them the third time: three are taken of the shadow now, not four.
    await store.adjust("shadow", shadow.rule, -2)
    expect(await store.take([{ ...shadow, cost: 0 }])).toMatchObject([{ allowed: true, remaining: 1 }])
  })

  it("take() sees what the same step took of the same key before", async () => {
    using store = made()
    const want: Want = { key: "a", rule: { kind: "fixed", limit: 3, window: minute }, cost: 2 }
    expect((await store.take([want, want])).map(({ allowed }) => allowed)).toEqual([true, false])
    expect(await store.take([{ ...want, cost: 3 }])).toMatchObject([{ allowed: true, remaining: 0 }])
  })

  it.each(hundred)("take() tells a time that can be told where it can never allow: $kind", async (rule) => {
    using store = made()
    const [taken] = await store.take([{ key: "a", rule, cost: 101 }])
    expect(taken).toMatchObject({ allowed: false, remaining: 100, reset: 0 })
    expect(taken?.retryAfter).toBe(minute)
  })

  it("does as the pure step does, whatever is taken and adjusted in whatever order", async () => {
    await fc.assert(
      fc.asyncProperty(anyLimitSteps, async (steps) => {
        using store = made()
        const states = new Map<string, LimitState>()
        const stateOf = (key: string, rule: LimitRule): LimitState => {
          const state = states.get(key) ?? freshState(rule.kind)
          states.set(key, state)
          return state
        }
        for (const step of steps) {
          if (step.what === "pass") await store.pass(step.length)
          else if (step.what === "sweep") await store.sweep()
          else if (step.what === "adjust") {
            await store.adjust(step.key, step.rule, step.by)
            adjustOne(stateOf(step.key, step.rule), step.rule, step.by, store.now())
          } else {
            const { wants } = step
            const expected = takeAll(
              wants.map(({ key, rule }) => stateOf(key, rule)),
              wants,
              store.now(),
            )
            expect(await store.take(wants)).toEqual(expected)
          }
        }
      }),
      { numRuns: 150 },
    )
  })

  it("hold() gives places to so many, also when all come at once, and again to who has one", async () => {
    using store = made()
    const held = await Promise.all(Array.from({ length: 64 }, (_, at) => store.hold("a", `${at}`, 10, 1000)))
    expect(held.filter(Boolean)).toHaveLength(10)
    expect(await store.hold("a", "late", 10, 1000)).toBe(false)
    expect(await store.hold("a", `${held.indexOf(true)}`, 10, 1000)).toBe(true)
    expect(await store.hold("b", "late", 10, 1000)).toBe(true)
    await store.release("a", `${held.indexOf(true)}`)
    await store.release("a", "nobody")
    expect(await store.hold("a", "late", 10, 1000)).toBe(true)
    expect(await store.hold("a", "later", 10, 1000)).toBe(false)
    expect(await store.hold("a", "nobody", 0, 1000)).toBe(false)
  })

  it("hold() gives away the place of who does not hold it again in time, to the millisecond", async () => {
    using store = made()
    expect(await store.hold("a", "gone", 2, 1000)).toBe(true)
    expect(await store.hold("a", "there", 2, 1000)).toBe(true)
    await store.pass(600)
    expect(await store.hold("a", "there", 2, 1000)).toBe(true)
    await store.pass(399)
    expect(await store.hold("a", "new", 2, 1000)).toBe(false)
    await store.pass(1)
    expect(await store.hold("a", "new", 2, 1000)).toBe(true)
    expect(await store.hold("a", "newer", 2, 1000)).toBe(false)
    await store.pass(600)
    expect(await store.hold("a", "newer", 2, 1000)).toBe(true)
    expect(await store.hold("a", "there", 2, 1000)).toBe(false)
  })

  it("count() adds each batch once, and counters() gives what begins so in order", async () => {
    using store = made()
    const hour = 60 * minute
    await store.count("b1", [
      { key: "use:b", by: 2, ttl: hour },
      { key: "use:a", by: 1, ttl: hour },
      { key: "use:b", by: 3, ttl: hour },
      { key: "us", by: 9, ttl: hour },
    ])
    await store.count("b1", [{ key: "use:a", by: 100, ttl: hour }])
    await Promise.all(
      Array.from({ length: 20 }, (_, at) => store.count(`p${at % 10}`, [{ key: "use:a", by: 0.5, ttl: hour }])),
    )
    expect(await store.counters("use:")).toEqual([
      ["use:a", 6],
      ["use:b", 5],
    ])
    expect(await store.counters("")).toHaveLength(3)
    expect(await store.counters("other")).toEqual([])
    await store.count("empty", [])
  })

  it("counters() forgets what was not changed for as long as it was to be kept", async () => {
    using store = made()
    await store.count("1", [
      { key: "a", by: 1, ttl: 1000 },
      { key: "b", by: 1, ttl: 1000 },
    ])
    await store.pass(999)
    await store.count("2", [{ key: "a", by: 1, ttl: 1000 }])
    expect(await store.counters("")).toEqual([
      ["a", 2],
      ["b", 1],
    ])
    await store.pass(1)
    expect(await store.counters("")).toEqual([["a", 2]])
    await store.count("3", [{ key: "b", by: 5, ttl: 1000 }])
    await store.pass(999)
    await store.count("4", [{ key: "a", by: 7, ttl: 1000 }])
    expect(await store.counters("")).toEqual([
      ["a", 7],
      ["b", 5],
    ])
  })

  it("list() gives the values whose keys begin so, in order, and no other", async () => {
    using store = made()
    const keys = [
      "k:b",
      "k:a",
      "k:*",
      "k:[a]",
      "k:\\",
      "k:\ud834",
      "k:\udd1e",
      "k:é",
      "k:𝄞",
      "K:a",
      "k",
      "",
      "~k:",
      ":k:",
    ]
    for (const [at, key] of keys.entries()) await store.set(key, bytes(`${at}`), 1000)
    await store.set("k:over", bytes("over"), 10)
    await store.pass(10)
    const listed = async (prefix: string) =>
      (await store.list(prefix)).map(([key, value]) => [key, new TextDecoder().decode(value)])
    const expected = (prefix: string) =>
      keys
        .map((key, at) => [key, `${at}`])
        .filter(([key]) => key?.startsWith(prefix))
        .toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1))
    for (const prefix of ["k:", "", "k:*", "k:[", "k:\\", "constructor"])
      expect([prefix, await listed(prefix)]).toEqual([prefix, expected(prefix)])
  })

  it("list() and counters() find all of very many", async () => {
    using store = made()
    await store.count(
      "all",
      Array.from({ length: 1500 }, (_, at) => ({ key: `c${at}`, by: at, ttl: 1000 })),
    )
    await Promise.all(Array.from({ length: 1500 }, (_, at) => store.set(`v${at}`, bytes(`${at}`), 1000)))
    const counters = await store.counters("c")
    expect(new Map(counters).size).toBe(1500)
    for (const [key, value] of counters) expect(key).toBe(`c${value}`)
    expect(await store.list("v")).toHaveLength(1500)
  })

  it("keeps values, limits, places and counters of the same name apart", async () => {
    using store = made()
    expect((await store.take([{ key: "a", rule: one, cost: 1 }]))[0]?.allowed).toBe(true)
    expect(await store.hold("a", "a", 1, 1000)).toBe(true)
    await store.count("a", [{ key: "a", by: 1, ttl: 1000 }])
    expect(await store.get("a")).toBeUndefined()
    expect(await store.add("a", bytes("1"), 1000)).toBe(true)
    expect(await store.list("")).toHaveLength(1)
    expect(await store.counters("")).toEqual([["a", 1]])
    expect(await store.take([{ key: "a", rule: one, cost: 1 }])).toMatchObject([{ remaining: 98 }])
  })

  it.runIf(options.fields?.limit)(
    "is full at its limit with limits, places and counters too, and changes nothing then",
    async () => {
      for (const fill of [
        (store: TimedStore, at: number) => store.take([{ key: `${"k".repeat(1000)}${at}`, rule: one, cost: 1 }]),
        (store: TimedStore, at: number) => store.hold("a", `${"k".repeat(1000)}${at}`, 1_000_000, minute),
        (store: TimedStore, at: number) =>
          store.count(`${at}`, [{ key: `${"k".repeat(1000)}${at}`, by: 1, ttl: minute }]),
      ]) {
        using store = made()
        let at = 0
        const filled = async (): Promise<void> => {
          for (; at < 10_000; at++) await fill(store, at)
        }
        await expect(filled()).rejects.toThrow(StoreFull)
        expect(at).toBeGreaterThan(300)
        expect(at).toBeLessThan(2200)
        await expect(
          (async () =>
            store.take([
              { key: "small", rule: one, cost: 1 },
              { key: "k".repeat(100_000), rule: one, cost: 1 },
            ]))(),
        ).rejects.toThrow(StoreFull)
        await store.pass(2 * minute + 24 * 60 * minute)
        await fill(store, at)
        expect(await store.take([{ key: "small", rule: one, cost: 1 }])).toMatchObject([{ remaining: 99 }])
      }
    },
  )
})
