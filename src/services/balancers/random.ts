import { object } from "../../core/schema.ts"
import { defineBalancer } from "../balancer.ts"
import { draw } from "./draw.ts"

/** Takes any upstream, each as likely as its weight says. */
export const random = defineBalancer({
  name: "random",
  about: "Takes any upstream, each as likely as its weight says.",
  options: object({}),
  create: (_, ground) => (upstreams) => draw(upstreams, ground),
})
