// Short, so that a burst leaves room for what comes after it.
const stretch = 100

/** Lets through so many a second. */
export class Pace {
  #began = Number.NEGATIVE_INFINITY
  #taken = 0

  /** Whether one more fits; `now` in milliseconds of the monotonic clock. */
  take(now: number, rate: number): boolean {
    if (now - this.#began >= stretch) {
      this.#began = now
      this.#taken = 0
    }
    return this.#taken++ < (rate * stretch) / 1000
  }
}
