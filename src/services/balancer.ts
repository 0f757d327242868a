import type { Exchange } from "../core/exchange.ts"
import type { Schema } from "../core/schema.ts"
import type { Upstream } from "./upstream.ts"

/** Picks the upstream for an exchange, out of those that may be asked; there is always one. */
export type Balancer = (upstreams: readonly Upstream[], exchange: Exchange) => Upstream

/** A balancing algorithm that the config can name. */
export interface BalancerPart<T> {
  readonly name: string
  readonly about: string
  readonly options: Schema<T>
  create(options: T): Balancer
}

/** An algorithm whose options are known to itself only: what the shelf lists. */
export type AnyBalancer = BalancerPart<unknown>

/** A balancing algorithm. */
export const defineBalancer = <T>(part: BalancerPart<T>): BalancerPart<T> => part
