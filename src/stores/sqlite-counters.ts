import { inOrder } from "./in-order.ts"
import type { Transact } from "./sqlite-file.ts"
import { beginningWith, named } from "./sqlite-statements.ts"
import { batchLife, type OwnedStore } from "./store-part.ts"

/** Counters in a file. */
export const sqliteCounters = (run: Transact, transact: Transact): Pick<OwnedStore, "count" | "counters"> => ({
  count: async (batch, amounts) =>
    transact((on, time) => {
      if (on.addBatch.run(named(batch), time + batchLife, time).changes === 0) return
      for (const { key, by, ttl } of amounts) on.count.run(named(key), by, time + ttl, time)
    }),
  counters: async (prefix) =>
    run(({ counters }, time) =>
      inOrder(Array.from(beginningWith(counters, prefix, time), ([key, { value }]) => [key, value] as const)),
    ),
})
