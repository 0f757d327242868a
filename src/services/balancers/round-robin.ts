import { object } from "../../core/schema.ts"
import { defineBalancer } from "../balancer.ts"
import type { Upstream } from "../upstream.ts"

/** Takes the upstreams in turn, the heavier more often, without bursts. */
export const roundRobin = defineBalancer({
  name: "roundRobin",
  about: "Takes the upstreams in turn, the heavier more often.",
  options: object({}),
  create() {
    // Smooth weighted round robin: everybody's credit grows by its weight, the richest is taken and pays for all.
    const credit = new WeakMap<Upstream, number>()
    let turn = -1
    return (upstreams) => {
      const even = upstreams.every(({ weight }) => weight === upstreams[0]?.weight)
      if (even) {
        turn = (turn + 1) % upstreams.length
        return upstreams[turn] as Upstream
      }
      let total = 0
      let best = upstreams[0] as Upstream
      let most = Number.NEGATIVE_INFINITY
      for (const one of upstreams) {
        const has = (credit.get(one) ?? 0) + one.weight
        credit.set(one, has)
        total += one.weight
        if (has > most) {
          most = has
          best = one
        }
      }
      credit.set(best, most - total)
      return best
    }
  },
})
