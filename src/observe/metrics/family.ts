import type { Distribution, Labels } from "../../core/metrics.ts"

/** One series: what tells it apart, and what it is now. */
export type Sample = readonly [labels: Labels, value: number | Distribution]

/** All series of one name. */
export interface Family {
  /** As Prometheus has it: with its unit, and `_total` behind a counter. */
  readonly name: string
  readonly type: "counter" | "gauge" | "histogram"
  readonly help: string
  readonly samples: readonly Sample[]
}
