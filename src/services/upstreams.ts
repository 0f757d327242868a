import { GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import type { Upstream } from "./upstream.ts"

/** The upstreams of a service, and which of them may be asked now. */
export class Upstreams {
  readonly #service: string
  #all: readonly Upstream[] = []
  #up: readonly Upstream[] = []
  /** When the list has to be looked at again, because an ejection ends. */
  #staleAt = Number.POSITIVE_INFINITY
  #unlisten: (() => void)[] = []

  constructor(service: string, all: readonly Upstream[]) {
    this.#service = service
    this.replace(all)
  }

  get all(): readonly Upstream[] {
    return this.#all
  }

  /** From now on these are the upstreams; exchanges under way end where they are. */
  replace(all: readonly Upstream[]): void {
    this.close()
    this.#all = all
    this.#unlisten = all.map(({ state }) => state.onChange(() => this.#look()))
    this.#look()
  }

  /** Those that may be asked for this exchange; there is always one, or the exchange fails. */
  candidates(exchange: Exchange): readonly Upstream[] {
    if (this.#staleAt !== Number.POSITIVE_INFINITY && performance.now() >= this.#staleAt) this.#look()
    const { avoid } = exchange
    const up = avoid ? withoutAvoided(this.#up, avoid) : this.#up
    if (up.length === 0) throw new GatewayError("unavailable", `Cannot reach service "${this.#service}": ${this.#reason()}.`)
    return up
  }

  /** Hears no more of its upstreams. */
  close(): void {
    for (const stop of this.#unlisten) stop()
  }

  #look(): void {
    const now = performance.now()
    this.#up = this.#all.filter(({ state }) => state.isUp(now))
    const ends = this.#all.map(({ state }) => state.ejectedUntil).filter((end) => end > now)
    this.#staleAt = ends.length > 0 ? Math.min(...ends) : Number.POSITIVE_INFINITY
  }

  #reason(): string {
    const count = this.#all.length
    return count === 0 ? "it has no upstream" : count === 1 ? "its upstream is down" : `none of its ${count} upstreams is healthy`
  }
}

// A second try goes elsewhere, unless there is nowhere else.
function withoutAvoided(up: readonly Upstream[], avoid: ReadonlySet<object>): readonly Upstream[] {
  const others = up.filter((one) => !avoid.has(one))
  return others.length > 0 ? others : up
}
