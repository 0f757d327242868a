import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

import fc from "fast-check"
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest"

import { object, optional, type Problem } from "../../src/core/schema.ts"
import { stores } from "../../src/stores/index.ts"
import { storeOption } from "../../src/stores/store-option.ts"
import { type AnyStore, StoreFull } from "../../src/stores/store-part.ts"
import { folder } from "../support/executable.ts"
import { type Redis, redisServer } from "../support/redis.ts"
import { optionsOf, type TimedStore, timedStore } from "../support/stores.ts"
import { type Sample, typeErrors, written } from "./part-contract.ts"

// Every option of a store, with a limit that a test can reach.
const samples = new Map<string, Sample>([
  ["memory", '{ limit: "2mb" }'],
  ["sqlite", '{ path: "data/store.sqlite", limit: "2mb" }'],
  [
    "redis",
    '{ url: "rediss://cache.example:6380/2", username: "shop", password: "secret", prefix: "shop:", timeout: "1s", whenAway: "deny", tls: { ca: "PEM", cert: "PEM", key: "PEM", serverName: "cache", insecure: false } }',
  ],
])

const sampleOf = (name: string): Sample => {
  const sample = samples.get(name)
  if (sample === undefined) throw new Error(`Give the store "${name}" a sample in this test.`)
  return sample
}

const fail = ({ message }: Problem): never => expect.fail(message)

function problemsIn(value: unknown): Problem[] {
  const problems: Problem[] = []
  storeOption.parse(value, ["store"], (problem) => void problems.push(problem))
  return problems
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (value: Uint8Array | undefined): string | undefined => value && new TextDecoder().decode(value)

describe("the shelf of stores", () => {
  it("has no name twice, and memory first", () => {
    const names = stores.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(names[0]).toBe("memory")
  })

  it("has types that the type checker takes, and that take the samples and the bare names", async () => {
    const options = object({ store: optional(storeOption) })
    const part = (name: string) => ({ name, about: "", options, create: () => undefined })
    const taken = new Map(
      stores.flatMap(({ name }): [string, Sample][] => [
        [name, `{ store: { ${name}: ${sampleOf(name)} } }`],
        [`${name}_alone`, `{ store: "${name}" }`],
      ]),
    )
    expect(await typeErrors([...taken.keys()].map(part), taken)).toEqual([])
    const refused = new Map([
      ["other", '{ store: "etcd" }'],
      ["typo", '{ store: { sqlite: { file: "a" } } }'],
    ])
    expect(await typeErrors([...refused.keys()].map(part), refused)).toHaveLength(refused.size)
  })
})

describe("the option store", () => {
  it("takes one store, by its name or with its options", () => {
    for (const { name } of stores) {
      expect(problemsIn(name)).toEqual([])
      expect(problemsIn({ [name]: {} })).toEqual([])
      expect(problemsIn({ [name]: written(sampleOf(name)) })).toEqual([])
    }
    expect(problemsIn("sqlit")).toMatchObject([
      { code: "E204", path: ["store"], message: 'Expected one store, got "sqlit". Did you mean "sqlite"?' },
    ])
    expect(problemsIn({ memory: {}, sqlite: {} })).toMatchObject([{ code: "E204", path: ["store"] }])
    for (const nothing of [{}, "", "constructor"]) expect(problemsIn(nothing)).toMatchObject([{ code: "E204" }])
    expect(problemsIn({ sqlite: { file: "a" } })).toMatchObject([{ code: "E201", path: ["store", "sqlite", "file"] }])
  })

  it("finds problems in nonsense, and never throws", () => {
    const nonsense = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true })
    const record = fc.record(Object.fromEntries(stores.map(({ name }) => [name, nonsense])), { requiredKeys: [] })
    fc.assert(
      fc.property(fc.oneof(nonsense, record), (value) => {
        for (const { code, message, path } of problemsIn(value)) {
          expect(code).toMatch(/^E\d{3}$/)
          expect(message).toMatch(/[.?]$/)
          expect(path[0]).toBe("store")
        }
      }),
    )
  })
})

let server: Redis
beforeAll(async () => void (server = await redisServer()))
afterAll(() => server[Symbol.asyncDispose]())

