import type { Log } from "../../core/log.ts"
import type { Store } from "../../core/store.ts"
import type { Kept } from "./entry.ts"
import { isPurged, longest, purgesIn, tellPurge, type Told } from "./news.ts"
import { packed, pointer, unpacked } from "./packed.ts"
import type { Purge } from "./purge-query.ts"

/** An answer out of the store, and which headers tell it apart. */
export interface Found {
  readonly kept: Kept
  readonly vary: readonly string[]
}

// What has to be asked about anyway may lie there for a while.
const forValidation = 24 * 60 * 60 * 1000

// At least this long between two lines of the log.
const silence = 60_000

const digest = (text: string): string => new Bun.CryptoHasher("sha256").update(text).digest("base64url")

/** Answers in a store: they survive what is in memory, or are shared by several gateways. */
export class CacheTier {
  readonly #store: Store
  readonly #log: Pick<Log, "warn">
  readonly #looking = new Map<string, Promise<Found | undefined>>()
  #told: readonly Told[] = []
  #heard = 0
  /** Purges that this one told of itself, since it last listened. */
  readonly #own = new Set<number>()
  #silentUntil = Number.NEGATIVE_INFINITY

  constructor(store: Store, log: Pick<Log, "warn">) {
    this.#store = store
    this.#log = log
  }

  /** The answer of a URI; `select` says what the request says in these headers. Many who look at once look once. */
  find(uri: string, prefix: string, select: (vary: readonly string[]) => string): Promise<Found | undefined> {
    return this.#once(uri, prefix, async () => {
      const first = await this.#get(uri, prefix)
      if (!first || "kept" in first) return first && this.#sound(uri, first.kept, first.asked)
      const second = await this.#get(uri, prefix + select(first.vary))
      return second && "kept" in second ? this.#sound(uri, second.kept, second.asked) : undefined
    })
  }

  /** Keeps an answer that was asked for then. */
  save(uri: string, prefix: string, variant: string, kept: Kept, asked: number): void {
    void this.#tried(async () => {
      const now = Date.now()
      const { tag, modified } = kept.validators
      const usable = Math.max(kept.freshUntil, kept.whileUntil, kept.errorUntil) - now
      const ttl = Math.min(longest, Math.max(usable, 0) + ((tag ?? modified) ? forValidation : 0))
      if (ttl < 1) return
      const bytes = await packed(kept, asked)
      if (variant !== prefix) await this.#store.set(keyOf(uri, prefix), await pointer(kept.vary), longest)
      await this.#store.set(keyOf(uri, variant), bytes, ttl)
    })
  }

  /** Drops what is kept, here and in the memory of everybody who shares the store. */
  purge(what: Purge): Promise<void> {
    return this.#tried(async () => {
      const now = Date.now()
      if (what.by === "url") await this.#store.set(markOf(what.value), Buffer.from(String(now)), longest)
      this.#own.add(await tellPurge(this.#store, what, now))
    })
  }

  /** What others have dropped since the last time; to be asked once in a while. */
  async news(): Promise<readonly Told[]> {
    let fresh: readonly Told[] = []
    await this.#tried(async () => {
      this.#told = await purgesIn(this.#store)
      fresh = this.#told.filter(({ at }) => at > this.#heard && !this.#own.has(at))
      this.#heard = Math.max(this.#heard, this.#told.at(-1)?.at ?? 0)
      this.#own.clear()
    })
    return fresh
  }

  #once(uri: string, prefix: string, look: () => Promise<Found | undefined>): Promise<Found | undefined> {
    const key = `${uri}\n${prefix}`
    const found = this.#looking.get(key)
    if (found) return found
    const made = this.#tried(look).finally(() => this.#looking.delete(key))
    this.#looking.set(key, made)
    return made
  }

  async #get(uri: string, variant: string) {
    const bytes = await this.#store.get(keyOf(uri, variant))
    return bytes && unpacked(bytes)
  }

  async #sound(uri: string, kept: Kept, asked: number): Promise<Found | undefined> {
    const mark = await this.#store.get(markOf(uri))
    if (mark && Number(Buffer.from(mark).toString()) >= asked) return undefined
    return isPurged(this.#told, uri, kept.tags, asked) ? undefined : { kept, vary: kept.vary }
  }

  /** A store that cannot be used is no reason to answer nobody. */
  async #tried<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      const now = performance.now()
      if (now < this.#silentUntil) return undefined
      this.#silentUntil = now + silence
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
      const reason = cause instanceof Error ? cause.message : String(cause)
      this.#log.warn(`The cache goes on without its store, told once a minute at most: ${reason}`)
      return undefined
    }
  }
}

const keyOf = (uri: string, variant: string): string => `cache answer ${digest(`${uri}\n\n${variant}`)}`
const markOf = (uri: string): string => `cache gone ${digest(uri)}`
