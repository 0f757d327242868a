import { createPrivateKey, createPublicKey } from "node:crypto"

import type { JWK } from "jose"

import { isObject } from "../schema.ts"

/** Which half of a pair of keys is wanted; shared secrets are both. */
export type KeySide = "public" | "private"

/** The keys in a text or an object, or what is wrong with it, as the end of a sentence. */
export type KeysRead = { readonly keys: readonly JWK[] } | { readonly wrong: string; readonly fix: string }

const blocks = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g

const forms = {
  public: "Give a public key or a certificate as PEM, or a JSON Web Key, or a set of these.",
  private: "Give a private key as PEM (PKCS#8), or a JSON Web Key with its private part.",
} as const

/** Reads keys as people have them: PEM, JSON Web Keys, sets of these; as text or as objects. */
export function readKeys(given: unknown, side: KeySide): KeysRead {
  if (typeof given !== "string") return fromObject(given, side)
  const text = given.trim()
  if (text.startsWith("-----BEGIN ")) return fromPem(text, side)
  if (!text.startsWith("{")) return { wrong: "is no key", fix: forms[side] }
  try {
    return fromObject(JSON.parse(text), side)
  } catch {
    return { wrong: "is no valid JSON", fix: forms[side] }
  }
}

function fromPem(text: string, side: KeySide): KeysRead {
  const found = [...text.matchAll(blocks)]
  // What follows a certificate are those who vouch for it.
  const used = found[0]?.[1] === "CERTIFICATE" ? found.slice(0, 1) : found
  const keys: JWK[] = []
  for (const { 0: pem, 1: label = "" } of used) {
    const isPrivate = label.endsWith("PRIVATE KEY")
    if (isPrivate !== (side === "private")) return half(isPrivate)
    try {
      keys.push((isPrivate ? createPrivateKey(pem) : createPublicKey(pem)).export({ format: "jwk" }) as JWK)
    } catch {
      return {
        wrong: `has a PEM block "${label}" that cannot be read, or is of a kind that is not known`,
        fix: forms[side],
      }
    }
  }
  return checked(keys, side)
}

const half = (isPrivate: boolean): KeysRead =>
  isPrivate
    ? {
        wrong: "holds a private key, where the public one is enough",
        fix: "Give the public key, and keep the private one away from here.",
      }
    : { wrong: "holds a public key, where the private one is needed", fix: forms.private }

function fromObject(given: unknown, side: KeySide): KeysRead {
  if (!isObject(given)) return { wrong: "is no key", fix: forms[side] }
  const list: readonly unknown[] = Array.isArray(given.keys) ? given.keys : [given]
  const keys: JWK[] = []
  for (const one of list) {
    if (!isObject(one) || typeof one.kty !== "string")
      return { wrong: 'has no "kty", which every JSON Web Key has', fix: forms[side] }
    const isPrivate = one.d !== undefined || one.priv !== undefined
    if (one.kty !== "oct" && isPrivate !== (side === "private")) return half(isPrivate)
    keys.push(one as JWK)
  }
  return checked(keys, side)
}

function checked(keys: readonly JWK[], side: KeySide): KeysRead {
  if (keys.length === 0) return { wrong: "has no key in it", fix: forms[side] }
  for (const key of keys) {
    const wrong = faultOf(key)
    if (wrong) return { wrong, fix: forms[side] }
  }
  return { keys: keys.map((key) => ({ ...key })) }
}

const members: ReadonlyMap<string, readonly string[]> = new Map([
  ["RSA", ["n", "e"]],
  ["EC", ["crv", "x", "y"]],
  ["OKP", ["crv", "x"]],
  ["AKP", ["alg", "pub"]],
  ["oct", ["k"]],
])

const exact = /^[\w-]+$/

/** What is wrong with a key, whatever it is for. */
export function faultOf(key: JWK): string | undefined {
  const needed = members.get(String(key.kty))
  if (!needed) return "is of a kind that is not known"
  const given = key as Readonly<Record<string, unknown>>
  for (const name of needed) {
    const value = given[name]
    if (typeof value !== "string" || !exact.test(value)) return `has no valid "${name}"`
  }
  for (const name of ["kid", "alg", "use"])
    if (given[name] !== undefined && typeof given[name] !== "string") return `has a "${name}" that is no text`
  const { key_ops: uses } = key
  if (uses !== undefined && !(Array.isArray(uses) && uses.every((one) => typeof one === "string")))
    return 'has a "key_ops" that is no list of texts'
  if (key.kty === "RSA" && rsaBits(key) < 2048) return "is an RSA key of less than 2048 bits, which is no longer safe"
  return undefined
}

const rsaBits = ({ n = "" }: JWK): number => {
  const bytes = Buffer.from(n, "base64url")
  const first = bytes.findIndex((byte) => byte !== 0)
  return first < 0 ? 0 : (bytes.length - first) * 8 - Math.clz32(bytes[first] as number) + 24
}
