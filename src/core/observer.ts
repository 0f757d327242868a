import type { Exchange, Outcome } from "./exchange.ts"

/** How an exchange went, told when the body of its answer has ended. */
export interface Ended {
  readonly exchange: Exchange
  readonly status: number
  /** When it began, when its answer did, and when that ended: in milliseconds of the monotonic clock. */
  readonly began: number
  readonly answered: number
  readonly ended: number
  /** When it began, in milliseconds since 1970. */
  readonly at: number
  /** Bytes of the bodies of request and answer. */
  readonly received: number
  readonly sent: number
  readonly outcome: Outcome
  /** The stable word for what went wrong. */
  readonly code: string | undefined
  /** Milliseconds that were spent waiting for services. */
  readonly upstream: number
}

/** Is told of every exchange once, when it has ended. */
export type Observer = (ended: Ended) => void
