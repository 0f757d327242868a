import { about, object, optional } from "../core/schema.ts"
import { size } from "../core/units.ts"
import { memoryCounters } from "./memory-counters.ts"
import { memoryHolds } from "./memory-holds.ts"
import { memoryLimits } from "./memory-limits.ts"
import { memoryRoom } from "./memory-room.ts"
import { memoryValues } from "./memory-values.ts"
import { defineStore } from "./store-part.ts"

/** Keeps state in the memory of this process. */
export const memory = defineStore({
  name: "memory",
  about: "In the memory of this process: gone when it ends, and not shared with others.",
  options: object({
    limit: about("How much it may hold; then nothing new is taken until something is over.", optional(size(), "256mb")),
  }),
  create({ limit }, { now }) {
    const room = memoryRoom(limit)
    return {
      ...memoryValues(room, now),
      ...memoryLimits(room, now),
      ...memoryHolds(room, now),
      ...memoryCounters(room, now),
      sweep: () => room.sweep(now),
      close: () => undefined,
    }
  },
})
