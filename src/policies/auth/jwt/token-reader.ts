import type { Exchange } from "../../../core/exchange.ts"
import type { Identity } from "../../../core/identity.ts"
import type { Tools } from "../../../core/part.ts"
import { bearer } from "../bearer.ts"
import { credentialAt } from "../place.ts"
import { type Place, Refused } from "../scheme.ts"
import { checkedBy, identityOf } from "./claim-options.ts"
import { claimsReader } from "./claims-reader.ts"
import type { JwtOptions } from "./options.ts"
import { strictObject } from "./strict-json.ts"
import { bytesOf, looksLikeToken, takeApart } from "./token.ts"
import { Verdicts } from "./verdicts.ts"

// A token has a kilobyte or two.
const mostTokens = 4_000

interface Verdict {
  readonly identity: Identity
  /** In milliseconds since 1970. */
  readonly until: number
  /** Of the keys that it was found with. */
  readonly version: number
}

/** Reads the tokens of requests by one set of options. */
export interface TokenReader {
  readonly places: readonly Place[]
  /** Who sent the token; undefined: there is none that is read here; false: it is of another issuer. */
  read(exchange: Exchange): Identity | undefined | false | Promise<Identity>
}

/** Builds a reader; one among others leaves the tokens of other issuers to them. */
export function tokenReader(options: JwtOptions, tools: Tools, among: boolean): TokenReader {
  const { check, maxSize, opaque, decrypt } = options
  const issuers: ReadonlySet<unknown> | undefined = options.issuer ? new Set([options.issuer].flat()) : undefined
  const reader = claimsReader(options, tools)
  // By the token itself: SHA-256 of a token costs more than all the rest of this policy.
  const verdicts = new Verdicts<Verdict>(mostTokens)
  const places = options.from ?? bearer
  const passed = check ? (identity: Identity) => checkedBy(check, identity) : (identity: Identity) => identity

  async function verify(text: string): Promise<Identity> {
    const { claims, until, version } = await reader.read(text)
    const identity = identityOf("jwt", claims, options)
    verdicts.set(text, { identity, until, version })
    return passed(identity)
  }

  function tokenAt(exchange: Exchange): string | undefined {
    for (let at = 0; at < places.length; at++) {
      const found = credentialAt(exchange, places[at] as Place)
      if (found !== undefined) return found
    }
    return undefined
  }

  // What a token says of its issuer is not believed: it only tells whose keys to check it with.
  function isOurs(text: string): boolean {
    if (!issuers) return true
    const token = takeApart(text)
    return token.encrypted ? decrypt !== undefined : issuers.has(strictObject(bytesOf(token.payload))?.["iss"])
  }

  return {
    places,
    read(exchange) {
      const text = tokenAt(exchange)
      if (text === undefined) return undefined
      if (text.length > maxSize) throw new Refused(`it is larger than ${maxSize} bytes`)
      const known = verdicts.get(text, Date.now())
      if (known !== undefined && known.version === reader.version) return passed(known.identity)
      if (!looksLikeToken(text)) {
        if (opaque === "pass") return undefined
        throw new Refused("it is not of the form of a JWT")
      }
      if (among && !isOurs(text)) return false
      return exchange.unlessOver(verify(text))
    },
  }
}
