import { bucketOf, durations, type Exemplar, type Labels, shortDurations } from "../../core/metrics.ts"
import type { Family } from "./family.ts"
import { Table } from "./table.ts"

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "_OTHER"] as const
const classes = 5
const perRoute = methods.length * classes
const sizes = [100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000]
const nothing = -1

/**
 * How exchanges went, by route, method and status. All numbers are in a few arrays, found by arithmetic: a request costs no
 * lookup by a name, and of thousands of routes that are asked in turns little has to come from memory.
 */
export class HttpMetrics {
  readonly #routes = new Map<string, number>()
  // The first series of each route, method and class of statuses; others of the class are linked behind it.
  #first = new Int32Array(0)
  #next = new Int32Array(64)
  #status = new Uint16Array(64)
  #slot = new Int32Array(64)
  #series = 0
  readonly #took = new Table(durations)
  readonly #own = new Table(shortDurations)
  readonly #received = new Table(sizes)
  readonly #sent = new Table(sizes)
  #inFlight = new Int32Array(0)
  readonly #exemplars = new Map<number, (Exemplar | undefined)[]>()
  readonly #failures = new Map<string, Map<string, number>>()

  /** The number of a route, by what metrics call it. */
  routeOf(label: string): number {
    const known = this.#routes.get(label)
    if (known !== undefined) return known
    const route = this.#routes.size
    this.#routes.set(label, route)
    if ((route + 1) * perRoute > this.#first.length) this.#grow(Math.max(16, 2 * route))
    return route
  }

  /** One more exchange of a route waits for its answer, or one fewer. */
  waits(route: number, change: 1 | -1): void {
    this.#inFlight[route] = (this.#inFlight[route] as number) + change
  }

  /** An exchange has ended: after so many milliseconds, of which so many until its answer began were the gateway's own. */
  ended(route: number, method: string, status: number, took: number, own: number, trace: string | undefined): void {
    const series = this.#seriesOf(route, method, status)
    this.#took.add(series, took / 1000)
    this.#own.add(route, own / 1000)
    if (trace !== undefined) this.#remember(series, trace, took / 1000)
  }

  /** The bodies of an exchange had so many bytes. */
  passed(route: number, received: number, sent: number): void {
    if (received > 0) this.#received.add(route, received)
    if (sent > 0) this.#sent.add(route, sent)
  }

  /** An exchange failed, by the stable word for why. */
  failed(route: string, code: string): void {
    const codes = this.#failures.get(route) ?? new Map<string, number>()
    this.#failures.set(route, codes)
    codes.set(code, (codes.get(code) ?? 0) + 1)
  }

  families(): Family[] {
    const labels = [...this.#routes.keys()]
    const byRoute = (table: Table): Family["samples"] =>
      labels.flatMap((label, route) => {
        const found = table.read(route)
        return found ? [[{ http_route: label }, found] as const] : []
      })
    const series = Array.from({ length: this.#series }, (_, at) => {
      const found = this.#took.read(at) ?? { bounds: durations, counts: [], sum: 0 }
      return [this.#labelsOf(at, labels), { ...found, exemplars: this.#exemplars.get(at) }] as const
    })
    return [
      histogram(
        "http_server_request_duration_seconds",
        "Requests, by how long they took until the end of their answer.",
        series,
      ),
      histogram(
        "bellhop_gateway_duration_seconds",
        "What of the time until an answer began was the gateway's own, and not spent waiting for services.",
        byRoute(this.#own),
      ),
      histogram("http_server_request_body_size_bytes", "Bodies of requests that had one.", byRoute(this.#received)),
      histogram("http_server_response_body_size_bytes", "Bodies of answers that had one.", byRoute(this.#sent)),
      {
        name: "http_server_active_requests",
        type: "gauge",
        help: "Requests that wait for their answer, by route.",
        samples: labels.map((label, route) => [{ http_route: label }, this.#inFlight[route] ?? 0]),
      },
      {
        name: "bellhop_failures_total",
        type: "counter",
        help: "Requests that failed, by the code in their answer or in the log.",
        samples: [...this.#failures].flatMap(([route, codes]) =>
          Array.from(codes, ([code, count]) => [{ http_route: route, code }, count] as const),
        ),
      },
    ]
  }

  #seriesOf(route: number, method: string, status: number): number {
    const slot = route * perRoute + methodOf(method) * classes + classOf(status)
    let series = this.#first[slot] as number
    let last = nothing
    while (series !== nothing) {
      if (this.#status[series] === status) return series
      last = series
      series = this.#next[series] as number
    }
    const made = this.#add(slot, status)
    if (last === nothing) this.#first[slot] = made
    else this.#next[last] = made
    return made
  }

  #add(slot: number, status: number): number {
    const made = this.#series++
    if (made >= this.#next.length) {
      this.#next = grown(this.#next, 2 * made)
      this.#slot = grown(this.#slot, 2 * made)
      const statuses = new Uint16Array(2 * made)
      statuses.set(this.#status)
      this.#status = statuses
    }
    this.#next[made] = nothing
    this.#slot[made] = slot
    this.#status[made] = status
    return made
  }

  #labelsOf(series: number, routes: readonly string[]): Labels {
    const slot = this.#slot[series] as number
    return {
      http_request_method: methods[Math.floor((slot % perRoute) / classes)] ?? "_OTHER",
      http_response_status_code: String(this.#status[series]),
      http_route: routes[Math.floor(slot / perRoute)] ?? "",
    }
  }

  #remember(series: number, trace: string, value: number): void {
    const kept = this.#exemplars.get(series) ?? []
    this.#exemplars.set(series, kept)
    kept[bucketOf(value, durations)] = { trace, value, at: Date.now() }
  }

  #grow(routes: number): void {
    this.#first = grown(this.#first, routes * perRoute)
    const waiting = new Int32Array(routes)
    waiting.set(this.#inFlight)
    this.#inFlight = waiting
  }
}

/** The same numbers, and room for more. */
function grown(numbers: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> {
  const made = new Int32Array(size).fill(nothing)
  made.set(numbers)
  return made
}

const classOf = (status: number): number =>
  status < 200 ? 0 : status < 300 ? 1 : status < 400 ? 2 : status < 500 ? 3 : 4

// Anybody can make up methods.
function methodOf(method: string): number {
  switch (method) {
    case "GET":
      return 0
    case "HEAD":
      return 1
    case "POST":
      return 2
    case "PUT":
      return 3
    case "PATCH":
      return 4
    case "DELETE":
      return 5
    case "OPTIONS":
      return 6
    default:
      return 7
  }
}

const histogram = (name: string, help: string, samples: Family["samples"]): Family => ({
  name,
  type: "histogram",
  help,
  samples,
})
