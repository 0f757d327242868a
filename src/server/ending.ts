import type { Ending, Exchange, Outcome } from "../core/exchange.ts"
import type { Log } from "../core/log.ts"
import type { Ended, Observer } from "../core/observer.ts"
import type { Gateway } from "../gateway/compile.ts"
import type { HttpMetrics } from "../observe/metrics/http-metrics.ts"

/** How the exchanges of a config are measured, and how those who watch them are told. */
export interface Measuring extends Ending {
  /** An exchange waits for its answer, or does not any more. */
  waits(exchange: Exchange, change: 1 | -1): void
}

/** Measures how each exchange of a config went, and tells who watches them. */
export function measuring(
  { routes }: Pick<Gateway, "routes">,
  observers: readonly Observer[],
  /** Undefined: nothing is measured. */
  metrics: HttpMetrics | undefined,
  log: Log,
): Measuring {
  const labels = routes.map(({ key }) => key.slice(key.indexOf(" ") + 1))
  const places = Uint32Array.from(labels, (label) => metrics?.routeOf(label) ?? 0)
  const unrouted = metrics?.routeOf("") ?? 0
  const routeOf = (place: number): number => (place < 0 ? unrouted : (places[place] as number))

  return {
    waits: ({ place }, change) => metrics?.waits(routeOf(place), change),

    ended(exchange, status, answered, received, sent, outcome) {
      const ended = performance.now()
      const { began, trace, place } = exchange
      const upstream = exchange.waited(answered)
      const code = exchange.failure ?? codes[outcome]
      if (metrics) {
        const own = Math.max(0, answered - began - upstream)
        const route = routeOf(place)
        metrics.ended(route, exchange.method, status, ended - began, own, trace?.sampled ? trace.traceId : undefined)
        if (received > 0 || sent > 0) metrics.passed(route, received, sent)
        if (code !== undefined) metrics.failed(labels[place] ?? "", code)
      }
      if (observers.length === 0) return
      const at = Date.now() - (ended - began)
      const told: Ended = { exchange, status, began, answered, ended, at, received, sent, outcome, code, upstream }
      for (const observer of observers)
        try {
          observer(told)
        } catch (error) {
          // The connection goes on: nobody is answered worse for being watched.
          log.error("An exchange was not told of.", error)
        }
    },
  }
}

// What is said of an answer that had begun well.
const codes: Readonly<Record<Outcome, string | undefined>> = {
  whole: undefined,
  cut: "answer_cut",
  gone: "client_gone",
}
