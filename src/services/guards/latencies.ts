// Eight to the octave from an eighth of a millisecond on: nothing is off by more than a tenth.
const perOctave = 8
const lowest = 3 * perOctave
const count = 20 * perOctave

// By then half of what is known is forgotten.
const plenty = 1000

/** How long answers took to begin, as a small histogram that forgets. */
export class Latencies {
  readonly #buckets = new Uint32Array(count)
  #total = 0

  get total(): number {
    return this.#total
  }

  add(took: number): void {
    const place = took > 0 ? Math.round(Math.log2(took) * perOctave) + lowest : 0
    const at = Math.min(Math.max(place, 0), count - 1)
    this.#buckets[at] = (this.#buckets[at] ?? 0) + 1
    if (++this.#total >= plenty) this.#forget()
  }

  /** What such a part of the answers took at most, in milliseconds. */
  quantile(part: number): number {
    let left = this.#total * part
    const at = this.#buckets.findIndex((size) => (left -= size) <= 0)
    return 2 ** ((at - lowest + 0.5) / perOctave)
  }

  #forget(): void {
    this.#total = 0
    for (const [at, size] of this.#buckets.entries()) this.#total += this.#buckets[at] = size >> 1
  }
}
