import type { Log } from "../../core/log.ts"
import { deliver } from "./delivery.ts"
import type { OtlpOptions } from "./options.ts"

/** How one kind of things is sent. */
export interface Sending<T> {
  /** What they are, for the log. */
  readonly what: "traces" | "logs" | "metrics"
  /** How many of what is counted one is. */
  sizeOf(item: T): number
  /** A request of them. */
  serialize(items: readonly T[]): Uint8Array | undefined
  /** What the receiver's answer says of those that it did not want. */
  refused(answer: Uint8Array): { readonly count: number; readonly why: string } | undefined
}

/** What is made ready at once: more would be felt by exchanges that wait meanwhile. */
export const largest = 256

/** Gathers what is to be sent and sends it, one request at a time; nobody ever waits for it. */
export class Exporter<T> {
  readonly counts = { sent: 0, dropped: 0, failed: 0 }
  readonly #sending: Sending<T>
  readonly #options: OtlpOptions
  readonly #log: Log
  readonly #hurry = new AbortController()
  #waiting: T[] = []
  #size = 0
  #pumping: Promise<void> | undefined
  #failing = false

  /** What it sends. */
  get what(): Sending<T>["what"] {
    return this.#sending.what
  }

  constructor(sending: Sending<T>, options: OtlpOptions, log: Log) {
    this.#sending = sending
    this.#options = options
    this.#log = log
  }

  /** Sends it with the others, if there is room. */
  push(item: T): void {
    const size = this.#sending.sizeOf(item)
    if (this.#size + size > this.#options.queue) {
      this.counts.dropped += size
      return
    }
    this.#waiting.push(item)
    this.#size += size
    // Of a config that is no longer served, nothing more gathers.
    if (this.#size >= largest || this.#hurry.signal.aborted) void this.#pump()
  }

  /** Sends what has gathered every so often, until the end of what is given back. */
  begin(): () => void {
    const timer = setInterval(() => void this.#pump(), this.#options.every)
    return () => clearInterval(timer)
  }

  /** Sends all of it, each request once, for there is not much time; what comes later goes at once. */
  async flush(): Promise<void> {
    this.#hurry.abort()
    await this.#pump()
    await this.#pump()
  }

  #pump(): Promise<void> {
    this.#pumping ??= this.#send().finally(() => (this.#pumping = undefined))
    return this.#pumping
  }

  async #send(): Promise<void> {
    while (this.#waiting.length > 0) {
      const [items, size] = this.#take()
      await this.#deliver(items, size)
      this.#size -= size
    }
  }

  // What is on its way still counts: a receiver that is slow must not make the queue longer.
  #take(): [items: T[], size: number] {
    let size = 0
    let count = 0
    for (const item of this.#waiting) {
      if (count > 0 && size >= largest) break
      size += this.#sending.sizeOf(item)
      count++
    }
    return [this.#waiting.splice(0, count), size]
  }

  async #deliver(items: readonly T[], size: number): Promise<void> {
    const { what } = this.#sending
    try {
      const body = this.#sending.serialize(items)
      if (!body) return
      const delivered = await deliver(body, `/v1/${what}`, this.#options, this.#hurry.signal)
      if (!delivered.taken) return this.#lost(size, delivered.why)
      const refused = this.#sending.refused(delivered.answer)
      const count = Math.min(size, refused?.count ?? 0)
      this.counts.sent += size - count
      if (count > 0) return this.#lost(count, `it refused ${count} of them${refused?.why ? `: ${refused.why}` : ""}`)
      if (this.#failing) this.#log.info(`The OTLP receiver takes ${what} again.`)
      this.#failing = false
    } catch (error) {
      this.counts.failed += size
      this.#log.error(`Cannot write ${what} for the OTLP receiver.`, error)
    }
  }

  #lost(size: number, why: string): void {
    this.counts.failed += size
    if (!this.#failing)
      this.#log.warn(`The OTLP receiver does not take ${this.#sending.what}: ${why}. They are lost until it does.`)
    this.#failing = true
  }
}
