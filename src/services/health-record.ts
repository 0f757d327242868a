/** What the health checks of an upstream said so far. Outlives a reload. */
export class HealthRecord {
  passed = 0
  failed = 0
  /** Why the last check failed; undefined when it did not. */
  reason: string | undefined
  /** Since when it is up or down, as the calendar says. */
  since: Date | undefined
  /** When it is to be checked next, in milliseconds of the monotonic clock; undefined: soon. */
  nextAt: number | undefined
  /** How many checks said the same, one after the other. */
  inRow = 0
  #how = ""

  /** No check came to anything so far. */
  get fresh(): boolean {
    return this.passed + this.failed === 0
  }

  /** From now on it is checked this way: what another way of checking counted counts no more. */
  checkedBy(how: string): void {
    if (how === this.#how) return
    this.#how = how
    this.nextAt = undefined
    this.inRow = 0
  }

  /** Nobody checks it any more. */
  forget(): void {
    this.checkedBy("")
    this.passed = 0
    this.failed = 0
    this.reason = undefined
    this.since = undefined
  }

  /** One check, and why it failed if it did. */
  told(reason: string | undefined): void {
    if (reason === undefined) this.passed++
    else this.failed++
    const same = this.inRow > 0 && (reason === undefined) === (this.reason === undefined)
    this.inRow = same ? this.inRow + 1 : 1
    this.reason = reason
  }
}
