import type { BalancerGround } from "../balancer.ts"
import type { Upstream } from "../upstream.ts"
import { alike } from "./draw.ts"

/** The upstream with the least load for its weight; of several alike any, each as likely as its weight says. */
export function lightest(
  upstreams: readonly Upstream[],
  loadOf: (upstream: Upstream) => number,
  { weigh, random }: Pick<BalancerGround, "weigh" | "random">,
): Upstream {
  let best: Upstream | undefined
  let least = Number.POSITIVE_INFINITY
  let tied = 0
  for (const one of upstreams) {
    const weight = weigh(one)
    if (weight === 0) continue
    const load = loadOf(one) / weight
    if (load > least) continue
    tied = load < least ? weight : tied + weight
    least = load
    // Always the first would mean that a quiet service has one upstream.
    if (tied === weight || random() * tied < weight) best = one
  }
  return best ?? lightest(upstreams, loadOf, { weigh: alike, random })
}
