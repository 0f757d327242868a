import { GatewayError } from "../core/errors.ts"
import { shortDurations } from "../core/metrics.ts"
import type { Tools } from "../core/part.ts"
import type { Store } from "../core/store.ts"
import type { ChosenStore } from "./store-option.ts"
import { StoreAway, type StoreStatus } from "./store-part.ts"

/** A store as the parts of a config use it, and how it does, where it can be away. */
export interface KeptStore extends Store {
  readonly name: string
  status(): StoreStatus | undefined
}

// What is over is not given to anybody; this only makes room.
const sweepEvery = 60_000

/** The store that a config chose: kept over reloads as long as configs choose it, and closed after the last one. */
export function keptStore(
  { part, options }: ChosenStore,
  { keep, whenServed, log, root, metrics }: Pick<Tools, "keep" | "whenServed" | "log" | "root" | "metrics">,
): KeptStore {
  const store = keep(
    `store ${part.name} ${JSON.stringify(options)}`,
    () => part.create(options, { root, now: Date.now, log }),
    (one) => one.close(),
  )
  whenServed(() => {
    // At once, because a store that cannot be opened is news for whoever starts the gateway, not for its first client.
    const sweep = (): void => void store.sweep().catch((error: unknown) => log.error(wrong, error))
    const timer = setInterval(sweep, sweepEvery)
    sweep()
    return () => clearInterval(timer)
  })
  const wrong = `Cannot use the store "${part.name}".`
  const failed = (cause: unknown): never => {
    const told = cause instanceof StoreAway
    throw new GatewayError("store_failed", "The store cannot be used: try again later.", told ? {} : { cause })
  }
  const took = metrics.histogram(
    "bellhop_store_duration_seconds",
    "How long the store took, where it had to be waited for.",
    { store: part.name },
    shortDurations,
  )
  const tried = async <T>(work: Promise<T>): Promise<T> => {
    const began = performance.now()
    try {
      return await work
    } catch (cause) {
      return failed(cause)
    } finally {
      took.add((performance.now() - began) / 1000)
    }
  }
  return {
    name: part.name,
    status: () => store.status?.(),
    get: (key) => tried(store.get(key)),
    set: (key, value, ttl) => tried(store.set(key, value, ttl)),
    add: (key, value, ttl) => tried(store.add(key, value, ttl)),
    replace: (key, expected, value, ttl) => tried(store.replace(key, expected, value, ttl)),
    remove: (key, expected) => tried(store.remove(key, expected)),
    // Not through a promise where the store needs none: these are asked with every request.
    take(wants) {
      try {
        const taken = store.take(wants)
        return taken instanceof Promise ? tried(taken) : taken
      } catch (cause) {
        return failed(cause)
      }
    },
    hold(key, name, limit, ttl) {
      try {
        const held = store.hold(key, name, limit, ttl)
        return held instanceof Promise ? tried(held) : held
      } catch (cause) {
        return failed(cause)
      }
    },
    adjust: (key, rule, by) => tried(store.adjust(key, rule, by)),
    release: (key, name) => tried(store.release(key, name)),
    count: (batch, amounts) => tried(store.count(batch, amounts)),
    counters: (prefix) => tried(store.counters(prefix)),
    list: (prefix) => tried(store.list(prefix)),
  }
}
