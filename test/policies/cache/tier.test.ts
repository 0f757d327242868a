import { describe, expect, it, vi } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import type { Store } from "../../../src/core/store.ts"
import { forget, purge } from "../../../src/policies/cache/purge.ts"
import { CacheTier } from "../../../src/policies/cache/tier.ts"
import { memory } from "../../../src/stores/memory.ts"
import { type Answer, cached, later, type Service, stoppedClock } from "./cached.ts"

stoppedClock()

const kept = { "cache-control": "max-age=60", etag: '"1"' }
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Some turns, for what is written without anybody waiting for it. */
async function written(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await soon()
}

const storeOf = (): Store => memory.create({ limit: 1024 * 1024 }, { root: "/", now: Date.now })

/** A gateway with a memory of its own, and a store beside. */
function gateway(store: Store, service: Service, options: unknown = true) {
  const made = cached(service, options)
  const log = { warn: vi.fn() }
  const tier = new CacheTier(store, log)
  made.room.tier = tier
  const hear = async (): Promise<void> => {
    for (const { what } of await tier.news()) await forget(made.room, what)
  }
  return { ...made, log, hear }
}

const counting =
  (headers: Record<string, string> = kept) =>
  (_: unknown, count: number): Answer => ({ headers, body: `answer ${count}` })

const never: Service = () => {
  throw new Error("asked")
}

describe("a cache with a store beside", () => {
  it("finds there what another one kept, or the same one before it was started again", async () => {
    const store = storeOf()
    await gateway(store, counting()).get("/a")
    await written()
    later(10)
    const other = gateway(store, never)
    const found = await other.get("/a")
    expect(found).toMatchObject({ text: "answer 1", story: "hit; ttl=50" })
    expect([found.headers.get("age"), found.headers.get("etag")]).toEqual(["10", '"1"'])
    expect(other.room.memory.entries).toBe(1)
  })

  it("keeps large answers compressed, and gives them back as they were", async () => {
    const store = storeOf()
    const body = "content ".repeat(10_000)
    await gateway(store, () => ({ headers: kept, body })).get()
    const [, bytes] = await vi.waitFor(async () => {
      const [found] = await store.list("cache answer ")
      if (!found) throw new Error("It is not there yet.")
      return found
    })
    expect(bytes.byteLength).toBeLessThan(2000)
    expect((await gateway(store, never).get()).text).toBe(body)
  })

  it("tells apart there what `Vary` and identities tell apart", async () => {
    const store = storeOf()
    const service: Service = ({ headers }) => ({
      headers: { ...kept, vary: "accept-language" },
      body: `${headers.get("accept-language")} for ${headers.get("authorization") ?? "all"}`,
    })
    const one = gateway(store, service)
    const ask = (made: ReturnType<typeof gateway>, language: string, who?: string) =>
      made.get({ headers: { "accept-language": language, ...(who ? { authorization: who } : {}) } })
    await ask(one, "en")
    await ask(one, "de")
    await ask(one, "en", "ann")
    await written()
    const other = gateway(store, never)
    expect((await ask(other, "de")).text).toBe("de for all")
    expect((await ask(other, "en", "ann")).text).toBe("en for ann")
    await expect(ask(other, "en", "bob")).rejects.toThrow("asked")
    await expect(ask(other, "fr")).rejects.toThrow("asked")
  })

  it("asks whether a stale one is still good", async () => {
    const store = storeOf()
    await gateway(store, counting()).get()
    await written()
    later(100)
    const other = gateway(store, () => ({ status: 304, headers: kept, body: null }))
    expect(await other.get()).toMatchObject({ text: "answer 1", story: "fwd=stale; fwd-status=304; ttl=60; stored" })
    expect(other.asked[0]?.headers.get("if-none-match")).toBe('"1"')
  })

  it("looks once for many who miss at once", async () => {
    const store = storeOf()
    await gateway(store, counting()).get()
    await written()
    const get = vi.spyOn(store, "get")
    const other = gateway(store, never)
    await Promise.all(Array.from({ length: 50 }, () => other.get()))
    expect(get.mock.calls.length).toBeLessThanOrEqual(2)
  })

  it.each([
    { by: "url", value: "http://shop.example/a" },
    { by: "path", value: "/a*" },
    { by: "tag", value: "t" },
    { by: "all" },
  ] as const)("forgets what was dropped by %j, here, there and in the memory of others", async (what) => {
    const store = storeOf()
    const one = gateway(store, counting({ ...kept, "cache-tag": "t" }))
    const two = gateway(store, counting({ ...kept, "cache-tag": "t" }))
    await one.get("/a")
    await written()
    await two.hear()
    expect((await two.get("/a")).text).toBe("answer 1")
    later(1)
    await purge(one.room, what)
    expect(two.room.memory.entries).toBe(1)
    await two.hear()
    expect(two.room.memory.entries).toBe(0)
    later(1)
    expect((await two.get("/a")).story).toMatch(/^fwd=/)
    await written()
    // What came since is kept, however often others are asked for news.
    await two.hear()
    await one.hear()
    expect((await two.get("/a")).story).toMatch(/^hit/)
    expect((await one.get("/a")).story).toMatch(/^hit/)
  })

  it("drops there what a request has changed", async () => {
    const store = storeOf()
    const one = gateway(store, counting())
    await one.get("/a")
    await written()
    later(1)
    await one.get({ path: "/a", method: "DELETE" })
    await written()
    await expect(gateway(store, never).get("/a")).rejects.toThrow("asked")
  })

  it("takes nothing that was asked for before it was changed, though it was kept after", async () => {
    const store = storeOf()
    const door = Promise.withResolvers<Answer>()
    const slow = gateway(store, () => door.promise)
    const reading = slow.get("/a")
    later(1)
    await gateway(store, () => "changed").get({ path: "/a", method: "PUT" })
    await written()
    later(1)
    door.resolve({ headers: kept, body: "old" })
    await reading
    await written()
    await expect(gateway(store, never).get("/a")).rejects.toThrow("asked")
  })

  it("goes on without a store that fails, and says so once", async () => {
    const failing = new Proxy(storeOf(), {
      get: () => () => Promise.reject(new GatewayError("store_failed", "no", { cause: new Error("gone") })),
    })
    const { get, log, hear } = gateway(failing, counting())
    expect((await get()).text).toBe("answer 1")
    expect((await get()).text).toBe("answer 1")
    await get({ method: "POST" })
    await hear()
    await written()
    expect(log.warn.mock.calls).toEqual([["The cache goes on without its store, told once a minute at most: gone"]])
  })

  it("takes nothing for an answer that is none", async () => {
    const store = storeOf()
    await gateway(store, counting()).get()
    await written()
    for (const [key] of await store.list("cache answer "))
      await store.set(key, new TextEncoder().encode("\x01nonsense"), 60_000)
    expect((await gateway(store, () => ({ headers: kept, body: "anew" })).get()).text).toBe("anew")
  })
})
