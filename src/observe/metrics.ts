/** Samples of one name, as Prometheus takes them. */
export interface Family {
  readonly name: string
  readonly type: "counter" | "gauge"
  readonly help: string
  readonly samples: readonly (readonly [labels: string, value: number])[]
}

/** Counts what happens, for the admin listener's /metrics; lives as long as the process. */
export class Metrics {
  readonly #counters = new Map<string, number>()
  // By status, one number for each route: with thousands of routes, those that are asked in turns stay close together.
  readonly #counts = new Map<number, Float64Array>()
  readonly #websockets = new Map<string, Map<string, number>>()
  readonly #reloads = new Map<"applied" | "refused" | "unchanged", number>()
  readonly #started = Date.now() / 1000
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

  /** One more WebSocket of a route to a service is open, or one fewer. */
  websockets(route: string, service: string, change: 1 | -1): void {
    let byService = this.#websockets.get(route)
    if (!byService) this.#websockets.set(route, (byService = new Map()))
    byService.set(service, (byService.get(service) ?? 0) + change)
  }

  reloaded(outcome: "applied" | "refused" | "unchanged"): void {
    this.#reloads.set(outcome, (this.#reloads.get(outcome) ?? 0) + 1)
  }

  /** Everything in the Prometheus text format, and what others know beside it. */
  text(more: readonly Family[] = []): string {
    const lines: string[] = []
    const family = (name: string, type: Family["type"], help: string, samples: Family["samples"]): void => {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
      for (const [labels, value] of samples) lines.push(`${name}${labels} ${value}`)
    }
    family(
      "bellhop_requests_total",
      "counter",
      "Requests answered, by route and status.",
      [...this.#counters].flatMap(([route, counter]) =>
        [...this.#counts].flatMap(([status, counts]): [string, number][] => {
          const count = counts[counter] ?? 0
          return count > 0 ? [[`{route="${escaped(route)}",status="${status}"}`, count]] : []
        }),
      ),
    )
    family("bellhop_requests_in_flight", "gauge", "Requests that wait for their answer.", [["", this.inFlight]])
    family(
      "bellhop_websockets_open",
      "gauge",
      "WebSockets that are open, by route and service.",
      [...this.#websockets].flatMap(([route, byService]) =>
        [...byService].map(([service, count]): [string, number] => [label({ route, service }), count]),
      ),
    )
    family(
      "bellhop_reloads_total",
      "counter",
      "Reloads of the config, by outcome.",
      [...this.#reloads].map(([outcome, count]): [string, number] => [`{outcome="${outcome}"}`, count]),
    )
    family("bellhop_config_generation", "gauge", "The generation of the config served now.", [["", this.generation]])
    for (const { name, type, help, samples } of more) family(name, type, help, samples)
    family("process_start_time_seconds", "gauge", "When the process started, in seconds since 1970.", [
      ["", this.#started],
    ])
    family("process_resident_memory_bytes", "gauge", "Memory in use.", [["", process.memoryUsage.rss()]])
    return `${lines.join("\n")}\n`
  }
}

const escaped = (value: string): string => value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")

/** Labels as they stand behind the name of a sample. */
export const label = (values: Readonly<Record<string, string>>): string =>
  `{${Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",")}}`
