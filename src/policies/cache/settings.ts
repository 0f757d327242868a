import { about, object, type Of, optional } from "../../core/schema.ts"
import { size } from "../../core/units.ts"

/** What the cache of all routes may take. */
export const cacheSettings = object({
  memory: about(
    "How much memory the answers of all routes may take, with everything around them; what is asked for least makes room. None may take more than a quarter of it.",
    optional(size(), "64mb"),
  ),
})

/** The settings of the cache, checked. */
export type CacheSettings = Of<typeof cacheSettings>
