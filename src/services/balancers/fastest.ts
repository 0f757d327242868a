import { object } from "../../core/schema.ts"
import { defineBalancer } from "../balancer.ts"
import { lightest } from "./lightest.ts"

// More than anybody waits: who has not answered yet gets one exchange, and no second before the first is answered.
const untried = 60_000

/** Takes the upstream whose answer is likely to begin soonest. */
export const fastest = defineBalancer({
  name: "fastest",
  about:
    "Takes the upstream that is likely to answer soonest, by how long its last answers took, how busy it is and what it weighs.",
  options: object({}),
  create: (_, ground) => (upstreams) => {
    const now = performance.now()
    return lightest(
      upstreams,
      ({ state, pool: { busy } }) => (state.expectedLatency(now) ?? (busy === 0 ? 0 : untried)) * (busy + 1),
      ground,
    )
  },
})
