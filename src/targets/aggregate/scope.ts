import type { Span } from "../../core/span.ts"

/** What can be told that nobody wants its outcome any more. */
export interface Ends {
  end(reason: Error): void
}

/** What is under way on behalf of one piece of work: it ends all at once, with a reason. */
export class Scope implements Ends {
  /** Why it is over; undefined while it is not. */
  reason: Error | undefined
  /** Settles when this work may change something; undefined where it always may. */
  turn: (() => Promise<void>) | undefined
  /** What this work is within, while somebody wants to see that. */
  span: Span | undefined
  #inside: Ends[] | undefined

  /** Something ends when this does. */
  add(inside: Ends): void {
    if (this.reason) inside.end(this.reason)
    else if (this.#inside) this.#inside.push(inside)
    else this.#inside = [inside]
  }

  /** Calls back when nobody wants the outcome any more. */
  whenOver(end: (reason: Error) => void): void {
    this.add({ end })
  }

  /** A piece of this work that can end alone. */
  inner(): Scope {
    const scope = new Scope()
    scope.turn = this.turn
    scope.span = this.span
    this.add(scope)
    return scope
  }

  /** Nothing is under way any more: what was does not have to be told of anything, nor to stay in memory for that. */
  settled(): void {
    this.#inside = undefined
  }

  end(reason: Error): void {
    if (this.reason) return
    this.reason = reason
    for (const inside of this.#inside ?? []) inside.end(reason)
  }

  /** Settles as the work does, or fails once nobody wants its outcome, whichever is first. */
  unlessOver<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.whenOver(reject)
      work.then(resolve, reject)
    })
  }
}
