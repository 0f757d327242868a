import type { Tools } from "../../core/part.ts"
import type { Store } from "../../core/store.ts"
import { forget } from "./purge.ts"
import { type CacheRoom, cacheRoom, standardBytes } from "./room.ts"
import type { CacheSettings } from "./settings.ts"
import { CacheTier } from "./tier.ts"

// What others have dropped is dropped here at most so late.
const listenEvery = 1000

/** The cache of this process, with the settings of a config once that is served; `store`: where answers are kept beside. */
export function keptCache(
  settings: Pick<CacheSettings, "memory"> | undefined,
  store: Store | undefined,
  { keep, whenServed, log }: Pick<Tools, "keep" | "whenServed" | "log">,
): CacheRoom {
  const room = cacheRoom(keep)
  const limit = settings?.memory ?? standardBytes
  whenServed(() => {
    room.memory.limit = limit
    const tier = store && new CacheTier(store, log)
    room.tier = tier
    if (!tier) return () => undefined
    const listen = async (): Promise<void> => {
      for (const { what } of await tier.news()) await forget(room, what)
    }
    void listen()
    const timer = setInterval(() => void listen(), listenEvery)
    return () => clearInterval(timer)
  })
  return room
}
