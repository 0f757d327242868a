import type { Handler } from "../core/handler.ts"
import type { PartMetrics } from "../core/metrics.ts"

/** The same mocks; counts how many requests they answer. */
export function countedMock(handler: Handler, service: string, source: string, metrics: PartMetrics): Handler {
  const answered = metrics.counter("bellhop_mocks_answered_total", "Requests that mocks answered.", { service, source })
  return (exchange) => {
    // One that has no mock for it throws.
    const reply = handler(exchange)
    answered.value++
    return reply
  }
}
