import { object } from "../../core/schema.ts"
import { defineBalancer } from "../balancer.ts"
import type { Weigh } from "../effective-weight.ts"
import type { Upstream } from "../upstream.ts"
import { alike } from "./draw.ts"

interface Turn {
  readonly upstream: Upstream
  credit: number
  /** What all weighed in the list that the credit is from. */
  total: number
}

/** Takes the upstreams in turn, the heavier more often, without bursts. */
export const roundRobin = defineBalancer({
  name: "roundRobin",
  about: "Takes the upstreams in turn, the heavier more often.",
  options: object({}),
  create(_, { weigh }) {
    // They belong to the upstreams, not to a place in a list: a retry or an upstream that went down shifts nobody's turn.
    const turns = new WeakMap<Upstream, Turn>()
    const turnOf = (upstream: Upstream): Turn => {
      const turn = turns.get(upstream) ?? { upstream, credit: 0, total: 0 }
      turns.set(upstream, turn)
      return turn
    }
    let seen: readonly Upstream[] = []
    let list: readonly Turn[] = []
    return (upstreams) => {
      if (upstreams !== seen) {
        seen = upstreams
        list = upstreams.map(turnOf)
        convert(list, weigh)
      }
      return (next(list, weigh) ?? (next(list, alike) as Turn)).upstream
    }
  },
})

// A turn is worth what all weigh together: unconverted, the last in a long list would take many turns in a short one.
function convert(list: readonly Turn[], weigh: Weigh): void {
  const total = list.reduce((sum, { upstream }) => sum + weigh(upstream), 0)
  for (const turn of list) {
    if (turn.total > 0) turn.credit *= total / turn.total
    turn.total = total
  }
}

/** Smooth weighted round robin: everybody's credit grows by its weight, the richest is taken and pays for all. */
function next(list: readonly Turn[], weigh: Weigh): Turn | undefined {
  let total = 0
  let best: Turn | undefined
  for (const turn of list) {
    const weight = weigh(turn.upstream)
    if (weight === 0) continue
    turn.credit += weight
    total += weight
    if (!best || turn.credit > best.credit) best = turn
  }
  if (best) best.credit -= total
  return best
}
