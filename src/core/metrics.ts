/** What tells the series of one name apart: few values each, none of them of a client's choosing. */
export type Labels = Readonly<Record<string, string>>

/** A number that only rises: `count.value++`. */
export interface Count {
  value: number
}

/** A value that stands for its bucket, and the trace in which more can be seen. */
export interface Exemplar {
  readonly trace: string
  readonly value: number
  /** In milliseconds since 1970. */
  readonly at: number
}

/** How values are distributed: how many are in each bucket, and what they add up to. */
export interface Distribution {
  /** Where each bucket ends, itself included; one more has what is beyond the last. */
  readonly bounds: readonly number[]
  readonly counts: ArrayLike<number>
  readonly sum: number
  readonly exemplars?: readonly (Exemplar | undefined)[] | undefined
}

/** Gathers values into buckets. */
export class Histogram implements Distribution {
  readonly bounds: readonly number[]
  readonly counts: Float64Array
  sum = 0
  exemplars: (Exemplar | undefined)[] | undefined

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }

  /** One more value; with a trace, it stands for its bucket from now on. */
  add(value: number, trace?: string): void {
    const bucket = bucketOf(value, this.bounds)
    this.counts[bucket] = (this.counts[bucket] as number) + 1
    this.sum += value
    if (trace === undefined) return
    this.exemplars ??= []
    this.exemplars[bucket] = { trace, value, at: Date.now() }
  }
}

/** The bucket that a value belongs to. */
export function bucketOf(value: number, bounds: readonly number[]): number {
  let bucket = 0
  while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++
  return bucket
}

/** In seconds, as OpenTelemetry recommends for what goes over HTTP. */
export const durations: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** In seconds, for what takes much less. */
export const shortDurations: readonly number[] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1]

/**
 * Where parts count what they do. Asked for once, while a config is compiled; what is counted outlives reloads. Names are
 * those of Prometheus: in snake case, with their unit, and `_total` behind counters.
 */
export interface PartMetrics {
  counter(name: string, help: string, labels?: Labels): Count
  histogram(name: string, help: string, labels?: Labels, bounds?: readonly number[]): Histogram
}
