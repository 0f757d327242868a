import { defineBalancer } from "../balancer.ts"

/** Takes any upstream, each as likely as the others. */
export const random = defineBalancer({
  name: "random",
  about: "Takes any upstream, each as likely as the others.",
  create: () => (upstreams) => upstreams[Math.floor(Math.random() * upstreams.length)] as (typeof upstreams)[number],
})
