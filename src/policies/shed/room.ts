/** From when on there is too much to do; times are in milliseconds. */
export interface RoomRules {
  /** Most requests that may wait for their answers at once. */
  readonly inFlight: number
  /** Overloaded when most answers take longer than this to begin. */
  readonly latency: number
  /** Overloaded when the gateway itself is so late. */
  readonly lag: number
  /** As many pass however overloaded it is. */
  readonly atLeast: number
}

/** A request that waits for its answer. */
export interface Waiting {
  readonly since: number
}

// Shorter than what people notice, long enough for some answers. After CoDel (RFC 8289), whose interval it is.
const shortest = 100

// Down fast, up slowly: what was too much a moment ago is likely too much again.
const less = 0.8
const more = 1.1

// By then nothing is held back any more.
const plenty = 1_000_000

/** How many requests there is room for: as many as allowed, and fewer while answers come late. Outlives a reload. */
export class Room {
  readonly #rules: RoomRules
  readonly #interval: number
  readonly #waiting = new Set<Waiting>()
  #size: number
  #peak = 0
  #answered = 0
  #slow = 0
  #next = Number.NEGATIVE_INFINITY

  constructor(rules: RoomRules) {
    this.#rules = rules
    // What is done about it can be seen in the answers of those who come afterwards, no sooner.
    this.#interval = Math.max(shortest, Number.isFinite(rules.latency) ? rules.latency : 0)
    this.#size = rules.inFlight
  }

  /** How many may wait now. */
  get size(): number {
    return this.#size
  }

  /** Whether it is smaller than it may be, because answers come late. */
  get isSmall(): boolean {
    return this.#size < this.#rules.inFlight
  }

  get taken(): number {
    return this.#waiting.size
  }

  /** A request comes in, if there is room in the share of the room that it may take; lag is that of the gateway now. */
  enter(share: number, now: number, lag: number): Waiting | undefined {
    if (now >= this.#next) this.#measure(now, lag)
    const taken = this.#waiting.size
    if (taken >= Math.ceil(this.#size * share)) return undefined
    const one = { since: now }
    this.#waiting.add(one)
    if (taken >= this.#peak) this.#peak = taken + 1
    return one
  }

  /** The answer of a request has begun, or it failed. */
  leave(one: Waiting, now: number): void {
    this.#waiting.delete(one)
    this.#answered++
    if (now - one.since > this.#rules.latency) this.#slow++
  }

  #measure(now: number, lag: number): void {
    const { inFlight, atLeast } = this.#rules
    if (lag > this.#rules.lag || this.#isLate(now))
      this.#size = Math.max(Math.min(atLeast, inFlight), Math.floor(Math.min(this.#size, this.#peak) * less))
    else if (this.isSmall) {
      const grown = Math.ceil(this.#size * more)
      this.#size = grown > plenty ? inFlight : Math.min(inFlight, grown)
    }
    this.#next = now + this.#interval
    this.#peak = this.#waiting.size
    this.#answered = this.#slow = 0
  }

  /** Most answers of the last interval were slow; those that are late already count, because they may never come. */
  #isLate(now: number): boolean {
    let late = 0
    for (const { since } of this.#waiting) {
      // In the order in which they came: the rest is younger.
      if (now - since <= this.#rules.latency) break
      late++
    }
    const slow = this.#slow + late
    return slow > 0 && slow * 2 > this.#answered + late
  }
}
