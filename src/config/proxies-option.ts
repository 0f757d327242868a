import { networkList } from "../core/network-list.ts"
import { about, object, type Of, optional, type Schema } from "../core/schema.ts"
import { flag, integer, oneOf } from "../core/values.ts"

const options = object({
  trust: about(
    'The addresses of the proxies that are believed: addresses, ranges such as "10.0.0.0/8", "loopback", "private", "linkLocal", "any", and `file()` for lists with one on each line.',
    networkList,
  ),
  hops: about(
    "How many proxies are believed at most, counted from the gateway. Without it, as many as are in `trust`.",
    optional(integer(1, 100)),
  ),
  header: about(
    'The header that tells where requests come from. With "x-forwarded-for" go X-Forwarded-Proto and X-Forwarded-Host; "forwarded" has all in one (RFC 7239).',
    optional(oneOf("x-forwarded-for", "forwarded"), "x-forwarded-for"),
  ),
  scheme: about("Whether these proxies say if clients came by https.", optional(flag(), true)),
  host: about(
    "Whether these proxies say which host clients asked for. Only where each of them sets it: one that passes on what clients send would let them choose.",
    optional(flag(), false),
  ),
})

/** The proxies in front of the gateway. */
export const proxiesOption: Schema<Of<typeof options>> = {
  ...options,
  parse(value, path, report) {
    const made = options.parse(value, path, report)
    if (made?.trust?.everything && made.hops === undefined)
      report({
        code: "E204",
        path: [...path, "trust"],
        message: "Everybody is believed here: clients could claim any address.",
        fix: 'Name the networks of the proxies, or add "hops": how many proxies every request comes through.',
      })
    return made
  },
}