describe.each(stores)("store $name", (part: AnyStore) => {
  const made = (): TimedStore => timedStore(part.name, server)

  afterEach(() => void vi.restoreAllMocks())

  it("has the name of its file, which exports it", async () => {
    expect(existsSync(fileURLToPath(new URL(`../../src/stores/${part.name}.ts`, import.meta.url)))).toBe(true)
    const module = (await import(`../../src/stores/${part.name}.ts`)) as Record<string, unknown>
    expect(module[part.name]).toBe(part)
  })

  it("says what it is for, in a sentence, and so does each of its options, none of which it needs", () => {
    expect(part.about).toMatch(/^[A-Z].*\.$/)
    for (const [name, field] of Object.entries(part.options.fields ?? {}))
      expect([name, field.about, field.optional]).toEqual([name, expect.stringMatching(/^[A-Z].*\.$/), true])
    expect(Object.keys(written(sampleOf(part.name)) as object).toSorted()).toEqual(
      Object.keys(part.options.fields ?? {}).toSorted(),
    )
  })

  it("opens nothing and starts nothing when it is created", () => {
    using place = folder()
    const begun = [vi.spyOn(globalThis, "setTimeout"), vi.spyOn(globalThis, "setInterval"), vi.spyOn(Bun, "connect")]
    part.create(part.options.parse(optionsOf(part.name, place.path, server), [], fail), {
      root: place.path,
      now: Date.now,
    })
    for (const spy of begun) expect(spy).not.toHaveBeenCalled()
    expect(existsSync(`${place.path}/data`)).toBe(false)
  })

  it("gives what was set, the last of it, and nothing for other keys", async () => {
    using store = made()
    expect(await store.get("a")).toBeUndefined()
    await store.set("a", bytes("1"), 1000)
    await store.set("a", bytes("2"), 1000)
    expect(text(await store.get("a"))).toBe("2")
    expect(await store.get("A")).toBeUndefined()
  })

  it("adds where nothing is, and only there", async () => {
    using store = made()
    expect(await store.add("a", bytes("1"), 1000)).toBe(true)
    expect(await store.add("a", bytes("2"), 1000)).toBe(false)
    expect(text(await store.get("a"))).toBe("1")
  })

  it("replaces and removes what is expected, and nothing else", async () => {
    using store = made()
    expect(await store.replace("a", bytes("1"), bytes("2"), 1000)).toBe(false)
    expect(await store.remove("a", bytes("1"))).toBe(false)
    await store.set("a", bytes("1"), 1000)
    for (const other of ["", "11", "2"]) {
      expect(await store.replace("a", bytes(other), bytes("3"), 1000)).toBe(false)
      expect(await store.remove("a", bytes(other))).toBe(false)
    }
    expect(await store.replace("a", bytes("1"), bytes("2"), 1000)).toBe(true)
    expect(text(await store.get("a"))).toBe("2")
    expect(await store.remove("a", bytes("2"))).toBe(true)
    expect(await store.get("a")).toBeUndefined()
  })

  it("forgets a value when its time is over, to the millisecond, for every question", async () => {
    using store = made()
    await store.set("a", bytes("1"), 1000)
    await store.pass(999)
    expect(text(await store.get("a"))).toBe("1")
    expect(await store.add("a", bytes("2"), 1000)).toBe(false)
    await store.pass(1)
    expect(await store.get("a")).toBeUndefined()
    expect(await store.replace("a", bytes("1"), bytes("2"), 1000)).toBe(false)
    expect(await store.remove("a", bytes("1"))).toBe(false)
    expect(await store.add("a", bytes("2"), 1000)).toBe(true)
    expect(text(await store.get("a"))).toBe("2")
  })

  it("counts the time anew with each write", async () => {
    using store = made()
    await store.add("a", bytes("1"), 1000)
    await store.pass(900)
    expect(await store.replace("a", bytes("1"), bytes("1"), 1000)).toBe(true)
    await store.pass(900)
    expect(text(await store.get("a"))).toBe("1")
    await store.set("a", bytes("1"), 10)
    await store.pass(10)
    expect(await store.get("a")).toBeUndefined()
  })

  it("lets exactly one of many add the same key, also over a value whose time is over", async () => {
    using store = made()
    for (let round = 0; round < 2; round++) {
      const added = await Promise.all(Array.from({ length: 100 }, (_, at) => store.add("a", bytes(`${at}`), 1000)))
      expect(added.filter(Boolean)).toHaveLength(1)
      expect(text(await store.get("a"))).toBe(String(added.indexOf(true)))
      await store.pass(1000)
    }
  })

  it("lets exactly one of many replace or remove the same value", async () => {
    using store = made()
    await store.set("a", bytes("old"), 1000)
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, at) =>
        at % 2 === 0 ? store.replace("a", bytes("old"), bytes(`${at}`), 1000) : store.remove("a", bytes("old")),
      ),
    )
    expect(outcomes.filter(Boolean)).toHaveLength(1)
  })

  it("gives every byte back: none, all 256, and a megabyte", async () => {
    using store = made()
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    const large = new Uint8Array(1024 * 1024).map((_, at) => (at * 31) % 251)
    for (const value of [new Uint8Array(), all, large, all.subarray(3, 7)]) {
      await store.set("a", value, 1000)
      const found = await store.get("a")
      expect(found).toBeInstanceOf(Uint8Array)
      expect(Buffer.compare(found as Uint8Array, value)).toBe(0)
      expect(await store.replace("a", value, all, 1000)).toBe(true)
    }
  })

  it("keeps what it was given, whatever happens to the array afterwards", async () => {
    using store = made()
    const value = bytes("abc")
    await store.set("a", value, 1000)
    value.fill(0)
    const found = await store.get("a")
    expect(text(found)).toBe("abc")
    found?.fill(0)
    expect(text(await store.get("a"))).toBe("abc")
  })

  it("tells all keys apart, also those that were meant to be mistaken for others", async () => {
    using store = made()
    const long = "k".repeat(100_000)
    const keys = ["", "a", "A", "a\0", "a\0b", "a\0c", "\0", " a", "a ", "1", "1.0", "constructor", "__proto__", "é"]
    keys.push("e\u0301", "𝄞", "\ud834", "\udd1e", "%", "_", "'; DROP TABLE entries; --", long, `${long}2`)
    for (const [at, key] of keys.entries())
      expect([key, await store.add(key, bytes(`${at}`), 1000)]).toEqual([key, true])
    for (const [at, key] of keys.entries()) expect(text(await store.get(key))).toBe(`${at}`)
  })

  it("behaves like a table with times, whatever is asked in whatever order", async () => {
    const key = fc.constantFrom("a", "b", "constructor")
    const value = fc.constantFrom("", "1", "2")
    const ttl = fc.constantFrom(1, 5, 50)
    const step = fc.oneof(
      fc.tuple(fc.constant("set" as const), key, value, ttl),
      fc.tuple(fc.constant("add" as const), key, value, ttl),
      fc.tuple(fc.constant("replace" as const), key, value, ttl, value),
      fc.tuple(fc.constant("remove" as const), key, value),
      fc.tuple(fc.constant("pass" as const), fc.constantFrom(1, 5, 20)),
      fc.tuple(fc.constant("sweep" as const)),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        using store = made()
        const table = new Map<string, { value: string; until: number }>()
        let time = 0
        const there = (name: string): string | undefined => {
          const found = table.get(name)
          return found && found.until > time ? found.value : undefined
        }
        for (const [what, ...given] of steps) {
          if (what === "sweep") await store.sweep()
          else if (what === "pass") {
            time += given[0] as number
            await store.pass(given[0] as number)
          } else {
            const [name, one, length, before] = given as [string, string, number, string]
            const may = {
              set: true,
              add: there(name) === undefined,
              replace: there(name) === before,
              remove: there(name) === one,
            }[what]
            if (what === "set") await store.set(name, bytes(one), length)
            else if (what === "add") expect(await store.add(name, bytes(one), length)).toBe(may)
            else if (what === "replace") expect(await store.replace(name, bytes(before), bytes(one), length)).toBe(may)
            else expect(await store.remove(name, bytes(one))).toBe(may)
            if (may && what === "remove") table.delete(name)
            else if (may) table.set(name, { value: one, until: time + length })
          }
          for (const name of ["a", "b", "constructor"]) expect(text(await store.get(name))).toBe(there(name))
        }
      }),
      { numRuns: 40 },
    )
  })

  it.runIf(part.options.fields?.limit)(
    "takes nothing new when it is full, keeps what it has, and makes room of what is over",
    async () => {
      using store = made()
      const value = new Uint8Array(100_000)
      let taken = 0
      const fill = async (): Promise<unknown> => {
        try {
          for (; taken < 100; taken++) await store.add(`k${taken}`, value, 1000)
          return undefined
        } catch (error) {
          return error
        }
      }
      expect(await fill()).toBeInstanceOf(StoreFull)
      expect(taken).toBeGreaterThan(10)
      expect(taken).toBeLessThan(21)
      for (let at = 0; at < taken; at++) expect((await store.get(`k${at}`))?.byteLength).toBe(100_000)
      await expect(store.set("k0", new Uint8Array(1_000_000), 1000)).rejects.toThrow(
        "There is no room for more: its limit of 2048 kb is reached",
      )
      expect((await store.get("k0"))?.byteLength).toBe(100_000)
      // What is there may be written again, or less of it.
      expect(await store.replace("k0", value, new Uint8Array(100_000).fill(1), 1000)).toBe(true)
      expect(await store.remove("k1", new Uint8Array(100_000))).toBe(true)
      expect(await store.add("k1", new Uint8Array(90_000), 1000)).toBe(true)
      await store.pass(1000)
      expect(await store.add("new", value, 1000)).toBe(true)
    },
  )

  it("goes on after a sweep, and answers who comes after it was closed", async () => {
    using store = made()
    await store.set("a", bytes("1"), 1000)
    await store.set("b", bytes("2"), 10)
    await store.pass(10)
    await store.sweep()
    expect(text(await store.get("a"))).toBe("1")
    expect(await store.get("b")).toBeUndefined()
    store.close()
    store.close()
    expect(await store.add("a", bytes("3"), 1000)).toBe(false)
    expect(text(await store.get("a"))).toBe("1")
  })
})
