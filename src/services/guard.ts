import type { Policy } from "../core/handler.ts"
import type { Keep } from "../core/kept.ts"
import type { Log } from "../core/log.ts"
import type { PartMetrics } from "../core/metrics.ts"
import type { Schema } from "../core/schema.ts"
import type { Watch } from "./dispatch.ts"
import type { Upstreams } from "./upstreams.ts"

/** What a guard is handed while it is built. */
export interface GuardGround {
  /** The service that it guards. */
  readonly service: string
  readonly upstreams: Upstreams
  readonly keep: Keep
  readonly log: Log
  readonly metrics: PartMetrics
}

/** A rule around the calls to a service, or an eye on each try at one of its upstreams, or both. */
export interface Guard {
  readonly around?: Policy
  readonly watch?: Watch
}

/** A guard that the config can name: retry, breaker, limits. */
export interface GuardPart<T> {
  readonly name: string
  readonly about: string
  readonly options: Schema<T>
  /** Runs once for each use in a config; opens no socket and starts no timer. */
  create(options: T, ground: GuardGround): Guard
}

/** A guard whose options are known to itself only: what the shelf lists. */
export type AnyGuard = GuardPart<unknown>

/** A rule around the calls to a service. */
export const defineGuard = <T>(part: GuardPart<T>): GuardPart<T> => part
