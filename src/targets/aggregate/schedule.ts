import type { Scope } from "./scope.ts"

/** Pieces of work by their index; of two that fail, the one with the lower index counts. */
export interface Work {
  readonly size: number
  /** How many may be under way at the same time. */
  readonly atOnce: number
  /** The pieces that have to be there before it begins. */
  waits(index: number): readonly number[]
  /** The pieces that have to be there before it changes anything, where it knows only by itself whether it will. */
  holds(index: number): readonly number[]
  /** The pieces that wait for this one. */
  next(index: number): readonly number[]
  /** All that has to be there for a piece, near and far. */
  support(index: number): readonly number[]
  /** Whether all of it fails when this piece does. */
  required(index: number): boolean
  /** Whether what this piece does can be undone, so that it must be known whether it was done. */
  undoable(index: number): boolean
}

/** Does a piece of work; fails only where it is required. */
export type Does<Outcome> = (index: number, scope: Scope) => Promise<Outcome>

/** How it ended: what became of each piece, and why all of it failed. */
export interface Ending<Outcome> {
  readonly outcomes: readonly (Outcome | undefined)[]
  /** The failure that counts; without an index it is why nobody wants the outcome any more. */
  readonly failure: { readonly index: number | undefined; readonly error: unknown } | undefined
}

/**
 * Does every piece of work as soon as what it waits for is there. Of several failures the one with the lowest index
 * counts, whichever came first: the required pieces before a failed one go on, all others end. `arrived` is told of each
 * outcome before anything begins that waited for it; `settled` after that, and no more once something has failed.
 */
export function schedule<Outcome>(
  work: Work,
  does: Does<Outcome>,
  scope: Scope,
  arrived?: (index: number, outcome: Outcome) => void,
  settled?: (index: number, outcome: Outcome) => void,
): Promise<Ending<Outcome>> {
  const under = new UnderWay(work, does, scope, arrived, settled)
  scope.add(under)
  under.begin()
  return under.ending
}

interface Turn {
  readonly of: readonly number[]
  come(): void
}

class UnderWay<Outcome> {
  readonly ending: Promise<Ending<Outcome>>
  readonly #work: Work
  readonly #does: Does<Outcome>
  readonly #scope: Scope
  readonly #arrived: ((index: number, outcome: Outcome) => void) | undefined
  readonly #settled: ((index: number, outcome: Outcome) => void) | undefined
  readonly #outcomes: (Outcome | undefined)[] = []
  /** How many pieces each one still waits for. */
  readonly #left: number[] = []
  readonly #scopes: (Scope | undefined)[] = []
  readonly #done: boolean[] = []
  readonly #ready: number[] = []
  #next = 0
  #active = 0
  #finished = 0
  #turns: Turn[] | undefined
  #failures: Map<number, unknown> | undefined
  /** The lowest index that failed. */
  #first: number
  /** After a failure: what is still to be known. */
  #wanted: Set<number> | undefined
  #resolve!: (ending: Ending<Outcome>) => void

  constructor(
    work: Work,
    does: Does<Outcome>,
    scope: Scope,
    arrived: ((index: number, outcome: Outcome) => void) | undefined,
    settled: ((index: number, outcome: Outcome) => void) | undefined,
  ) {
    this.#work = work
    this.#does = does
    this.#scope = scope
    this.#arrived = arrived
    this.#settled = settled
    this.#first = work.size
    this.ending = new Promise((resolve) => (this.#resolve = resolve))
    for (let index = 0; index < work.size; index++) {
      const left = work.waits(index).length
      this.#outcomes.push(undefined)
      this.#scopes.push(undefined)
      this.#left.push(left)
      this.#done.push(false)
      if (left === 0) this.#ready.push(index)
    }
  }

  begin(): void {
    this.#proceed()
  }

  /** Nobody wants the outcome any more. */
  end(): void {
    this.#proceed()
  }

  #start(index: number): void {
    const own = this.#scope.inner()
    this.#scopes[index] = own
    const holds = this.#work.holds(index)
    if (holds.length > 0) own.turn = () => this.#turnAfter(holds)
    this.#active++
    this.#does(index, own).then(
      (outcome) => this.#succeed(index, outcome),
      (error: unknown) => this.#fail(index, error),
    )
  }

  #turnAfter(of: readonly number[]): Promise<void> {
    if (of.every((other) => this.#done[other])) return Promise.resolve()
    return new Promise((come) => (this.#turns ??= []).push({ of, come }))
  }

  #startReady(): void {
    while (this.#active < this.#work.atOnce && this.#next < this.#ready.length) {
      const index = this.#ready[this.#next++] as number
      if (this.#wanted?.has(index) !== false) this.#start(index)
    }
  }

  #succeed(index: number, outcome: Outcome): void {
    this.#over(index)
    this.#outcomes[index] = outcome
    this.#arrived?.(index, outcome)
    if (!this.#failures && !this.#scope.reason) this.#settled?.(index, outcome)
    for (const other of this.#work.next(index)) if (--(this.#left[other] as number) === 0) this.#ready.push(other)
    for (const { of, come } of this.#turns ?? []) if (of.every((other) => this.#done[other])) come()
    this.#proceed()
  }

  #fail(index: number, error: unknown): void {
    this.#over(index)
    // What was ended fails of that, and not by itself.
    if (!this.#scopes[index]?.reason) {
      ;(this.#failures ??= new Map()).set(index, error)
      this.#first = Math.min(this.#first, index)
      this.#wanted = this.#wantedStill(this.#failures)
      this.#endOthers(this.#wanted, error instanceof Error ? error : new Error("Another piece failed."))
    }
    this.#proceed()
  }

  #over(index: number): void {
    this.#active--
    this.#finished++
    this.#done[index] = true
  }

  /** What may still decide: required pieces before the first failed one that can be done, with all that they wait for. */
  #wantedStill(failures: ReadonlyMap<number, unknown>): Set<number> {
    const found = new Set<number>()
    for (let index = 0; index < this.#first; index++) {
      const support = this.#work.support(index)
      if (this.#done[index] || !this.#work.required(index) || support.some((other) => failures.has(other))) continue
      found.add(index)
      for (const other of support) found.add(other)
    }
    return found
  }

  #endOthers(wanted: ReadonlySet<number>, reason: Error): void {
    for (let index = 0; index < this.#work.size; index++)
      if (!this.#done[index] && !wanted.has(index) && !this.#work.undoable(index)) this.#scopes[index]?.end(reason)
  }

  #isDecided(): boolean {
    for (let index = 0; index < this.#work.size; index++) {
      if (this.#done[index]) continue
      if (this.#scopes[index] && this.#work.undoable(index)) return false
      if (!this.#scope.reason && this.#wanted?.has(index)) return false
    }
    return true
  }

  #proceed(): void {
    const { reason } = this.#scope
    if (!reason) this.#startReady()
    const outcomes = this.#outcomes
    if (!this.#failures && !reason) {
      if (this.#finished === this.#work.size) this.#resolve({ outcomes, failure: undefined })
    } else if (this.#isDecided())
      this.#resolve({
        outcomes,
        failure: reason
          ? { index: undefined, error: reason }
          : { index: this.#first, error: this.#failures?.get(this.#first) },
      })
  }
}
