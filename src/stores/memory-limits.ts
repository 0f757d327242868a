import { adjustOne, freshState, type LimitState, takeAll } from "../core/limit-step.ts"
import type { LimitRule, Want } from "../core/store.ts"
import { dropOver, type Room, weightOf } from "./memory-room.ts"
import type { OwnedStore } from "./store-part.ts"

// The states of the wants at work, one work at a time, because nothing here waits.
const states: LimitState[] = []

/** Limits in the memory of this process. */
export function memoryLimits(room: Room, now: () => number): Pick<OwnedStore, "take" | "adjust"> {
  const limits = new Map<string, LimitState>()

  room.shared((time) => dropOver(limits, time, weightOf))

  function made(key: string, kind: LimitRule["kind"]): LimitState {
    const state = freshState(kind)
    limits.set(key, state)
    room.use(weightOf(key))
    return state
  }

  /** All states again, since making room for those that are missing may drop others. */
  function makeMissing(wants: readonly Want[], time: number): void {
    let needed = 0
    for (const { key } of wants) if (!limits.has(key)) needed += weightOf(key)
    room.need(needed, time)
    for (const [at, { key, rule }] of wants.entries()) states[at] = limits.get(key) ?? made(key, rule.kind)
  }

  /** What nothing was taken of needs no room. */
  function dropUnused(wants: readonly Want[], time: number): void {
    for (const [at, { key }] of wants.entries())
      if ((states[at] as LimitState).expires <= time && limits.delete(key)) room.use(-weightOf(key))
  }

  return {
    take(wants) {
      const time = now()
      let missing = false
      for (let at = 0; at < wants.length; at++) {
        const state = limits.get((wants[at] as Want).key)
        if (state) states[at] = state
        else missing = true
      }
      if (missing) makeMissing(wants, time)
      const taken = takeAll(states, wants, time)
      if (missing) dropUnused(wants, time)
      return taken
    },
    async adjust(key, rule, by) {
      const time = now()
      const there = limits.get(key)
      if (!there && by <= 0) return
      if (!there) room.need(weightOf(key), time)
      adjustOne(there ?? made(key, rule.kind), rule, by, time)
    },
  }
}
