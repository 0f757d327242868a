import type { BalancerGround } from "../balancer.ts"
import type { Weigh } from "../effective-weight.ts"
import type { Upstream } from "../upstream.ts"

/** What upstreams weigh when none of them weighs anything. */
export const alike: Weigh = () => 1

/** Any upstream, each as likely as its weight says; another than `except` if there is one. */
export function draw(
  upstreams: readonly Upstream[],
  { weigh, random }: Pick<BalancerGround, "weigh" | "random">,
  except?: Upstream,
): Upstream {
  let total = 0
  let drawn: Upstream | undefined
  // Each takes the place of those before it with its share of what was weighed so far: one pass, and every share is exact.
  for (const one of upstreams) {
    if (one === except) continue
    const weight = weigh(one)
    total += weight
    if (random() * total < weight) drawn = one
  }
  if (drawn) return drawn
  return weigh === alike ? (except as Upstream) : draw(upstreams, { weigh: alike, random }, except)
}
