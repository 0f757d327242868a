import { about, object, optional } from "../../core/schema.ts"
import { defineBalancer } from "../balancer.ts"
import type { Weigh } from "../effective-weight.ts"
import type { Upstream } from "../upstream.ts"
import { alike } from "./draw.ts"
import { hashKey } from "./hash-key.ts"

interface Bidder {
  readonly upstream: Upstream
  readonly seed: number
}

/** Takes the same upstream for the same key, in every process and after every restart. */
export const hash = defineBalancer({
  name: "hash",
  about: "Takes the same upstream for the same client, or for whatever else requests have in common.",
  options: object({
    by: about(
      'What is the same: "ip" (the client\'s address), "path", { header: "x-tenant" }, { cookie: "session" }, { query: "id" }, or a function of the request. Requests that have none go by the client\'s address.',
      optional(hashKey, "ip"),
    ),
  }),
  create({ by }, { weigh }) {
    // The URL is what all gateways of a service agree on.
    const bidders = new WeakMap<Upstream, Bidder>()
    const bidderOf = (upstream: Upstream): Bidder => {
      const bidder = bidders.get(upstream) ?? { upstream, seed: Bun.hash.xxHash32(upstream.url) }
      bidders.set(upstream, bidder)
      return bidder
    }
    let seen: readonly Upstream[] = []
    let list: readonly Bidder[] = []
    return (upstreams, exchange) => {
      if (upstreams !== seen) {
        seen = upstreams
        list = upstreams.map(bidderOf)
      }
      const key = Bun.hash.xxHash32(by(exchange) || exchange.client)
      return (highest(list, key, weigh) ?? (highest(list, key, alike) as Bidder)).upstream
    }
  },
})

/** Rendezvous hashing: every upstream bids for the key, so one that leaves takes only its own keys away. */
function highest(list: readonly Bidder[], key: number, weigh: Weigh): Bidder | undefined {
  let best: Bidder | undefined
  let most = 0
  for (const bidder of list) {
    // Between 0 and 1, neither of them; with this logarithm each wins as many keys as it weighs.
    const chance = (mixed(key ^ bidder.seed) + 0.5) / 2 ** 32
    const bid = weigh(bidder.upstream) / -Math.log(chance)
    if (bid > most) {
      most = bid
      best = bidder
    }
  }
  return best
}

/** Every bit of the result hangs on every bit given: the finish of MurmurHash3. */
function mixed(bits: number): number {
  let hash = bits
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
