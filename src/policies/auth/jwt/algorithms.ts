import type { JWK } from "jose"

/** The kind of key that an algorithm is for; nothing else is ever tried with it. */
interface Kind {
  readonly kty: string
  readonly crv?: readonly string[]
  /** How many bytes a key has at least, where it is one text of bytes. */
  readonly bytes?: number
}

const rsa: Kind = { kty: "RSA" }
const edwards: Kind = { kty: "OKP", crv: ["Ed25519"] }

/** The algorithms that tokens can be signed with: all but "none". */
export const signatureAlgorithms = [
  ...(["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] as const),
  ...(["ES256", "ES384", "ES512", "EdDSA", "Ed25519"] as const),
  ...(["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"] as const),
  ...(["HS256", "HS384", "HS512"] as const),
] as const

export type SignatureAlgorithm = (typeof signatureAlgorithms)[number]

const signatures: Readonly<Record<SignatureAlgorithm, Kind>> = {
  RS256: rsa,
  RS384: rsa,
  RS512: rsa,
  PS256: rsa,
  PS384: rsa,
  PS512: rsa,
  ES256: { kty: "EC", crv: ["P-256"] },
  ES384: { kty: "EC", crv: ["P-384"] },
  ES512: { kty: "EC", crv: ["P-521"] },
  EdDSA: edwards,
  Ed25519: edwards,
  "ML-DSA-44": { kty: "AKP" },
  "ML-DSA-65": { kty: "AKP" },
  "ML-DSA-87": { kty: "AKP" },
  // A key is as long as the hash (RFC 7518 section 3.2).
  HS256: { kty: "oct", bytes: 32 },
  HS384: { kty: "oct", bytes: 48 },
  HS512: { kty: "oct", bytes: 64 },
}

/** The ways in which the key of an encrypted token can be agreed on. */
export const encryptionAlgorithms = [
  ...(["RSA-OAEP", "RSA-OAEP-256", "RSA-OAEP-384", "RSA-OAEP-512"] as const),
  ...(["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"] as const),
  ...(["dir", "A128KW", "A192KW", "A256KW", "A128GCMKW", "A192GCMKW", "A256GCMKW"] as const),
  ...(["PBES2-HS256+A128KW", "PBES2-HS384+A192KW", "PBES2-HS512+A256KW"] as const),
] as const

export type EncryptionAlgorithm = (typeof encryptionAlgorithms)[number]

const agreement: readonly Kind[] = [
  { kty: "EC", crv: ["P-256", "P-384", "P-521"] },
  { kty: "OKP", crv: ["X25519"] },
]

/** Whether a key is of the kind that an algorithm is for, and is not meant for something else. */
export function signsWith(alg: SignatureAlgorithm, key: JWK): boolean {
  const { kty, crv, bytes } = signatures[alg]
  if (key.kty !== kty || (crv && !crv.includes(key.crv ?? ""))) return false
  if (bytes && secretSize(key) < bytes) return false
  if (key.use !== undefined && key.use !== "sig") return false
  if (key.key_ops !== undefined && !key.key_ops.includes("verify")) return false
  return key.alg === undefined ? kty !== "AKP" : key.alg === alg
}

const contents = /^A\d+(GCM|CBC-HS\d+)$/

/** Whether a key of our own opens what was encrypted so. Of passwords only what the config lists is taken. */
export function opensWith(alg: EncryptionAlgorithm, key: JWK): boolean {
  // A key that is used directly names how the content is encrypted with it.
  const named = alg === "dir" ? contents.test(key.alg ?? "A128GCM") : (key.alg ?? alg) === alg
  if (!named || (key.use ?? "enc") !== "enc") return false
  if (alg.startsWith("RSA")) return key.kty === "RSA"
  if (alg.startsWith("ECDH"))
    return agreement.some(({ kty, crv }) => key.kty === kty && crv?.includes(key.crv ?? "") === true)
  if (key.kty !== "oct") return false
  const wraps = /^A(\d+)/.exec(alg)?.[1]
  return wraps === undefined || secretSize(key) * 8 === Number(wraps)
}

/** How many bytes a shared secret has; 0 for other keys. */
export const secretSize = ({ kty, k }: JWK): number =>
  kty === "oct" && k !== undefined ? Math.floor((k.length * 3) / 4) : 0
