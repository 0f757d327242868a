/** Counts what happened in the last while: in slots, of which the oldest falls out as a new one begins. */
export class SlidingCount {
  readonly #slotLength: number
  readonly #slots: Uint32Array
  #newest = 0
  #sum = 0

  /** Looks back over all slots, of which the newest is under way: at least `slots - 1` times their length. */
  constructor(slotLength: number, slots: number) {
    this.#slotLength = slotLength
    this.#slots = new Uint32Array(slots)
  }

  add(now: number): void {
    this.#move(now)
    const at = this.#newest % this.#slots.length
    this.#slots[at] = (this.#slots[at] ?? 0) + 1
    this.#sum++
  }

  sum(now: number): number {
    this.#move(now)
    return this.#sum
  }

  #move(now: number): void {
    const newest = Math.floor(now / this.#slotLength)
    const count = this.#slots.length
    for (let slot = Math.max(this.#newest + 1, newest - count + 1); slot <= newest; slot++) {
      this.#sum -= this.#slots[slot % count] ?? 0
      this.#slots[slot % count] = 0
    }
    this.#newest = Math.max(this.#newest, newest)
  }
}
