import { adjustOne, freshState, type LimitState, takeAll } from "../core/limit-step.ts"
import type { LimitRule } from "../core/store.ts"
import type { StoreFile, Transact } from "./sqlite-file.ts"
import { named } from "./sqlite-statements.ts"
import type { OwnedStore } from "./store-part.ts"

/** Limits in a file. */
export const sqliteLimits = (transact: Transact): Pick<OwnedStore, "take" | "adjust"> => ({
  take: (wants) =>
    transact((on, time) => {
      const states: LimitState[] = []
      const byKey = new Map<string, LimitState>()
      for (const { key, rule } of wants) {
        const state = byKey.get(key) ?? stateOf(on, key, rule)
        byKey.set(key, state)
        states.push(state)
      }
      const taken = takeAll(states, wants, time)
      // Without room for all of it, nothing is taken: the step begins again, or is undone.
      if (wants.every(({ always }, at) => always || taken[at]?.allowed))
        for (const [key, state] of byKey) if (state.expires > time) write(on, key, state)
      return taken
    }),
  adjust: async (key, rule, by) =>
    transact((on, time) => {
      const state = stateOf(on, key, rule)
      adjustOne(state, rule, by, time)
      write(on, key, state)
    }),
})

function stateOf(on: StoreFile, key: string, rule: LimitRule): LimitState {
  const found = on.getLimit.get(named(key))
  return found ? { ...found, kind: found.kind as LimitRule["kind"] } : freshState(rule.kind)
}

const write = (on: StoreFile, key: string, { kind, used, last, at, expires }: LimitState): void =>
  void on.setLimit.run(named(key), kind, used, last, at, expires)
