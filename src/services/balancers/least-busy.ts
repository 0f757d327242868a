import { object } from "../../core/schema.ts"
import { defineBalancer } from "../balancer.ts"
import type { Upstream } from "../upstream.ts"
import { lightest } from "./lightest.ts"

const busy = ({ pool }: Upstream): number => pool.busy

/** Takes the upstream with the fewest exchanges for its weight. */
export const leastBusy = defineBalancer({
  name: "leastBusy",
  about: "Takes the upstream with the fewest requests under way for its weight.",
  options: object({}),
  create: (_, ground) => (upstreams) => lightest(upstreams, busy, ground),
})
