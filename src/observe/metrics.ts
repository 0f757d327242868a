/** Samples of one name, as Prometheus takes them. */
export interface Family {
  readonly name: string
  readonly type: "counter" | "gauge"
  readonly help: string
  readonly samples: readonly (readonly [labels: string, value: number])[]
}

/** Counts what happens, for the admin listener's /metrics; lives as long as the process. */
export class Metrics {
  readonly #answers = new Map<string, Map<number, number>>()
  readonly #websockets = new Map<string, Map<string, number>>()
  readonly #reloads = new Map<"applied" | "refused" | "unchanged", number>()
  readonly #started = Date.now() / 1000
  inFlight = 0
  generation = 0

  /** One answer of a route; requests that no route takes are counted under "". */
  answered(route: string, status: number): void {
    let byStatus = this.#answers.get(route)
    if (!byStatus) this.#answers.set(route, (byStatus = new Map()))
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1)
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
      [...this.#answers].flatMap(([route, byStatus]) =>
        [...byStatus].map(([status, count]): [string, number] => [
          `{route="${escaped(route)}",status="${status}"}`,
          count,
        ]),
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
