import { object } from "../../../core/schema.ts"
import { defineAlgorithm } from "../algorithm.ts"
import { limit, per } from "./numbers.ts"

/** At most so many in any stretch of time of this length. */
export const sliding = defineAlgorithm({
  name: "sliding",
  about:
    "At most `limit` in any stretch of time as long as `per`: the count of this window, and of the one before the share that is left of it.",
  options: object({ limit, per }),
  create: ({ limit: most, per: window }) => ({ kind: "sliding", limit: most, window }),
})
