import { timingSafeEqual } from "node:crypto"

import type { JsonAnswer } from "../../../core/oauth/ask-json.ts"
import { Refused } from "../scheme.ts"
import type { Session, Tokens } from "../session/session.ts"
import { idTokenClaims } from "./id-token.ts"
import type { OidcOptions } from "./options.ts"
import type { Provider } from "./provider.ts"

/** What a session takes of an answer with tokens. */
export type Content = Pick<Session, "claims" | "tokens">

/** Who the tokens have to be about. */
interface Expected {
  readonly nonce?: string
  /** The session that they are to go on with. */
  readonly before?: Content
}

type TokenOptions = Pick<OidcOptions, "issuer" | "clientId" | "leeway" | "userinfo" | "scopes">

/** Reads an answer of the token endpoint; fails with `Refused` when it does not hold. */
export async function contentOf(
  { status, body }: JsonAnswer,
  expected: Expected,
  provider: Provider,
  options: TokenOptions,
): Promise<Content> {
  if (status !== 200) throw new Refused(`the provider gives no tokens: ${status} ${word(body.error)}`)
  const { access_token: access, token_type: type, refresh_token: refresh, id_token: id, expires_in: length } = body
  if (typeof access !== "string" || typeof type !== "string" || type.toLowerCase() !== "bearer")
    throw new Refused("the provider gives no bearer token")
  const description = await provider.described()
  const { before, nonce } = expected
  if (id !== undefined && typeof id !== "string") throw new Refused("the ID token is no text")
  // A refresh need not bring another one (OpenID Connect Core section 12.2).
  if (id === undefined && !before) throw new Refused("the provider gives no ID token")
  const told = id === undefined ? undefined : await idTokenClaims(id, description, options)
  if (nonce !== undefined && !isSame(told?.["nonce"], nonce)) throw new Refused("the ID token is of another login")
  if (told && before && told.sub !== before.claims["sub"])
    throw new Refused("the tokens are suddenly about somebody else")
  const seconds = typeof length === "string" ? Number(length) : length
  const now = Date.now()
  const life = typeof seconds === "number" && seconds > 0 && Number.isFinite(seconds) ? seconds * 1000 : undefined
  const tokens: Tokens = {
    access,
    refresh: typeof refresh === "string" ? refresh : before?.tokens?.refresh,
    id: id ?? before?.tokens?.id,
    expires: life && now + life,
    due: life && now + life - Math.min(30_000, life / 5),
  }
  const granted = typeof body.scope === "string" ? body.scope : (before?.claims["scope"] ?? scopesOf(options).join(" "))
  const info = options.userinfo && description.userinfo !== undefined
  const more = info ? await infoOf(description.userinfo, access, told?.sub ?? before?.claims["sub"], provider) : {}
  return { claims: { ...before?.claims, ...more, scope: granted, ...(told && rest(told)) }, tokens }
}

/** What a login asks for. */
export const scopesOf = ({ scopes }: Pick<OidcOptions, "scopes">): readonly string[] => [
  ...new Set(["openid", ...(scopes ?? ["profile", "email"])]),
]

async function infoOf(url: string, access: string, subject: unknown, provider: Provider) {
  const { status, body } = await provider.userinfo(url, access)
  if (status !== 200) throw new Refused(`the provider gives no userinfo: ${status}`)
  // OpenID Connect Core section 5.3.2: it may be about the owner of another token.
  if (body.sub !== subject) throw new Refused("the userinfo is about somebody else")
  return body
}

const passing = new Set(["nonce", "at_hash", "c_hash", "s_hash", "exp", "iat", "nbf", "azp", "aud", "jti", "rat"])

/** The claims about the user; those about the token are of no use after it. */
const rest = (claims: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(claims).filter(([name]) => !passing.has(name)))

const isSame = (given: unknown, expected: string): boolean =>
  typeof given === "string" &&
  Buffer.byteLength(given) === Buffer.byteLength(expected) &&
  timingSafeEqual(Buffer.from(given), Buffer.from(expected))

/** A word of the provider that may be printed. */
export const word = (given: unknown): string =>
  typeof given === "string" && /^[\w.-]{1,64}$/.test(given) ? given : "without a reason"
