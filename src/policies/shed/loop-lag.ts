// Often enough to see it coming, rarely enough to cost nothing.
const every = 50

/** How late the gateway is with what it has to do: what waits for its turn waits as long. */
export class LoopLag {
  #users = 0
  #timer: ReturnType<typeof setInterval> | undefined
  #due = Number.POSITIVE_INFINITY
  #last = 0
  #before = 0

  /** Watches until all who began have ended. */
  begin(): () => void {
    this.#users++
    if (!this.#timer) {
      this.#due = performance.now() + every
      this.#timer = setInterval(() => this.tick(performance.now()), every)
    }
    return () => {
      if (--this.#users > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
      this.#due = Number.POSITIVE_INFINITY
      this.#last = this.#before = 0
    }
  }

  /** The timer went off, which was due at another time perhaps. */
  tick(now: number): void {
    this.#before = this.#last
    this.#last = Math.max(0, now - this.#due)
    this.#due = now + every
  }

  /** The lag that lasts: one long pause, such as that of the collector, is none. */
  at(now: number): number {
    return Math.max(Math.min(this.#before, this.#last), Math.min(this.#last, now - this.#due))
  }
}
