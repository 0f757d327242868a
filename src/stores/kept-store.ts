import { GatewayError } from "../core/errors.ts"
import type { Tools } from "../core/part.ts"
import type { Store } from "../core/store.ts"
import type { ChosenStore } from "./store-option.ts"

// What is over is not given to anybody; this only makes room.
const sweepEvery = 60_000

/** The store that a config chose: kept over reloads as long as configs choose it, and closed after the last one. */
export function keptStore(
  { part, options }: ChosenStore,
  { keep, whenServed, log, root }: Pick<Tools, "keep" | "whenServed" | "log" | "root">,
): Store {
  const store = keep(
    `store ${part.name} ${JSON.stringify(options)}`,
    () => part.create(options, { root, now: Date.now }),
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
  const tried = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (cause) {
      throw new GatewayError("store_failed", "The store cannot be used: try again later.", { cause })
    }
  }
  return {
    get: (key) => tried(store.get(key)),
    set: (key, value, ttl) => tried(store.set(key, value, ttl)),
    add: (key, value, ttl) => tried(store.add(key, value, ttl)),
    replace: (key, expected, value, ttl) => tried(store.replace(key, expected, value, ttl)),
    remove: (key, expected) => tried(store.remove(key, expected)),
  }
}
