import type { Exchange } from "../core/exchange.ts"
import type { Keep } from "../core/kept.ts"
import type { Schema } from "../core/schema.ts"
import type { Weigh } from "./effective-weight.ts"
import type { Upstream } from "./upstream.ts"

/** Picks the upstream for an exchange, out of those that may be asked; there is always one. */
export type Balancer = (upstreams: readonly Upstream[], exchange: Exchange) => Upstream

/** What an algorithm is handed while it is built. */
export interface BalancerGround {
  /** The service whose upstreams it picks. */
  readonly service: string
  readonly keep: Keep
  /** What an upstream weighs now. One of weight 0 gets nothing while there are others. */
  readonly weigh: Weigh
  /** A number from 0 up to 1. */
  readonly random: () => number
}

/** A balancing algorithm that the config can name. */
export interface BalancerPart<T> {
  readonly name: string
  readonly about: string
  readonly options: Schema<T>
  /** Runs once for each service of a config; lists that are handed to the balancer afterwards never change in place. */
  create(options: T, ground: BalancerGround): Balancer
}

/** An algorithm whose options are known to itself only: what the shelf lists. */
export type AnyBalancer = BalancerPart<unknown>

/** A balancing algorithm. */
export const defineBalancer = <T>(part: BalancerPart<T>): BalancerPart<T> => part
