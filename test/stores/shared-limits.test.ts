import { join } from "node:path"

import { describe, expect, it } from "vitest"

import type { LimitRule } from "../../src/core/store.ts"
import { folder } from "../support/executable.ts"
import { redisServer } from "../support/redis.ts"
import { startedTogether } from "../support/started-together.ts"
import { begin, optionsOf, storeOf } from "../support/stores.ts"

const minute = 60_000
const rules: readonly LimitRule[] = [
  { kind: "bucket", limit: 100, window: minute },
  { kind: "sliding", limit: 100, window: minute },
  { kind: "fixed", limit: 100, window: minute },
  { kind: "until", limit: 100, ends: begin + minute },
]

describe.each(["sqlite", "redis"])("four processes on one store: %s", (name) => {
  it.each(rules)("let exactly 100 of 320 pass together: $kind", async (rule) => {
    using place = folder()
    await using server = await redisServer()
    const options = optionsOf(name, place.path, server)
    const args = [name, JSON.stringify(options), JSON.stringify(rule), "5", String(begin)]
    const passed = (await startedTogether(join(import.meta.dirname, "store-taker.ts"), [
      args,
      args,
      args,
      args,
    ])) as number[]
    expect(passed.reduce((sum, one) => sum + one, 0)).toBe(100)
    // Everybody sees it, and what is there again a minute later.
    let now = begin
    const store = storeOf(name, options, () => now)
    expect(await store.take([{ key: "shared", rule, cost: 1 }])).toMatchObject([{ allowed: false, remaining: 0 }])
    now += 2 * minute
    await server.expire(now)
    if (rule.kind !== "until")
      expect(await store.take([{ key: "shared", rule, cost: 100 }])).toMatchObject([{ allowed: true, remaining: 0 }])
    store.close()
  })
})
