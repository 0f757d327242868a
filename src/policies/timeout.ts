import { definePolicy } from "../core/part.ts"
import { duration } from "../core/units.ts"

/** Ends an exchange whose answer does not begin in time. */
export const timeout = definePolicy({
  name: "timeout",
  stateless: true,
  about: "How long it may take until the answer begins; a body that is under way is not cut.",
  options: duration(),
  standard: "30s",
  create: (length) => (next) => (exchange) => {
    exchange.limit(length)
    return next(exchange)
  },
})
