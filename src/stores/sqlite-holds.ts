import type { Transact } from "./sqlite-file.ts"
import { named } from "./sqlite-statements.ts"
import type { OwnedStore } from "./store-part.ts"

/** Places that are held in a file. */
export const sqliteHolds = (transact: Transact): Pick<OwnedStore, "hold" | "release"> => ({
  hold: (key, name, limit, ttl) =>
    transact((on, time) => {
      const [place, holder] = [named(key), named(name)]
      if (on.renew.run(place, holder, time + ttl, time).changes > 0) return true
      if ((on.held.get(place, time)?.count ?? 0) >= limit) return false
      on.hold.run(place, holder, time + ttl)
      return true
    }),
  release: async (key, name) => transact((on) => void on.release.run(named(key), named(name))),
})
