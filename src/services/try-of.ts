import type { Exchange } from "../core/exchange.ts"

/** The same exchange once more, for a try that can be ended alone; it goes elsewhere like its origin. */
export function tryOf(exchange: Exchange): Exchange {
  const one = exchange.derive({ ...exchange })
  one.avoid = exchange.avoid
  one.upstream = exchange.upstream
  return one
}
