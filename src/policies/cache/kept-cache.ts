import type { Tools } from "../../core/part.ts"
import { type CacheRoom, cacheRoom, standardBytes } from "./room.ts"
import type { CacheSettings } from "./settings.ts"

/** The cache of this process, with the settings of a config once that is served. */
export function keptCache(
  settings: CacheSettings | undefined,
  { keep, whenServed }: Pick<Tools, "keep" | "whenServed">,
): CacheRoom {
  const room = cacheRoom(keep)
  const { memory } = room
  const limit = settings?.memory ?? standardBytes
  whenServed(() => {
    memory.limit = limit
    return () => undefined
  })
  return room
}
