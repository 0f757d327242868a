import { GatewayError } from "../core/errors.ts"
import { networkList } from "../core/network-list.ts"
import { definePolicy } from "../core/part.ts"
import { about, object, optional } from "../core/schema.ts"

/** Lets clients in by their addresses. */
export const ipFilter = definePolicy({
  name: "ipFilter",
  stateless: true,
  about:
    'Lets clients in by their addresses; others get 403. Behind other proxies, name these in "proxies": an address that cannot be told is refused.',
  options: object({
    allow: about(
      'Who may come in; everybody else may not. Addresses, ranges such as "10.0.0.0/8", "loopback", "private", "linkLocal", and `file()` for lists with one on each line.',
      optional(networkList),
    ),
    deny: about("Who may not come in, even if `allow` has them; written as in `allow`.", optional(networkList)),
  }),
  check({ allow, deny }, _, path, report) {
    if (allow === undefined && deny === undefined)
      report({
        code: "E202",
        path,
        message: "This filter lets everybody in.",
        fix: 'Add "allow" or "deny", or remove the filter.',
      })
  },
  create({ allow, deny }) {
    // What is no address is in neither list, and is refused by either.
    const passes = (client: string): boolean =>
      (deny === undefined || deny.has(client) === false) && (allow === undefined || allow.has(client) === true)
    return (next) => (exchange) => {
      if (passes(exchange.client)) return next(exchange)
      throw new GatewayError("forbidden", "This client is not let in.")
    }
  },
})
