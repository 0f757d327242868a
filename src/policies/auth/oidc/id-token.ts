import { isObject } from "../../../core/schema.ts"
import { checkClaims } from "../jwt/claims.ts"
import { verified } from "../jwt/signature.ts"
import { strictObject } from "../jwt/strict-json.ts"
import { takeApart } from "../jwt/token.ts"
import { Refused } from "../scheme.ts"
import type { OidcOptions } from "./options.ts"
import type { Description } from "./provider.ts"

/** The claims of an ID token that holds, by OpenID Connect Core section 3.1.3.7; fails with `Refused` otherwise. */
export async function idTokenClaims(
  text: string,
  { algorithms, keys }: Pick<Description, "algorithms" | "keys">,
  { issuer, clientId, leeway }: Pick<OidcOptions, "issuer" | "clientId" | "leeway">,
): Promise<Readonly<Record<string, unknown>> & { readonly sub: string }> {
  const token = takeApart(text)
  if (token.encrypted) throw new Refused("the ID token is encrypted, which is not taken here")
  const claims = strictObject(await verified(token, keys, algorithms))
  if (!isObject(claims)) throw new Refused("the ID token holds no object")
  const audience = { names: [clientId], all: false }
  const rules = { issuers: new Set([issuer]), audience, leeway, maxAge: undefined, endless: false, require: ["iat"] }
  checkClaims(claims, rules, Date.now())
  const { sub, aud, azp } = claims
  if (typeof sub !== "string" || sub === "") throw new Refused('the ID token has no "sub"')
  if (azp !== undefined ? azp !== clientId : Array.isArray(aud) && aud.length > 1)
    throw new Refused("the ID token was made for another client")
  return { ...claims, sub }
}
