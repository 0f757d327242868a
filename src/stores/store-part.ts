import type { Log } from "../core/log.ts"
import type { Schema } from "../core/schema.ts"
import type { Store } from "../core/store.ts"

/** How a store does that is somewhere else. */
export interface StoreStatus {
  readonly connected: boolean
  /** Since when it is away, in milliseconds since 1970. */
  readonly awaySince: number | undefined
  /** How often limits were answered without it. */
  readonly estimated: number
}

/** A store with what its owner does to it. */
export interface OwnedStore extends Store {
  /** How it does, of those that can be away. */
  status?(): StoreStatus

  /** Drops what is over; opens the store if that is yet to be done. */
  sweep(): Promise<void>
  /** Lets go of files and connections, at once or when the last one who still asks has its answer. */
  close(): void
}

/** What a store is handed while it is built. */
export interface StoreGround {
  /** The folder that the config lives in. */
  readonly root: string
  /** The time in milliseconds since 1970, which all processes agree on. */
  readonly now: () => number
  /** Where it says that it is away, and that it is back. */
  readonly log?: Pick<Log, "info" | "warn"> | undefined
}

/** A place for shared state that the config can name. */
export interface StorePart<T> {
  readonly name: string
  readonly about: string
  readonly options: Schema<T>
  /** Why the place cannot be used, as far as that can be seen without changing anything. */
  problem?(options: T, root: string): { message: string; fix: string } | undefined
  /** Opens nothing yet. What fails later is thrown as it is. */
  create(options: T, ground: StoreGround): OwnedStore
}

/** A store whose options are known to itself only: what the shelf lists. */
export type AnyStore = StorePart<unknown>

/** A place for shared state. */
export const defineStore = <T>(part: StorePart<T>): StorePart<T> => part

/** How long the name of a batch is remembered: whoever cannot reach a store for longer may count the last one twice. */
export const batchLife = 60 * 60 * 1000

/** No room for more, even without what is over. */
export class StoreFull extends Error {
  constructor(limit: number, cause?: unknown) {
    const reached = `its limit of ${Math.floor(limit / 1024)} kb is reached`
    // A cause comes from outside of this program, where a disk may be smaller than the limit.
    super(`There is no room for more: ${reached}${cause === undefined ? "" : ", or the disk is full"}.`, { cause })
  }
}

/** The store is away, as it has told the log: once, and not for each who asks it meanwhile. */
export class StoreAway extends Error {}
