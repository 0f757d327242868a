import { pattern, type Purge } from "./purge-query.ts"
import type { CacheRoom } from "./room.ts"

// So many are looked at before others have a turn.
const atOnce = 5000

/** Drops answers, wherever they are kept; how many there were in memory. What is being fetched meanwhile is not kept. */
export async function purge(room: CacheRoom, what: Purge): Promise<number> {
  await room.tier?.purge(what.by === "url" ? { by: "url", value: normal(what.value) } : what)
  return forget(room, what)
}

/** Drops answers in memory. */
export async function forget(room: CacheRoom, what: Purge): Promise<number> {
  if (what.by === "url") return room.forget(normal(what.value))
  room.outdate()
  if (what.by === "all") return room.memory.clear()
  if (what.by === "tag") return room.memory.dropTag(what.value)
  const fits = pattern(what.value)
  let dropped = 0
  let looked = 0
  for (const uri of Array.from(room.memory.uris())) {
    if (fits.test(uri)) dropped += room.memory.drop(uri)
    if (++looked % atOnce === 0) await new Promise<void>((resolve) => setImmediate(resolve))
  }
  return dropped
}

/** A URL as URIs of requests are written. */
const normal = (url: string): string =>
  url.replace(/^(https?:\/\/)([^/]+)/, (_, scheme: string, host: string) => scheme + host.toLowerCase())
