import type { Policy } from "../core/handler.ts"
import type { Keep } from "../core/kept.ts"
import type { Log } from "../core/log.ts"
import type { Schema } from "../core/schema.ts"

/** What a guard is handed while it is built. */
export interface GuardGround {
  /** The service that it guards. */
  readonly service: string
  readonly keep: Keep
  readonly log: Log
}

/** A rule around the calls to a service: retry, breaker, limits. */
export interface GuardPart<T> {
  readonly name: string
  readonly about: string
  readonly options: Schema<T>
  create(options: T, ground: GuardGround): Policy
}

/** A guard whose options are known to itself only: what the shelf lists. */
export type AnyGuard = GuardPart<unknown>

/** A rule around the calls to a service. */
export const defineGuard = <T>(part: GuardPart<T>): GuardPart<T> => part
