import type { Upstream } from "./upstream.ts"

/** What an upstream weighs now, beside the others. */
export type Weigh = (upstream: Upstream) => number

const first = 0.1

/** The weight of an upstream while it starts slowly: a tenth when it came up, all of it once the time is over. */
export function effectiveWeight({ weight, state }: Upstream, slowStart: number, now: number): number {
  const progress = (now - state.startedAt) / slowStart
  return progress >= 1 ? weight : weight * (first + (1 - first) * Math.max(0, progress))
}

/** How a service weighs its upstreams, with the length of its slow start if it has one. */
export function weighing(slowStart: number | undefined): Weigh {
  if (slowStart === undefined) return ({ weight }) => weight
  let known = Number.NEGATIVE_INFINITY
  return (upstream) => {
    // The clock is read only while somebody starts.
    if (upstream.state.startedAt + slowStart <= known) return upstream.weight
    known = performance.now()
    return effectiveWeight(upstream, slowStart, known)
  }
}
