import { object } from "../../core/schema.ts"
import { defineBalancer } from "../balancer.ts"
import type { Upstream } from "../upstream.ts"

/** Takes any upstream, each as likely as its weight says. */
export const random = defineBalancer({
  name: "random",
  about: "Takes any upstream, each as likely as its weight says.",
  options: object({}),
  create: () => (upstreams) => {
    let left = Math.random() * upstreams.reduce((sum, { weight }) => sum + weight, 0)
    for (const one of upstreams) if ((left -= one.weight) < 0) return one
    return upstreams.at(-1) as Upstream
  },
})
