import { createHmac } from "node:crypto"

import type { Log } from "../core/log.ts"
import type { Store } from "../core/store.ts"
import { durationText } from "../core/units.ts"
import type { UsageOptions, WebhookOptions } from "./usage-options.ts"
import { beginnings, usageRows } from "./usage-report.ts"
import { counterOf, type UsageRow } from "./usage-rows.ts"

/** Rows on their way to the receiver, with how much of each it has once it took them. */
interface Batch {
  readonly id: string
  readonly made: string
  readonly records: readonly (UsageRow & { readonly total: number })[]
  /** Where to look from once it is taken. */
  readonly next: number
}

/** What the store remembers of a receiver: it survives the process, and only one at a time changes it. */
interface Progress {
  /** Older hours were told whole. */
  readonly from: number
  readonly batch?: Batch | undefined
}

const hour = 3_600_000

// A process whose store was away writes down late what it counted.
const late = 24 * hour

const largestBatch = 1000
const timeout = 10_000
const longestPause = 300_000

// Whoever delivers longer than this may be gone.
const lease = 60_000

const decoder = new TextDecoder()
const bytesOf = (progress: Progress): Uint8Array => new TextEncoder().encode(JSON.stringify(progress))

/** Tells a receiver what was used: each amount in one batch, sent under one id until it is taken. */
export class UsageWebhook {
  readonly #options: WebhookOptions
  readonly #keep: number
  readonly #store: Store
  readonly #log: Log
  readonly #place: string
  readonly #sent: string
  readonly #me = crypto.randomUUID()
  readonly #ended = new AbortController()
  #timer: ReturnType<typeof setTimeout> | undefined
  #failures = 0

  constructor(options: WebhookOptions, keep: UsageOptions["keep"], store: Store, log: Log) {
    this.#options = options
    this.#keep = keep
    this.#store = store
    this.#log = log
    // The URL may have a token in it, and keys of the store can be listed.
    const name = new Bun.CryptoHasher("sha256").update(options.url).digest("hex").slice(0, 32)
    this.#place = `usage-webhook ${name}`
    this.#sent = `usage-sent ${name} `
  }

  /** Begins to tell; gives how to end it. */
  begin(): () => void {
    void this.#round()
    return () => {
      this.#ended.abort()
      clearTimeout(this.#timer)
    }
  }

  async #round(): Promise<void> {
    let pause = this.#options.every
    try {
      await this.#deliverAll()
      if (this.#failures > 0) this.#log.info(`The usage webhook at ${this.#origin} takes batches again.`)
      this.#failures = 0
    } catch (error) {
      if (this.#ended.signal.aborted) return
      pause = Math.min(longestPause, 1000 * 2 ** this.#failures++)
      if (this.#failures === 1)
        this.#log.error(
          `Cannot tell the usage webhook at ${this.#origin} what was used: trying again, up to every ${durationText(longestPause)}.`,
          error,
        )
    }
    if (!this.#ended.signal.aborted) this.#timer = setTimeout(() => void this.#round(), pause)
  }

  get #origin(): string {
    return new URL(this.#options.url).origin
  }

  async #deliverAll(): Promise<void> {
    const place = this.#place
    // Another process is at it.
    if (!(await this.#store.hold(place, this.#me, 1, lease))) return
    try {
      while (!this.#ended.signal.aborted && (await this.#step())) await this.#store.hold(place, this.#me, 1, lease)
    } finally {
      await this.#store.release(place, this.#me)
    }
  }

  /** Gathers a batch, or delivers the one that is there; false when there is nothing to tell. */
  async #step(): Promise<boolean> {
    const key = this.#place
    const found = await this.#store.get(key)
    if (!found) {
      // What was used before anybody wanted to be told is left to `bellhop usage`.
      const first: Progress = { from: Math.floor(Date.now() / hour) * hour }
      return this.#store.add(key, bytesOf(first), this.#keep)
    }
    const progress = JSON.parse(decoder.decode(found)) as Progress
    if (!progress.batch) {
      const batch = await this.#gather(progress.from)
      return batch !== undefined && this.#store.replace(key, found, bytesOf({ ...progress, batch }), this.#keep)
    }
    await this.#post(progress.batch)
    // Totals, and not what was added: written twice, after a crash between the two, they are the same.
    await Promise.all(
      progress.batch.records.map((record) =>
        this.#store.set(this.#sentKey(record), new TextEncoder().encode(String(record.total)), this.#keep),
      ),
    )
    return this.#store.replace(key, found, bytesOf({ from: progress.batch.next }), this.#keep)
  }

  #sentKey(row: UsageRow): string {
    return `${this.#sent}${counterOf(row)}`
  }

  async #gather(from: number): Promise<Batch | undefined> {
    const now = Date.now()
    const rows = await usageRows(this.#store, from, now + hour)
    const known = new Map<string, Uint8Array>()
    for (const begin of beginnings(from, now + hour))
      for (const [key, total] of await this.#store.list(this.#sent + begin)) known.set(key, total)
    const records: (UsageRow & { total: number })[] = []
    for (const row of rows) {
      const sent = known.get(this.#sentKey(row))
      const amount = row.amount - (sent ? Number(decoder.decode(sent)) : 0)
      if (amount > 0) records.push({ ...row, amount, total: row.amount })
      if (records.length === largestBatch) break
    }
    if (records.length === 0) return undefined
    const whole = records.length < largestBatch
    const next = whole ? Math.max(from, Math.floor((now - late) / hour) * hour) : from
    return { id: `usage_${crypto.randomUUID()}`, made: new Date(now).toISOString(), records, next }
  }

  /** Standard Webhooks: receivers have libraries that check it. */
  async #post({ id, made, records }: Batch): Promise<void> {
    const { url, secret } = this.#options
    const data = { records: records.map((record) => ({ ...record, total: undefined })) }
    const body = JSON.stringify({ type: "usage.counted", timestamp: made, data })
    const time = String(Math.floor(Date.now() / 1000))
    const signature = createHmac("sha256", secret).update(`${id}.${time}.${body}`).digest("base64")
    const answer = await fetch(url, {
      method: "POST",
      body,
      headers: {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": time,
        "webhook-signature": `v1,${signature}`,
      },
      redirect: "manual",
      signal: AbortSignal.any([this.#ended.signal, AbortSignal.timeout(timeout)]),
    })
    await answer.body?.cancel()
    if (!answer.ok) throw new Error(`It answered ${answer.status}.`)
  }
}
