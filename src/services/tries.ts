import type { FailureCode } from "../core/errors.ts"
import type { Histogram, Labels, PartMetrics } from "../core/metrics.ts"

/** Measures the tries at a service. */
export interface Tries {
  /** An answer began after so many milliseconds. */
  answered(status: number, took: number): void
  /** There was none. */
  failed(code: FailureCode, took: number): void
}

/** How the tries at a service are measured: until its answer begins, by its status or by what went wrong. */
export function measuredTries(service: string, metrics: PartMetrics): Tries {
  const measure = (labels: Labels): Histogram =>
    metrics.histogram(
      "http_client_request_duration_seconds",
      "Tries at services, by how long it took until an answer began, or until there was none.",
      { service, ...labels },
    )
  const byStatus: (Histogram | undefined)[] = []
  const byCode = new Map<FailureCode, Histogram>()
  return {
    answered(status, took) {
      const histogram = (byStatus[status] ??= measure({ http_response_status_code: String(status) }))
      histogram.add(took / 1000)
    },
    failed(code, took) {
      const histogram = byCode.get(code) ?? measure({ error_type: code })
      byCode.set(code, histogram)
      histogram.add(took / 1000)
    },
  }
}
