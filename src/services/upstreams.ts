import { GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import type { Upstream } from "./upstream.ts"

/** Which of the upstreams a service would rather ask. */
export interface Preference {
  /** Where the gateway is. */
  readonly zone?: string | undefined
  /** How many percent of the upstreams in its zone have to be up for the others to be left alone. */
  readonly zoneMinimum?: number | undefined
  /** With fewer than this many percent of all up, all are asked. */
  readonly panic?: number | undefined
}

/** The upstreams of a service, and which of them may be asked now. */
export class Upstreams {
  readonly #service: string
  readonly #preference: Preference
  #all: readonly Upstream[] = []
  #up: readonly Upstream[] = []
  /** Those of `#up` that are asked first. */
  #near: readonly Upstream[] = []
  /** When the list has to be looked at again, because an ejection ends. */
  #staleAt = Number.POSITIVE_INFINITY
  #unlisten: (() => void)[] = []

  constructor(service: string, all: readonly Upstream[], preference: Preference = {}) {
    this.#service = service
    this.#preference = preference
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
    const given = avoid ? this.#without(avoid, exchange.upstream) : this.#near
    if (given.length === 0)
      throw new GatewayError("unavailable", `Cannot reach service "${this.#service}": ${this.#reason()}.`, {
        headers: this.#retryAfter(),
      })
    return given
  }

  /** Hears no more of its upstreams. */
  close(): void {
    for (const stop of this.#unlisten) stop()
  }

  #look(): void {
    const now = performance.now()
    const up = this.#all.filter(({ state }) => state.isUp(now))
    const panics = up.length * 100 < (this.#preference.panic ?? 0) * this.#all.length
    this.#up = panics ? this.#all : up
    this.#near = panics ? this.#all : this.#nearOf(firstOf(up))
    const ends = this.#all.map(({ state }) => state.ejectedUntil).filter((end) => end > now)
    this.#staleAt = ends.length > 0 ? Math.min(...ends) : Number.POSITIVE_INFINITY
  }

  #nearOf(up: readonly Upstream[]): readonly Upstream[] {
    const { zone, zoneMinimum = 50 } = this.#preference
    if (zone === undefined) return up
    const here = up.filter((one) => one.zone === zone)
    const all = this.#all.filter((one) => one.zone === zone && one.priority === here[0]?.priority)
    const needed = (zoneMinimum / 100) * all.length
    return here.length > 0 && here.length >= needed ? here : up
  }

  // A second try goes elsewhere, to another zone if need be; when all have failed, at least not to the last of them.
  #without(avoid: ReadonlySet<object>, last: object | undefined): readonly Upstream[] {
    for (const failed of [(one: Upstream) => avoid.has(one), (one: Upstream) => one === last])
      for (const given of [this.#near, this.#up]) {
        const others = given.filter((one) => !failed(one))
        if (others.length > 0) return others
      }
    return this.#near
  }

  /** When one that is left alone gets requests again, as a header. */
  #retryAfter(): Record<string, string> {
    const now = performance.now()
    const waits = this.#all.map(({ state }) => state.ejectedUntil - now).filter((wait) => wait > 0)
    if (waits.length === 0) return {}
    // Without an end: it is being tried out right now.
    const wait = Math.min(...waits)
    return { "retry-after": String(Number.isFinite(wait) ? Math.ceil(wait / 1000) : 1) }
  }

  #reason(): string {
    const count = this.#all.length
    return count === 0
      ? "it has no upstream"
      : count === 1
        ? "its upstream is down"
        : `none of its ${count} upstreams is healthy`
  }
}

// A service that lists stand-ins wants them asked when nobody else is left.
function firstOf(up: readonly Upstream[]): readonly Upstream[] {
  const first = Math.min(...up.map(({ priority }) => priority))
  return up.filter(({ priority }) => priority === first)
}
