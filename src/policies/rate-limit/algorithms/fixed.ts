import { object } from "../../../core/schema.ts"
import { defineAlgorithm } from "../algorithm.ts"
import { limit, per } from "./numbers.ts"

/** So many in each window of the clock. */
export const fixed = defineAlgorithm({
  name: "fixed",
  about:
    'At most `limit` in each window of the clock: with "1h", from one full hour to the next. Around the turn twice as many may come in short time.',
  options: object({ limit, per }),
  create: ({ limit: most, per: window }) => ({ kind: "fixed", limit: most, window }),
})
