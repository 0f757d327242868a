import { about, list, object, type Of, optional, type Schema } from "../../core/schema.ts"
import { size } from "../../core/units.ts"

/** A store that a config chose: which ones there are is not for this room to know. */
export interface StoreChoice {
  readonly part: { readonly name: string }
}

/** What the cache of all routes may take, and where else it keeps answers. */
export const cacheSettings = <S extends StoreChoice>(store: Schema<S>) =>
  object({
    memory: about(
      "How much memory the answers of all routes may take, with everything around them; what is asked for least makes room. None may take more than a quarter of it.",
      optional(size(), "64mb"),
    ),
    store: about(
      'Where answers are kept beside, of all routes: in a file that survives restarts ("sqlite"), or on a server that several gateways share ("redis"). Give it a place of its own, or the answers take that of what has to be remembered. What one gateway drops, the others drop within a second.',
      optional(lasting(store)),
    ),
  })

/** A store that has more than the memory of this process. */
const lasting = <S extends StoreChoice>(store: Schema<S>): Schema<S> => ({
  ...store,
  parse(value, path, report) {
    const chosen: S | undefined = store.parse(value, path, report)
    if (chosen?.part.name === "memory")
      report({
        code: "E204",
        path,
        message: "Answers are kept in memory already.",
        fix: `Use one of ${list(['"sqlite"', '"redis"'])}, or remove the option.`,
      })
    return chosen as S
  },
})

/** The settings of the cache, checked. */
export type CacheSettings = Of<ReturnType<typeof cacheSettings>>
