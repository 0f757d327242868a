import type { Exchange } from "../../core/exchange.ts"
import type { Identity } from "../../core/identity.ts"
import type { Tools } from "../../core/part.ts"
import { either, listOf } from "../../core/schema.ts"
import { bearerChallenge } from "./bearer.ts"
import { type JwtOptions, jwtOptions } from "./jwt/options.ts"
import { type TokenReader, tokenReader } from "./jwt/token-reader.ts"
import { defineScheme, Refused, type Scheme } from "./scheme.ts"

/** Tells who asks by a JSON Web Token. */
export const jwt = defineScheme({
  name: "jwt",
  about:
    "A token that an issuer has signed, a JSON Web Token (RFC 7519), tells who asks; it may be encrypted as well. For several issuers with keys of their own: a list, in which the `issuer` of a token says which options it is read by.",
  options: either(jwtOptions, listOf(jwtOptions)),
  check(given, _, path, report) {
    const all = [given].flat() as readonly JwtOptions[]
    const other = all.findIndex(({ forward }) => forward !== all[0]?.forward)
    if (other > 0)
      report({
        code: "E204",
        path: [...path, other],
        message: 'Tokens reach the service or they do not: "forward" has to be the same for all issuers.',
        fix: 'Say "forward" in each of them, or in none.',
      })
  },
  create,
})

function create(given: JwtOptions | readonly JwtOptions[], tools: Tools): Scheme {
  const all = [given].flat() as readonly JwtOptions[]
  const readers = all.map((options) => tokenReader(options, tools, all.length > 1))
  const challenges = [...new Set(all.map(({ realm }) => realm))].map(bearerChallenge)
  const [first] = readers
  return {
    identify: first && readers.length === 1 ? (exchange) => first.read(exchange) || undefined : among(readers),
    challenge: (exchange, refused) => challenges.map((one) => one(exchange, refused)).join(", "),
    places: readers.flatMap(({ places }) => places),
    forward: all[0]?.forward,
  }
}

const among =
  (readers: readonly TokenReader[]) =>
  (exchange: Exchange): Identity | undefined | Promise<Identity> => {
    let others = false
    for (let at = 0; at < readers.length; at++) {
      const found = (readers[at] as TokenReader).read(exchange)
      if (found) return found
      others ||= found === false
    }
    if (others) throw new Refused("it is of none of these issuers")
    return undefined
  }
