import type { Exchange } from "../../core/exchange.ts"
import { type Identity, identityKey } from "../../core/identity.ts"
import { either, type Schema } from "../../core/schema.ts"
import type { Usage, UsageOf } from "../../core/usage.ts"
import { fn, oneOf } from "../../core/values.ts"
import { asking, type AuthRequest } from "../auth/asking.ts"
import { networkOf } from "../rate-limit/network-of.ts"
import { remembered } from "../rate-limit/remembered.ts"

/** Whose quota an exchange uses. */
export interface Payer {
  /** Tells it apart from all others in keys of the store. */
  readonly key: string
  /** The line of its account for a route and a plan. */
  line(usage: Usage, route: string, plan: string | undefined): string
}

/** Finds out whose quota an exchange uses. */
export type PayerOf = (exchange: Exchange) => Payer

type Who = Pick<UsageOf, "subject" | "identity" | "key" | "tenant">

type Word = "identity" | "credential" | "tenant" | "ip"
type Custom = (request: AuthRequest, identity: Identity | undefined) => unknown

const word = oneOf("identity", "credential", "tenant", "ip")
const custom = fn<Custom>("((request: AuthRequest, identity: Identity | undefined) => string | undefined)")

/** What quotas may go by. */
export const payerOption: Schema<Word | Custom> = either(word, custom)

/** Finds payers in the way that a config chose. */
export function payers(by: Word | Custom): PayerOf {
  const atAddress = remembered((client) => payer(`ip ${networkOf(client, 64)}`, {}))
  if (by === "ip")
    return ({ client, identity }) => (identity ? payer(atAddress(client).key, whoIs(identity)) : atAddress(client))
  if (typeof by === "function")
    return (exchange) => {
      const { identity, client } = exchange
      const subject = by(asking(exchange), identity)
      if (typeof subject !== "string" || subject === "")
        return identity ? payer(`identity ${identityKey(identity)}`, whoIs(identity)) : atAddress(client)
      return payer(`subject ${subject}`, { ...(identity && whoIs(identity)), subject })
    }
  // Identities are often the same object for many requests of the same client: then nothing is written twice.
  const known = new WeakMap<Identity, Payer>()

  const keyOf = (identity: Identity): string => {
    if (by === "tenant" && identity.tenant !== undefined) return `tenant ${identity.tenant}`
    const whole = `identity ${identityKey(identity)}`
    return by === "credential" && identity.credential !== undefined ? `${whole} ${identity.credential}` : whole
  }
  return ({ identity, client }) => {
    if (!identity) return atAddress(client)
    const found = known.get(identity)
    if (found) return found
    const made = payer(keyOf(identity), whoIs(identity))
    known.set(identity, made)
    return made
  }
}

const whoIs = (identity: Identity): Partial<Who> => ({
  identity: nameOf(identity),
  key: identity.credential,
  tenant: identity.tenant,
})

/** An identity as accounts call it. */
const nameOf = ({ scheme, issuer, subject }: Identity): string =>
  issuer === undefined ? `${scheme}:${subject}` : `${scheme}:${issuer}#${subject}`

function payer(key: string, { subject, identity, key: credential, tenant }: Partial<Who>): Payer {
  let line = ""
  let forRoute: string | undefined
  let forPlan: string | undefined
  return {
    key,
    line(usage, route, plan) {
      if (route !== forRoute || plan !== forPlan) {
        line = usage.line({ subject, identity, key: credential, tenant, route, plan })
        forRoute = route
        forPlan = plan
      }
      return line
    },
  }
}
