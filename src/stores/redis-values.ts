import { inOrder } from "./in-order.ts"
import type { RedisKeys, Use } from "./redis-keys.ts"
import { countScript, removeScript, replaceScript } from "./redis-scripts.ts"
import type { RedisSteps } from "./redis-steps.ts"
import { batchLife, type OwnedStore } from "./store-part.ts"

// How many keys are looked through, or asked for, at once: others have their turn in between.
const pace = 500

/** Values and counters in Redis. */
export const redisValues = (
  { ask, run, life }: RedisSteps,
  keys: RedisKeys,
): Pick<OwnedStore, "get" | "set" | "add" | "replace" | "remove" | "list" | "count" | "counters"> => {
  /** The keys of one use that begin so, a few at a time. */
  async function* found(
    use: Use,
    prefix: string,
  ): AsyncGenerator<readonly (readonly [key: string, written: string])[]> {
    const seen = new Set<string>()
    for (const pattern of keys.patterns(use, prefix)) {
      let cursor = "0"
      do {
        const from = cursor
        const [next, some] = (await ask((client) =>
          client.send("SCAN", [from, "MATCH", pattern, "COUNT", String(pace)]),
        )) as [string, string[]]
        cursor = next
        // Redis may find a key twice while it moves them.
        const fresh = some.filter((key) => !seen.has(key))
        for (const key of fresh) seen.add(key)
        const wanted = fresh.map((written) => [keys.from(use, written), written] as const)
        yield wanted.filter(([key]) => key.startsWith(prefix))
      } while (cursor !== "0")
    }
  }

  return {
    get: async (key) => (await ask((client) => client.getBuffer(keys.to("value", key)))) ?? undefined,
    async set(key, value, ttl) {
      await ask((client) => client.set(keys.to("value", key), value, ...life(ttl)))
    },
    add: async (key, value, ttl) =>
      (await ask((client) => client.set(keys.to("value", key), value, ...life(ttl), "NX"))) !== null,
    replace: async (key, expected, value, ttl) =>
      (await run(replaceScript, [keys.to("value", key)], [expected, value, String(ttl)])) === 1,
    remove: async (key, expected) => (await run(removeScript, [keys.to("value", key)], [expected])) === 1,
    async list(prefix) {
      const values: (readonly [string, Uint8Array])[] = []
      for await (const some of found("value", prefix)) {
        const given = await ask((client) => Promise.all(some.map(([, written]) => client.getBuffer(written))))
        for (const [at, [key]] of some.entries()) {
          const value = given[at]
          if (value) values.push([key, value])
        }
      }
      return inOrder(values)
    },
    async count(batch, amounts) {
      await run(
        countScript,
        [keys.to("batch", batch), ...amounts.map(({ key }) => keys.to("counter", key))],
        [String(batchLife), ...amounts.flatMap(({ by, ttl }) => [String(by), String(ttl)])],
      )
    },
    async counters(prefix) {
      const counters: (readonly [string, number])[] = []
      for await (const some of found("counter", prefix)) {
        if (some.length === 0) continue
        const given = (await ask((client) =>
          client.send(
            "MGET",
            some.map(([, written]) => written),
          ),
        )) as (string | null)[]
        for (const [at, [key]] of some.entries()) {
          const value = given[at]
          if (typeof value === "string") counters.push([key, Number(value)])
        }
      }
      return inOrder(counters)
    },
  }
}
