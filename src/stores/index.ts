import { memory } from "./memory.ts"
import { redis } from "./redis.ts"
import { sqlite } from "./sqlite.ts"
import type { AnyStore } from "./store-part.ts"

/** The shelf of stores; the first is the standard one. */
export const stores: readonly AnyStore[] = [memory, sqlite, redis]
