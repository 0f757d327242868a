import { about, object } from "../../../core/schema.ts"
import { integer } from "../../../core/values.ts"
import { defineAlgorithm } from "../algorithm.ts"

/** So many under way at once. */
export const concurrency = defineAlgorithm({
  name: "concurrency",
  about:
    "At most `limit` under way at once, each until its answer has ended, the client left, or its WebSocket is closed.",
  options: object({ limit: about("How many requests may be under way at once.", integer(1)) }),
  create: ({ limit }) => ({ kind: "places", limit }),
})
