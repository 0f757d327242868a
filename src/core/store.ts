/** How often something may happen. Times are in milliseconds; what is over is forgotten. */
export type LimitRule =
  /** `limit` at once, refilled evenly over `window`: a token bucket. */
  | { readonly kind: "bucket"; readonly limit: number; readonly window: number }
  /** At most `limit` in any `window`, told from the counts of this window and the share that is left of the last one. */
  | { readonly kind: "sliding"; readonly limit: number; readonly window: number }
  /** `limit` in each `window`; windows begin at multiples of it since 1970. */
  | { readonly kind: "fixed"; readonly limit: number; readonly window: number }
  /** `limit` from now until `ends`, a time since 1970: calendar periods, for those who know when they end. */
  | { readonly kind: "until"; readonly limit: number; readonly ends: number }
  /** One after the other, `limit` per `window`, evenly: who comes early waits, but no longer than `patience`. */
  | { readonly kind: "queue"; readonly limit: number; readonly window: number; readonly patience: number }

/** What is to be taken of one limit. */
export interface Want {
  readonly key: string
  readonly rule: LimitRule
  /** How much; 0 takes nothing, and asks whether there is one. */
  readonly cost: number
  /**
   * Takes even what is not there, and refuses nothing: shadow modes, paid overage. Nothing is taken of it either when
   * another want is refused.
   */
  readonly always?: boolean | undefined
}

/** What became of a want. */
export interface Taken {
  /** Whether there was enough. All of it was taken if every want was allowed that is not taken always. */
  readonly allowed: boolean
  /** How many whole ones are left, none at least; of a queue, how many would have the patience. */
  readonly remaining: number
  /** Until all of it is there again. */
  readonly reset: number
  /** Until asking again is worthwhile; 0 when it was allowed. Of what can never be allowed, as long as all takes to come back. */
  readonly retryAfter: number
  /** How long to wait before going on: queues only. */
  readonly wait: number
}

/** An amount to add to a counter that is kept for `ttl` milliseconds from its last change. */
export interface Amount {
  readonly key: string
  readonly by: number
  readonly ttl: number
}

/** Where state lives that exchanges share, and perhaps processes: bytes by key, each for a while, changed by whole steps only. */
export interface Store {
  /** The value, unless its time is over. */
  get(key: string): Promise<Uint8Array | undefined>
  /** Puts a value there for `ttl` milliseconds, whatever was there before. */
  set(key: string, value: Uint8Array, ttl: number): Promise<void>
  /** Puts a value where there is none; of several at once exactly one is told true. */
  add(key: string, value: Uint8Array, ttl: number): Promise<boolean>
  /** Puts a value in the place of the expected one; false when that is not there any more. */
  replace(key: string, expected: Uint8Array, value: Uint8Array, ttl: number): Promise<boolean>
  /** Takes the expected value away; false when that is not there any more. */
  remove(key: string, expected: Uint8Array): Promise<boolean>
  /**
   * Takes of several limits in one step: of all of them, or of none when one does not allow it. Answers in the order of
   * the wants; at once where the store is in this process, which is worth a microsecond to every request.
   */
  take(wants: readonly Want[]): readonly Taken[] | Promise<readonly Taken[]>
  /** Changes what was taken of a limit afterwards, down to nothing at least: costs that only the answer tells. */
  adjust(key: string, rule: LimitRule, by: number): Promise<void>
  /** Holds one of `limit` places under this name for `ttl`; false when all are held. Holding again renews. */
  hold(key: string, name: string, limit: number, ttl: number): boolean | Promise<boolean>
  /** Lets go of a place. */
  release(key: string, name: string): Promise<void>
  /** Adds to counters in one step; a batch that was added before, by its name, is not added again. */
  count(batch: string, amounts: readonly Amount[]): Promise<void>
  /** The counters whose keys begin so, in the order of their keys. */
  counters(prefix: string): Promise<readonly (readonly [key: string, value: number])[]>
  /** The values whose keys begin so, in the order of their keys. */
  list(prefix: string): Promise<readonly (readonly [key: string, value: Uint8Array])[]>
}
