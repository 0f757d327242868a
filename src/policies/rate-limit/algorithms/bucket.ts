import { about, object, optional } from "../../../core/schema.ts"
import { integer } from "../../../core/values.ts"
import { defineAlgorithm } from "../algorithm.ts"
import { limit, per } from "./numbers.ts"

/** So many on the average, and more at once after a pause: a token bucket. */
export const bucket = defineAlgorithm({
  name: "bucket",
  about:
    "A token bucket: `burst` at once, and from then on as many as flow in evenly, `limit` in each `per`. Who pauses saves up for the next burst.",
  options: object({
    limit,
    per,
    burst: about(
      'Of a "bucket": how many may come at once, after a pause. Default: as many as `limit`.',
      optional(integer(1)),
    ),
  }),
  create: ({ limit: most, per: window, burst = most }) => ({
    kind: "bucket",
    limit: burst,
    // The same flow for a bucket of another size.
    window: (window * burst) / most,
  }),
})
