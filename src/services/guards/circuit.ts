import { SlidingCount } from "./sliding-count.ts"

/** When a circuit opens and closes. */
export interface CircuitRules {
  /** Percent of the requests. */
  readonly failures: number
  readonly window: number
  readonly minimum: number
  readonly slow: { readonly over: number; readonly percent: number } | undefined
  readonly open: number
  readonly probes: number
}

// So many parts of the window pass out of it one by one.
const slots = 10

/** Lets requests through while few of them fail; after too many, none for a while, then a few to see. Outlives a reload. */
export class Circuit {
  /** From when on requests are let through, in milliseconds of the monotonic clock; Infinity while probes are out. */
  from = 0
  /** Why it opened last. */
  reason = ""
  #state: "closed" | "open" | "probing" = "closed"
  /** Rises with every change: what began before it says nothing about what is now. */
  #turn = 0
  #out = 0
  #passed = 0
  #window = 0
  #counts = countsOver(slots)

  /** A request wants to go: its ticket, or undefined when it may not. */
  enter(rules: CircuitRules, now: number): number | undefined {
    if (now < this.from) return undefined
    if (this.#state === "closed") return this.#turn
    if (this.#state === "open") this.#change("probing", now)
    this.#out++
    this.#seats(rules, now)
    return this.#turn
  }

  /** The request that has this ticket came back: failed or not, undefined when that is not known. */
  leave(
    ticket: number | undefined,
    failed: boolean | undefined,
    took: number,
    rules: CircuitRules,
    now: number,
  ): "opened" | "closed" | undefined {
    if (ticket !== this.#turn || this.#state === "open") return undefined
    const slow = rules.slow !== undefined && took > rules.slow.over
    return this.#state === "closed" ? this.#counted(failed, slow, rules, now) : this.#probed(failed, slow, rules, now)
  }

  #counted(failed: boolean | undefined, slow: boolean, rules: CircuitRules, now: number): "opened" | undefined {
    if (failed === undefined) return undefined
    if (this.#window !== rules.window) this.#clear(rules.window)
    const counts = this.#counts
    counts.all.add(now)
    if (failed) counts.failed.add(now)
    if (slow) counts.slow.add(now)
    if (!failed && !slow) return undefined
    const all = counts.all.sum(now)
    if (all < rules.minimum) return undefined
    const failures = counts.failed.sum(now)
    const late = counts.slow.sum(now)
    if (failures * 100 >= rules.failures * all) this.reason = `${failures} of ${all} requests failed`
    else if (rules.slow && late * 100 >= rules.slow.percent * all) this.reason = `${late} of ${all} requests were slow`
    else return undefined
    this.#change("open", now + rules.open)
    return "opened"
  }

  #probed(failed: boolean | undefined, slow: boolean, rules: CircuitRules, now: number): "closed" | undefined {
    this.#out--
    if (failed === true || (failed === false && slow)) {
      this.#change("open", now + rules.open)
      return undefined
    }
    if (failed === false) this.#passed++
    if (this.#passed < rules.probes) return void this.#seats(rules, now)
    this.#clear(rules.window)
    this.#change("closed", now)
    return "closed"
  }

  #seats({ probes }: CircuitRules, now: number): void {
    if (this.#out + this.#passed >= probes) this.from = Number.POSITIVE_INFINITY
    else if (this.from > now) this.from = now
  }

  #change(state: "closed" | "open" | "probing", from: number): void {
    this.#state = state
    this.#turn++
    this.#out = 0
    this.#passed = 0
    this.from = from
  }

  #clear(window: number): void {
    this.#window = window
    this.#counts = countsOver(window)
  }
}

function countsOver(window: number): Record<"all" | "failed" | "slow", SlidingCount> {
  const count = (): SlidingCount => new SlidingCount(window / slots, slots)
  return { all: count(), failed: count(), slow: count() }
}
