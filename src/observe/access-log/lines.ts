import type { Log } from "../../core/log.ts"
import type { Count } from "../../core/metrics.ts"
import type { Ended } from "../../core/observer.ts"
import type { WriteLine } from "./json-line.ts"
import { LineBuffer } from "./line-buffer.ts"
import type { Sink } from "./sink.ts"

// Rare enough to cost nothing, often enough for who watches.
const pace = 50

// What has gathered by then is written without waiting for the next turn.
const plenty = 256 * 1024

/** What became of lines. */
export interface LineCounts {
  readonly written: Count
  readonly dropped: Count
}

/** Lines on their way to where they go: many are written at once, and nobody waits for that. */
export class Lines {
  readonly #sink: Sink
  readonly #counts: LineCounts
  readonly #log: Log
  #most: number
  // One gathers while the other is being written.
  #gathering = new LineBuffer()
  #leaving = new LineBuffer()
  #count = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #writing: Promise<void> | undefined
  #failed = false

  constructor(sink: Sink, most: number, counts: LineCounts, log: Log) {
    this.#sink = sink
    this.#most = most
    this.#counts = counts
    this.#log = log
  }

  /** So many bytes may wait from now on. */
  set most(most: number) {
    this.#most = most
  }

  /** One more line; it is dropped where there is no room. */
  add(write: WriteLine, ended: Ended): void {
    const out = this.#gathering
    const before = out.at
    try {
      if (before + this.#leaving.at < this.#most) write(ended, out)
    } catch (error) {
      // Half a line would spoil the next one.
      out.at = before
      throw error
    }
    if (out.at === before || out.at + this.#leaving.at > this.#most) {
      out.at = before
      this.#counts.dropped.value++
      return
    }
    this.#count++
    if (out.at >= plenty) this.#begin()
    else this.#timer ??= setTimeout(() => this.#begin(), pace)
  }

  /** Settles when everything is written that has come so far. */
  async flush(): Promise<void> {
    this.#begin()
    await this.#writing
  }

  /** Writes what there is, and nothing more. */
  async close(): Promise<void> {
    await this.flush()
    await this.#sink.close()
  }

  #begin(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined))
  }

  async #write(): Promise<void> {
    while (this.#gathering.at > 0) {
      const leaving = this.#gathering
      const count = this.#count
      this.#gathering = this.#leaving
      this.#leaving = leaving
      this.#count = 0
      try {
        await this.#sink.write(leaving.written)
        this.#counts.written.value += count
        this.#failed = false
      } catch (error) {
        this.#counts.dropped.value += count
        // Once, and not with every line.
        if (!this.#failed) this.#log.error("Cannot write the access log: lines are lost until it can.", error)
        this.#failed = true
      }
      leaving.at = 0
    }
  }
}
