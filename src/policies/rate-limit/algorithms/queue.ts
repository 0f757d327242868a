import { about, object, optional } from "../../../core/schema.ts"
import { duration } from "../../../core/units.ts"
import { defineAlgorithm } from "../algorithm.ts"
import { limit, per } from "./numbers.ts"

/** One after the other, evenly; who comes early waits. */
export const queue = defineAlgorithm({
  name: "queue",
  about:
    "A leaky queue: requests go on one after the other, evenly, `limit` in each `per`. Who comes early waits, but is refused where it would be longer than `patience`.",
  options: object({
    limit,
    per,
    patience: about('Of a "queue": the longest wait.', optional(duration(), "5s")),
  }),
  create: ({ limit: most, per: window, patience }) => ({ kind: "queue", limit: most, window, patience }),
})
