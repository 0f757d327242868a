import type { LimitRule, Taken, Want } from "../core/store.ts"
import { memoryHolds } from "./memory-holds.ts"
import { memoryLimits } from "./memory-limits.ts"
import { memoryRoom } from "./memory-room.ts"
import { type RedisKeys, wellFormed } from "./redis-keys.ts"
import { adjustScript, holdScript, takeScript } from "./redis-scripts.ts"
import type { RedisSteps } from "./redis-steps.ts"
import type { OwnedStore } from "./store-part.ts"

/** What becomes of limits while Redis is away. */
export type WhenAway = "local" | "allow" | "deny"

type Limits = Pick<OwnedStore, "take" | "adjust" | "hold" | "release">

// What the estimates of one outage may hold.
const localLimit = 64 * 1024 * 1024

/** Limits in Redis. */
export const redisLimits = ({ ask, run }: RedisSteps, keys: RedisKeys): Limits => ({
  async take(wants) {
    const lines = await run(
      takeScript,
      wants.map(({ key }) => keys.to("limit", key)),
      wants.flatMap(({ rule, cost, always }) => [...written(rule), String(cost), always ? "1" : "0"]),
    )
    return (lines as string[]).map(read)
  },
  async adjust(key, rule, by) {
    await run(adjustScript, [keys.to("limit", key)], [...written(rule), String(by)])
  },
  hold: async (key, name, limit, ttl) =>
    (await run(holdScript, [keys.to("hold", key)], [wellFormed(name), String(limit), String(ttl)])) === 1,
  async release(key, name) {
    await ask((client) => client.send("ZREM", [keys.to("hold", key), wellFormed(name)]))
  },
})

/** Limits that go on without Redis while it is away. */
export function limitsWhenAway(
  limits: Limits,
  whenAway: WhenAway,
  now: () => number,
): { readonly limits: Limits; readonly estimated: () => number; readonly forget: () => void } {
  let local: Limits | undefined
  let estimated = 0

  function standIn(): Limits {
    if (whenAway === "allow") return everything
    const room = memoryRoom(localLimit)
    return (local ??= { ...memoryLimits(room, now), ...memoryHolds(room, now) })
  }

  async function orElse<T>(asked: T | Promise<T>, instead: (one: Limits) => T | Promise<T>): Promise<T> {
    try {
      return await asked
    } catch (error) {
      if (whenAway === "deny") throw error
      estimated++
      return instead(standIn())
    }
  }

  return {
    limits: {
      take: (wants) => orElse(limits.take(wants), (one) => one.take(wants)),
      adjust: (key, rule, by) => orElse(limits.adjust(key, rule, by), (one) => one.adjust(key, rule, by)),
      hold: (key, name, limit, ttl) =>
        orElse(limits.hold(key, name, limit, ttl), (one) => one.hold(key, name, limit, ttl)),
      release: (key, name) => orElse(limits.release(key, name), (one) => one.release(key, name)),
    },
    estimated: () => estimated,
    forget: () => void (local = undefined),
  }
}

const everything: Limits = {
  take: (wants) =>
    wants.map(({ rule, cost }: Want) => ({
      allowed: true,
      remaining: Math.max(0, Math.floor(rule.limit - cost)),
      reset: 0,
      retryAfter: 0,
      wait: 0,
    })),
  adjust: async () => undefined,
  hold: () => true,
  release: async () => undefined,
}

/** A rule as the scripts take it. */
function written(rule: LimitRule): string[] {
  const window = rule.kind === "until" ? 0 : rule.window
  const ends = rule.kind === "until" ? rule.ends : 0
  return [
    rule.kind,
    String(rule.limit),
    String(window),
    String(ends),
    String(rule.kind === "queue" ? rule.patience : 0),
  ]
}

/** What a script says became of a want. */
function read(line: string): Taken {
  const [allowed, remaining, reset, retryAfter, wait] = line.split(" ").map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ]
  return { allowed: allowed === 1, remaining, reset, retryAfter, wait }
}
