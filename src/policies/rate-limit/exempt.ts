import type { Exchange } from "../../core/exchange.ts"
import type { Identity } from "../../core/identity.ts"
import { networkList } from "../../core/network-list.ts"
import { about, listOf, object, type Of, optional } from "../../core/schema.ts"
import { fn, text } from "../../core/values.ts"
import { asking, type AuthRequest } from "../auth/asking.ts"

/** Who is not limited. */
export const exemptOption = object({
  addresses: about(
    'Clients at these addresses: "10.0.0.7", ranges such as "10.0.0.0/8", "loopback", "private", "linkLocal", and `file()` for lists with one on each line.',
    optional(networkList),
  ),
  identities: about(
    "Who signed in as one of these subjects, or with a credential of this id.",
    optional(listOf(text({ expected: "a subject or the id of a credential", pattern: /./ }))),
  ),
  plans: about(
    "Who signed in and has one of these plans.",
    optional(listOf(text({ expected: "the name of a plan", pattern: /./ }))),
  ),
  when: about(
    "Requests for which this function says true.",
    optional(
      fn<(request: AuthRequest, identity: Identity | undefined) => boolean>(
        "((request: AuthRequest, identity: Identity | undefined) => boolean)",
      ),
    ),
  ),
})

/** Whether a request is not limited; undefined where all are. */
export function exemption(given: Of<typeof exemptOption> | undefined): ((exchange: Exchange) => boolean) | undefined {
  if (!given) return undefined
  const { addresses, when } = given
  const identities = new Set(given.identities)
  const plans = new Set(given.plans)
  return (exchange) => {
    const { client, identity } = exchange
    if (addresses?.has(client)) return true
    if (identity) {
      if (identities.has(identity.subject)) return true
      if (identity.credential !== undefined && identities.has(identity.credential)) return true
      if (identity.plan !== undefined && plans.has(identity.plan)) return true
    }
    // Anything but true, such as a promise, exempts nobody.
    return when !== undefined && when(asking(exchange), identity) === true
  }
}
