import type { Log } from "../core/log.ts"
import type { Amount, Store } from "../core/store.ts"
import type { Usage, UsageOf } from "../core/usage.ts"
import type { UsageOptions } from "./usage-options.ts"
import { hourOf, keyOf, lineOf } from "./usage-rows.ts"

// What is gathered in one beat is written at the end of the next, so that nothing is written down that may not have been
// sent yet. Two of these are well below the second in which all of it has to be in the store.
const beat = 300

// Some stores take a batch in one message, which must not become endless.
const largestBatch = 1000

/** Amounts that were given to the store, and may have been taken: asked again, under the same name. */
interface Batch {
  readonly name: string
  readonly amounts: readonly Amount[]
}

/** Gathers usage in memory, and writes it into the store within a second; what the store does not take is kept until it does. */
export class UsageLedger implements Usage {
  bytes = true
  readonly #log: Log
  #store: Store
  #keep = 0
  // Names batches apart, from those of other processes too.
  readonly #name = crypto.randomUUID()
  #number = 0
  #fresh = new Map<string, number>()
  #settled = new Map<string, number>()
  readonly #batches: Batch[] = []
  #writing: Promise<void> | undefined
  #failing = false
  #warned = false
  #hour = ""
  #hourEnds = 0

  constructor(store: Store, log: Log) {
    this.#store = store
    this.#log = log
  }

  line(of: UsageOf): string {
    return lineOf(of)
  }

  add(line: string, meter: string, amount: number): void {
    if (amount === 0) return
    const now = Date.now()
    if (now >= this.#hourEnds || now < this.#hourEnds - 3_600_000) {
      this.#hour = hourOf(now)
      this.#hourEnds = (Math.floor(now / 3_600_000) + 1) * 3_600_000
    }
    const key = keyOf(this.#hour, line, meter)
    this.#fresh.set(key, (this.#fresh.get(key) ?? 0) + amount)
  }

  /** Says, the first time, that the account ends with the process. */
  warnOnce(): void {
    if (!this.#warned)
      this.#log.warn(
        'Usage is counted in memory only, and is gone when this process ends. Keep it with store: "sqlite".',
      )
    this.#warned = true
  }

  /** Writes into this store from now on, until the end of what is given back. */
  begin(store: Store, { keep, bytes }: UsageOptions): () => void {
    this.#store = store
    this.#keep = keep
    this.bytes = bytes
    const timer = setInterval(() => this.#tick(), beat)
    return () => clearInterval(timer)
  }

  /** Writes all of it, as far as the store takes it. */
  async flush(): Promise<void> {
    await this.#writing
    this.#turn(true)
    this.#turn(true)
    await this.#pump()
  }

  #tick(): void {
    this.#turn(false)
    if (this.#batches.length > 0) void this.#pump()
  }

  #turn(all: boolean): void {
    const ready = this.#settled
    // While the store is away, lines grow where they are: only their number costs memory.
    if (this.#failing && ready.size > 0 && !all) {
      for (const [key, amount] of this.#fresh) ready.set(key, (ready.get(key) ?? 0) + amount)
      this.#fresh.clear()
      return
    }
    this.#settled = this.#fresh
    this.#fresh = new Map()
    const amounts = Array.from(ready, ([key, by]): Amount => ({ key, by, ttl: this.#keep }))
    for (let at = 0; at < amounts.length; at += largestBatch)
      this.#batches.push({
        name: `usage ${this.#name} ${this.#number++}`,
        amounts: amounts.slice(at, at + largestBatch),
      })
  }

  #pump(): Promise<void> {
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined))
    return this.#writing
  }

  async #write(): Promise<void> {
    for (let batch = this.#batches[0]; batch; batch = this.#batches[0]) {
      try {
        await this.#store.count(batch.name, batch.amounts)
      } catch (error) {
        if (!this.#failing)
          this.#log.error("Cannot write down usage: it is kept in memory until the store takes it.", error)
        this.#failing = true
        return
      }
      if (this.#failing) this.#log.info("Usage is written down again.")
      this.#failing = false
      this.#batches.shift()
    }
  }
}
