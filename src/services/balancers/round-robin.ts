import { defineBalancer } from "../balancer.ts"

/** Takes the upstreams in turn. */
export const roundRobin = defineBalancer({
  name: "roundRobin",
  about: "Takes the upstreams in turn.",
  create() {
    let turn = -1
    return (upstreams) => {
      turn = (turn + 1) % upstreams.length
      return upstreams[turn] as (typeof upstreams)[number]
    }
  },
})
