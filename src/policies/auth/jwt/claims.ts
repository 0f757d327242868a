import { claimOf } from "../claim-path.ts"
import { Refused } from "../scheme.ts"

/** What the claims of a token have to say. Times in milliseconds. */
export interface ClaimRules {
  readonly issuers: ReadonlySet<string> | undefined
  readonly audience: { readonly names: readonly string[]; readonly all: boolean } | undefined
  readonly leeway: number
  readonly maxAge: number | undefined
  /** Tokens without an end are taken too. */
  readonly endless: boolean
  readonly require: readonly string[]
}

type Claims = Readonly<Record<string, unknown>>

/** Checks what the claims say of themselves; gives until when they hold, in milliseconds since 1970. */
export function checkClaims(claims: Claims, rules: ClaimRules, now: number): number {
  const { leeway, maxAge } = rules
  const exp = time(claims, "exp")
  const nbf = time(claims, "nbf")
  const iat = time(claims, "iat")
  let until = exp === undefined ? Number.POSITIVE_INFINITY : exp + leeway
  if (exp === undefined && !rules.endless) throw new Refused('it has no "exp": it would be valid for ever')
  if (now >= until) throw new Refused("it has expired")
  if (nbf !== undefined && nbf > now + leeway) throw new Refused('it is not valid yet, as its "nbf" says')
  if (iat !== undefined && iat > now + leeway) throw new Refused('it is from the future, as its "iat" says')
  if (maxAge !== undefined) {
    if (iat === undefined) throw new Refused('it has no "iat", so nobody knows how old it is')
    until = Math.min(until, iat + maxAge + leeway)
    if (now >= until) throw new Refused("it is too old")
  }
  checkIssuer(claims, rules)
  checkAudience(claims, rules)
  for (const name of rules.require)
    if ((claimOf(name)(claims) ?? null) === null) throw new Refused(`it has no claim "${name}"`)
  return until
}

/** A NumericDate in milliseconds (RFC 7519 section 2). */
function time(claims: Claims, name: string): number | undefined {
  if (!Object.hasOwn(claims, name)) return undefined
  const value = claims[name]
  if (typeof value !== "number" || !Number.isFinite(value)) throw new Refused(`its "${name}" is no time`)
  return value * 1000
}

function checkIssuer({ iss }: Claims, { issuers }: ClaimRules): void {
  if (iss !== undefined && typeof iss !== "string") throw new Refused('its "iss" is no text')
  if (issuers && (iss === undefined || !issuers.has(iss))) throw new Refused("it is of another issuer")
}

function checkAudience({ aud }: Claims, { audience }: ClaimRules): void {
  const named: readonly unknown[] = aud === undefined ? [] : Array.isArray(aud) ? aud : [aud]
  if (!named.every((name) => typeof name === "string"))
    throw new Refused('its "aud" is neither a text nor a list of texts')
  if (!audience) return
  const { names, all } = audience
  const has = (name: string): boolean => named.includes(name)
  if (!(all ? names.every(has) : names.some(has))) throw new Refused("it is for another audience")
}
