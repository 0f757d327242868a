import type { Keep } from "../../core/kept.ts"
import type { Flight } from "./flight.ts"
import { CacheMemory } from "./memory.ts"
import type { CacheTier } from "./tier.ts"

/** What the cache has done since the process began. */
export interface CacheCounts {
  hits: number
  /** Hits that were stale, for any reason. */
  stale: number
  misses: number
  /** Misses that waited for the answer to another one. */
  collapsed: number
  /** Stale answers that the service said are still good. */
  validated: number
  /** Requests that the cache has nothing to do with. */
  bypassed: number
  /** Fetches that were begun for nobody in particular. */
  refreshed: number
}

/** What answers may take in memory where the config does not say. */
export const standardBytes = 64 * 1024 * 1024
const mostPasses = 10_000

/** Everything that is kept of answers, for all routes; it outlives reloads. */
export class CacheRoom {
  readonly memory = new CacheMemory(standardBytes)
  readonly counts: CacheCounts = { hits: 0, stale: 0, misses: 0, collapsed: 0, validated: 0, bypassed: 0, refreshed: 0 }
  /** Where answers are kept beside. */
  tier: CacheTier | undefined
  readonly #flights = new Map<string, Flight[]>()
  readonly #passes = new Map<string, number>()

  /** Somebody fetches this already, under this variant, on behalf of the same policy. */
  flight(uri: string, variant: string, owner: object): Flight | undefined {
    return this.#flights.get(uri)?.find((one) => one.variant === variant && one.owner === owner)
  }

  begin(flight: Flight): void {
    const others = this.#flights.get(flight.uri)
    if (others) others.push(flight)
    else this.#flights.set(flight.uri, [flight])
  }

  end(flight: Flight): void {
    const others = this.#flights.get(flight.uri)
    const at = others?.indexOf(flight) ?? -1
    if (!others || at < 0) return
    others.splice(at, 1)
    if (others.length === 0) this.#flights.delete(flight.uri)
  }

  /** The last answer was for one client only: nobody should wait for the next one. */
  passes(key: string, now: number): boolean {
    if (this.#passes.size === 0) return false
    const until = this.#passes.get(key)
    if (until === undefined) return false
    if (until > now) return true
    this.#passes.delete(key)
    return false
  }

  passUntil(key: string, until: number): void {
    if (this.#passes.size >= mostPasses) this.#passes.clear()
    this.#passes.set(key, until)
  }

  unpass(key: string): void {
    if (this.#passes.size > 0) this.#passes.delete(key)
  }

  /** Drops what is known of a URI, wherever it is kept. */
  invalidate(uri: string): void {
    this.forget(uri)
    void this.tier?.purge({ by: "url", value: uri })
  }

  /** Drops what is known of a URI in memory, and what is being fetched of it. */
  forget(uri: string): number {
    for (const flight of this.#flights.get(uri) ?? []) flight.outdated = true
    this.#flights.delete(uri)
    return this.memory.drop(uri)
  }

  /** Nothing that is being fetched now may be kept. */
  outdate(): void {
    for (const flights of this.#flights.values()) for (const flight of flights) flight.outdated = true
    this.#flights.clear()
  }
}

/** The one cache of this process. */
export const cacheRoom = (keep: Keep): CacheRoom => keep("cache", () => new CacheRoom())
