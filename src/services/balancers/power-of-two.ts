import { object } from "../../core/schema.ts"
import { defineBalancer } from "../balancer.ts"
import { draw } from "./draw.ts"

/** Takes the less busy of two upstreams that are drawn by their weights. */
export const powerOfTwo = defineBalancer({
  name: "powerOfTwo",
  about: "Draws two upstreams by their weights and takes the less busy: good when several gateways share them.",
  options: object({}),
  create: (_, ground) => (upstreams) => {
    const first = draw(upstreams, ground)
    const second = draw(upstreams, ground, first)
    const weight = ground.weigh(second)
    // Multiplied crosswise: weights may be 0.
    return weight > 0 && second.pool.busy * ground.weigh(first) < first.pool.busy * weight ? second : first
  },
})
