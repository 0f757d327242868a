import type { Histogram } from "../../core/metrics.ts"
import type { Tools } from "../../core/part.ts"
import { type Outcome, skipped } from "./outcome.ts"

/** Takes how long a part took, in milliseconds, and what it came to; undefined: it failed. */
export type MeasurePart = (took: number, outcome: Outcome | undefined) => void

/** How a part of an aggregate is measured. */
export function measuredPart(part: string, { metrics, route = "" }: Pick<Tools, "metrics" | "route">): MeasurePart {
  const measure = (outcome: string): Histogram =>
    metrics.histogram(
      "bellhop_part_duration_seconds",
      "Parts of aggregates, by how long they took and what they came to.",
      { http_route: route.slice(route.indexOf(" ") + 1), part, outcome },
    )
  const [answered, stoodIn, failed] = [measure("answered"), measure("fallback"), measure("failed")]
  return (took, outcome) => {
    // It was not asked.
    if (outcome === skipped) return
    const histogram = outcome === undefined ? failed : outcome.failure ? stoodIn : answered
    histogram.add(took / 1000)
  }
}
