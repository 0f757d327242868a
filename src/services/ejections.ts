import type { UpstreamState } from "./upstream-state.ts"

const ends = new WeakMap<UpstreamState, Map<string, number>>()

/** Leaves an upstream alone until then, in milliseconds of the monotonic clock; of several reasons the last to end counts. */
export function eject(state: UpstreamState, reason: string, until: number): void {
  const known = ends.get(state) ?? new Map<string, number>()
  ends.set(state, known.set(reason, until))
  state.ejectedUntil = Math.max(...known.values())
  state.changed()
}
