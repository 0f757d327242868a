import { inOrder } from "./in-order.ts"
import { dropOver, type Room, weightOf } from "./memory-room.ts"
import { batchLife, type OwnedStore } from "./store-part.ts"

/** Counters in the memory of this process. */
export function memoryCounters(room: Room, now: () => number): Pick<OwnedStore, "count" | "counters"> {
  const counted = new Map<string, { value: number; expires: number }>()
  const batches = new Map<string, { expires: number }>()

  room.shared((time) => dropOver(counted, time, weightOf))
  room.shared((time) => dropOver(batches, time, weightOf))

  return {
    async count(batch, amounts) {
      const time = now()
      const before = batches.get(batch)
      if (before && before.expires > time) return
      let needed = weightOf(batch)
      for (const { key } of amounts) if (!counted.has(key)) needed += weightOf(key)
      room.need(needed, time)
      if (!batches.has(batch)) room.use(weightOf(batch))
      batches.set(batch, { expires: time + batchLife })
      for (const { key, by, ttl } of amounts) {
        const counter = counted.get(key)
        if (!counter) {
          counted.set(key, { value: by, expires: time + ttl })
          room.use(weightOf(key))
        } else {
          counter.value = counter.expires > time ? counter.value + by : by
          counter.expires = time + ttl
        }
      }
    },
    async counters(prefix) {
      const time = now()
      const found: (readonly [string, number])[] = []
      for (const [key, { value, expires }] of counted)
        if (expires > time && key.startsWith(prefix)) found.push([key, value])
      return inOrder(found)
    },
  }
}
