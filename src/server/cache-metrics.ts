import type { Family } from "../observe/metrics.ts"
import type { CacheRoom } from "../policies/cache/room.ts"

/** What the cache did and has, as the admin listener tells it. */
export function cacheStatus({ counts, memory }: CacheRoom) {
  const { hits, misses } = counts
  const { entries, bytes, limit, evicted } = memory
  return { ...counts, hitRate: hits + misses === 0 ? null : hits / (hits + misses), entries, bytes, limit, evicted }
}

/** What the cache did and has, as metrics. */
export function cacheMetrics(room: CacheRoom | undefined): Family[] {
  if (!room) return []
  const { hits, stale, misses, collapsed, bypassed, validated, refreshed } = room.counts
  const { entries, bytes, limit, evicted } = room.memory
  const one = (name: string, type: Family["type"], help: string, value: number): Family => ({
    name: `bellhop_cache_${name}`,
    type,
    help,
    samples: [[{}, value]],
  })
  return [
    {
      name: "bellhop_cache_requests_total",
      type: "counter",
      help: "Requests that came to the cache, by what became of them.",
      samples: [
        [{ result: "hit" }, hits - stale],
        [{ result: "stale" }, stale],
        [{ result: "miss" }, misses - collapsed],
        [{ result: "collapsed" }, collapsed],
        [{ result: "bypass" }, bypassed],
      ],
    },
    one("validated_total", "counter", "Stale answers that the service said are still good.", validated),
    one("refreshed_total", "counter", "Answers fetched in the background.", refreshed),
    one("evicted_total", "counter", "Answers that made room for others.", evicted),
    one("entries", "gauge", "Answers in memory.", entries),
    one("bytes", "gauge", "What the answers in memory take.", bytes),
    one("limit_bytes", "gauge", "What the answers in memory may take.", limit),
  ]
}
