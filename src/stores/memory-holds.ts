import { type Room, weightOf } from "./memory-room.ts"
import type { OwnedStore } from "./store-part.ts"

/** Who holds the places of one key, until when. */
interface Holds {
  readonly until: Map<string, number>
  /** No place is over before: who finds all held looks for one only then. */
  earliest: number
}

/** Places that are held in the memory of this process. */
export function memoryHolds(room: Room, now: () => number): Pick<OwnedStore, "hold" | "release"> {
  const places = new Map<string, Holds>()

  /** Lets go of what is over; how many bytes that had. */
  function letGo(holds: Holds, time: number): number {
    let given = 0
    holds.earliest = Number.POSITIVE_INFINITY
    for (const [name, until] of holds.until)
      if (until > time) holds.earliest = Math.min(holds.earliest, until)
      else if (holds.until.delete(name)) given += weightOf(name)
    return given
  }

  room.shared(function* (time) {
    for (const [key, holds] of places)
      yield letGo(holds, time) + (holds.until.size === 0 && places.delete(key) ? weightOf(key) : 0)
  })

  return {
    hold(key, name, limit, ttl) {
      const time = now()
      let holds = places.get(key)
      const until = holds?.until.get(name)
      if (holds && (until === undefined || until <= time) && holds.until.size >= limit && holds.earliest <= time)
        room.use(-letGo(holds, time))
      const isNew = !holds?.until.has(name)
      if (isNew && (holds?.until.size ?? 0) >= limit) return false
      if (isNew) {
        const more = weightOf(name) + (holds ? 0 : weightOf(key))
        room.need(more, time)
        room.use(more)
        // Making room may have dropped a key that nobody held any more.
        if (holds && places.get(key) !== holds) room.use(weightOf(key))
      }
      holds ??= { until: new Map(), earliest: Number.POSITIVE_INFINITY }
      places.set(key, holds)
      holds.until.set(name, time + ttl)
      holds.earliest = Math.min(holds.earliest, time + ttl)
      return true
    },
    async release(key, name) {
      const holds = places.get(key)
      if (!holds?.until.delete(name)) return
      room.use(-weightOf(name))
      if (holds.until.size === 0 && places.delete(key)) room.use(-weightOf(key))
    },
  }
}
