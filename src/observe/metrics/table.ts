import { bucketOf, type Distribution } from "../../core/metrics.ts"

/** Many histograms in one array, found by their number. */
export class Table {
  readonly #bounds: readonly number[]
  readonly #width: number
  #numbers: Float64Array

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    // Of each: its sum, and its buckets with the one beyond the last bound.
    this.#width = bounds.length + 2
    this.#numbers = new Float64Array(16 * this.#width)
  }

  /** One more value in the histogram of this number. */
  add(row: number, value: number): void {
    const start = row * this.#width
    if (start >= this.#numbers.length) this.#grow(row)
    const numbers = this.#numbers
    const bucket = start + 1 + bucketOf(value, this.#bounds)
    numbers[start] = (numbers[start] as number) + value
    numbers[bucket] = (numbers[bucket] as number) + 1
  }

  /** The histogram of this number; undefined where there is nothing in it. */
  read(row: number): Distribution | undefined {
    const start = row * this.#width
    const counts = this.#numbers.subarray(start + 1, start + this.#width)
    return counts.some((count) => count > 0)
      ? { bounds: this.#bounds, counts, sum: this.#numbers[start] ?? 0 }
      : undefined
  }

  #grow(row: number): void {
    const made = new Float64Array(2 * (row + 1) * this.#width)
    made.set(this.#numbers)
    this.#numbers = made
  }
}
