import type { Exchange } from "../core/exchange.ts"
import type { Upstream } from "./upstream.ts"

/** Picks the upstream for an exchange, out of those that may be asked; there is always one. */
export type Balancer = (upstreams: readonly Upstream[], exchange: Exchange) => Upstream

/** A balancing algorithm that the config can name. */
export interface BalancerPart {
  readonly name: string
  readonly about: string
  create(): Balancer
}

/** A balancing algorithm. */
export const defineBalancer = (part: BalancerPart): BalancerPart => part
