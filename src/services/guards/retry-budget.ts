import type { Exchange } from "../../core/exchange.ts"
import type { GuardGround } from "../guard.ts"
import { SlidingCount } from "./sliding-count.ts"

/** So many extra tries are allowed in ten seconds however few the requests are. */
const least = 10

/** Keeps extra tries a small share of the requests, so that they cannot bring down a service that is in trouble. */
export class RetryBudget {
  // Requests of at most, extra tries of at least ten seconds: over no ten seconds the share is ever higher.
  readonly #requests = new SlidingCount(1000, 10)
  readonly #extra = new SlidingCount(1000, 11)
  readonly #tries = new WeakSet<Exchange>()

  /** A request came; a try of one that was counted is none. */
  asked(exchange: Exchange): void {
    if (!this.#tries.has(exchange)) this.#requests.add(performance.now())
  }

  /** This exchange is only a try of another one. */
  isTry(exchange: Exchange): void {
    this.#tries.add(exchange)
  }

  /** Whether one more extra try is allowed, which is then taken to happen. */
  take(percent: number): boolean {
    const now = performance.now()
    const allowed = Math.max(least, (this.#requests.sum(now) * percent) / 100)
    if (this.#extra.sum(now) + 1 > allowed) return false
    this.#extra.add(now)
    return true
  }
}

/** The budget of a service: one for all of its guards. */
export const retryBudget = ({ service, keep }: Pick<GuardGround, "service" | "keep">): RetryBudget =>
  keep(`retry budget of ${service}`, () => new RetryBudget())
