import { createPrivateKey, createSecretKey, type KeyObject } from "node:crypto"

import { SignJWT } from "jose"

import type { Identity } from "../../core/identity.ts"
import {
  about,
  object,
  type Of,
  optional,
  type Path,
  record,
  type Report,
  type Schema,
  schema,
} from "../../core/schema.ts"
import { duration } from "../../core/units.ts"
import { text } from "../../core/values.ts"
import { identityPath } from "./identity-path.ts"
import { toldHeader } from "./told-header.ts"

/** A key that signs, and the algorithm that goes with it. */
interface SigningKey {
  readonly key: KeyObject
  readonly algorithm: string
}

const curves: ReadonlyMap<string | undefined, string> = new Map([
  ["prime256v1", "ES256"],
  ["secp384r1", "ES384"],
  ["secp521r1", "ES512"],
])

const plain = text({ expected: "a private key in PEM form, or a secret of at least 32 bytes" })

/** A private key in PEM form, or a secret of 32 bytes and more. */
const signingKey: Schema<SigningKey> = schema<SigningKey>({
  expected: plain.expected,
  types: plain.types(""),
  accepts: plain.accepts,
  parse(value, path, report) {
    let missing = false
    const found = plain.parse(value, path, (problem) => {
      missing = true
      report(problem)
    })
    const made = missing ? undefined : keyOf(found, path, report)
    return made ?? { key: createSecretKey(Buffer.alloc(32)), algorithm: "HS256" }
  },
})

function keyOf(given: string, path: Path, report: Report): SigningKey | undefined {
  const refuse = (message: string, fix: string): undefined => void report({ code: "E204", path, message, fix })
  if (!given.includes("-----BEGIN")) {
    if (Buffer.byteLength(given) >= 32) return { key: createSecretKey(Buffer.from(given)), algorithm: "HS256" }
    return refuse("The secret is shorter than 32 bytes.", "Make one with `openssl rand -base64 32`.")
  }
  try {
    const key = createPrivateKey(given)
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
    if (type === "rsa" && (details?.modulusLength ?? 0) < 2048)
      return refuse("The RSA key is shorter than 2048 bits.", "Make a longer one.")
    const algorithm =
      type === "rsa"
        ? "RS256"
        : type === "ed25519"
          ? "EdDSA"
          : type === "ec"
            ? curves.get(details?.namedCurve)
            : undefined
    if (algorithm !== undefined) return { key, algorithm }
    return refuse("Tokens are not signed with a key of this kind.", "Use an RSA, P-256, P-384, P-521 or Ed25519 key.")
  } catch {
    return refuse("The private key cannot be read.", "Give an unencrypted private key in PEM form.")
  }
}

/** A token about an identity, for services that want more than the word of a header. */
export const signedOptions = object({
  header: about(
    'The header that carries it; in "authorization" it stands after "Bearer".',
    optional(toldHeader, "x-identity"),
  ),
  key: about(
    "What signs it: a private key in PEM form (RSA, elliptic curve or Ed25519; the algorithm follows from it), or a secret of at least 32 bytes (HS256).",
    signingKey,
  ),
  kid: about("The name of the key in the token, for services that know several.", optional(text())),
  issuer: about("Who says so: `iss`.", optional(text(), "bellhop")),
  audience: about("Whom it is for: `aud`.", optional(text())),
  ttl: about("How long it holds. It is signed afresh when half of that is over.", optional(duration(), "1m")),
  claims: about(
    "Claims to add, each with what stands in it. Without them it says `sub`, and `scope`, `roles`, `plan` and `tenant` where they are known.",
    optional(record(identityPath)),
  ),
})

/** The checked options of a signed token. */
export type SignedOptions = Of<typeof signedOptions>

/** Signs tokens about identities; the one of an identity is used again while it is young. */
export function signing({ key: { key, algorithm }, kid, issuer, audience, ttl, claims = new Map() }: SignedOptions) {
  const known = new WeakMap<Identity, { token: string | Promise<string>; old: number }>()
  const seconds = Math.max(1, Math.round(ttl / 1000))

  function sign(identity: Identity, now: number): Promise<string> {
    const { scopes, roles, plan, tenant } = identity
    const said: Record<string, unknown> = { plan, tenant }
    if (scopes.length > 0) said["scope"] = scopes.join(" ")
    if (roles.length > 0) said["roles"] = roles
    for (const [name, valueOf] of claims) said[name] = valueOf(identity)
    const issued = Math.floor(now / 1000)
    const token = new SignJWT(said)
      .setProtectedHeader({ alg: algorithm, typ: "JWT", ...(kid === undefined ? {} : { kid }) })
      .setSubject(identity.subject)
      .setIssuer(issuer)
      .setIssuedAt(issued)
      .setExpirationTime(issued + seconds)
    if (audience !== undefined) token.setAudience(audience)
    return token.sign(key)
  }

  return (identity: Identity): string | Promise<string> => {
    const now = Date.now()
    const found = known.get(identity)
    if (found && now < found.old) return found.token
    const token = sign(identity, now)
    const entry = { token: token as string | Promise<string>, old: now + ttl / 2 }
    known.set(identity, entry)
    // From then on nobody has to wait for it.
    token.then(
      (made) => void (entry.token = made),
      () => known.delete(identity),
    )
    return token
  }
}
