import type { Count, Histogram, Labels, PartMetrics } from "../core/metrics.ts"
import { exposed, type Exposition } from "./metrics/exposition.ts"
import type { Family } from "./metrics/family.ts"
import { HttpMetrics } from "./metrics/http-metrics.ts"
import { processMetrics } from "./metrics/process-metrics.ts"
import { Registry } from "./metrics/registry.ts"

export type { Family } from "./metrics/family.ts"

/** What a reload came to. */
export type ReloadOutcome = "applied" | "refused" | "unchanged"

/** Counts what happens, for the admin listener's /metrics; lives as long as the process. */
export class Metrics implements PartMetrics {
  readonly http = new HttpMetrics()
  readonly #parts = new Registry()
  readonly #counters = new Map<string, number>()
  // By status, one number for each route: with thousands of routes, those that are asked in turns stay close together.
  readonly #counts = new Map<number, Float64Array>()
  readonly #websockets = new Map<string, Map<string, number>>()
  readonly #reloads = new Map<ReloadOutcome, number>()
  #reloadedAt = 0
  #reloadTook = 0
  inFlight = 0
  generation = 0

  /** Where the answers of a route are counted; requests that no route takes are counted under "". */
  counterOf(route: string): number {
    const known = this.#counters.get(route)
    if (known !== undefined) return known
    this.#counters.set(route, this.#counters.size)
    return this.#counters.size - 1
  }

  /** One answer more. */
  count(counter: number, status: number): void {
    let counts = this.#counts.get(status)
    if (!counts || counter >= counts.length) {
      const grown = new Float64Array(Math.max(16, this.#counters.size))
      if (counts) grown.set(counts)
      this.#counts.set(status, (counts = grown))
    }
    counts[counter] = (counts[counter] as number) + 1
  }

  counter(name: string, help: string, labels?: Labels): Count {
    return this.#parts.counter(name, help, labels)
  }

  histogram(name: string, help: string, labels?: Labels, bounds?: readonly number[]): Histogram {
    return this.#parts.histogram(name, help, labels, bounds)
  }

  /** One more WebSocket of a route to a service is open, or one fewer. */
  websockets(route: string, service: string, change: 1 | -1): void {
    let byService = this.#websockets.get(route)
    if (!byService) this.#websockets.set(route, (byService = new Map()))
    byService.set(service, (byService.get(service) ?? 0) + change)
  }

  /** The config was looked at again, which took so many milliseconds. */
  reloaded(outcome: ReloadOutcome, took = 0): void {
    this.#reloads.set(outcome, (this.#reloads.get(outcome) ?? 0) + 1)
    if (outcome !== "applied") return
    this.#reloadedAt = Date.now() / 1000
    this.#reloadTook = took / 1000
  }

  /** Everything that is counted here, and what others know beside it. */
  families(more: readonly Family[] = []): Family[] {
    return [
      {
        name: "bellhop_requests_total",
        type: "counter",
        help: "Requests answered, by route and status, those of batches included.",
        samples: [...this.#counters].flatMap(([route, counter]) =>
          [...this.#counts].flatMap(([status, counts]) => {
            const count = counts[counter] ?? 0
            return count > 0 ? [[{ route, status: String(status) }, count] as const] : []
          }),
        ),
      },
      gauge("bellhop_requests_in_flight", "Requests that wait for their answer.", this.inFlight),
      ...this.http.families(),
      {
        name: "bellhop_websockets_open",
        type: "gauge",
        help: "WebSockets that are open, by route and service.",
        samples: [...this.#websockets].flatMap(([route, byService]) =>
          [...byService].map(([service, count]) => [{ route, service }, count] as const),
        ),
      },
      {
        name: "bellhop_reloads_total",
        type: "counter",
        help: "Reloads of the config, by outcome.",
        samples: [...this.#reloads].map(([outcome, count]) => [{ outcome }, count] as const),
      },
      gauge("bellhop_reload_last_success_timestamp_seconds", "When a config was last applied.", this.#reloadedAt),
      gauge("bellhop_reload_last_duration_seconds", "How long it took to apply it.", this.#reloadTook),
      gauge("bellhop_config_generation", "The generation of the config served now.", this.generation),
      ...this.#parts.families(),
      ...more,
      ...processMetrics(),
    ]
  }

  /** The same as text. */
  text(more: readonly Family[] = [], as: Exposition = "prometheus"): string {
    return exposed(this.families(more), as)
  }
}

const gauge = (name: string, help: string, value: number): Family => ({
  name,
  type: "gauge",
  help,
  samples: [[{}, value]],
})
