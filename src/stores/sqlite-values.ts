import { inOrder } from "./in-order.ts"
import type { Transact } from "./sqlite-file.ts"
import { beginningWith, named } from "./sqlite-statements.ts"
import type { OwnedStore } from "./store-part.ts"

/** Values in a file. */
export const sqliteValues = (
  run: Transact,
  change: Transact,
): Pick<OwnedStore, "get" | "set" | "add" | "replace" | "remove" | "list"> => ({
  get: async (key) => run(({ get }, time) => get.get(named(key), time)?.value),
  set: async (key, value, ttl) => change(({ set }, time) => void set.run(named(key), value, time + ttl)),
  add: async (key, value, ttl) => change(({ add }, time) => add.run(named(key), value, time + ttl, time).changes > 0),
  replace: async (key, expected, value, ttl) =>
    change(({ replace }, time) => replace.run(named(key), expected, value, time + ttl, time).changes > 0),
  remove: async (key, expected) => change(({ remove }, time) => remove.run(named(key), expected, time).changes > 0),
  list: async (prefix) =>
    run(({ list }, time) =>
      inOrder(Array.from(beginningWith(list, prefix, time), ([key, { value }]) => [key, value] as const)),
    ),
})
