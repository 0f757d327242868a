import { createHmac } from "node:crypto"
import { deflateRawSync } from "node:zlib"

import { CompactEncrypt, exportJWK, exportSPKI, importJWK } from "jose"

import { type Pair, pair, seconds, token } from "../../../support/jwks.ts"
import { type Guarded, guarded } from "../guarded.ts"

/** A part of a token. */
export const encode = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url")

export const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

/** Claims that hold. */
export const good = (): Record<string, unknown> => ({ sub: "ada", aud: "shop", iat: seconds(), exp: seconds(60) })

/** The secret of the route that shares one. */
export const secret = "0123456789abcdef0123456789abcdef"

/** A token made with a secret. */
export const hmac = (by: string | Buffer, header: unknown): string => {
  const input = `${encode(header)}.${encode(good())}`
  return `${input}.${createHmac("sha256", by).update(input).digest("base64url")}`
}

/** Keys of honest people and of a thief, the routes that are attacked, and what attackers make. */
export interface Forge {
  readonly rsa: Pair
  readonly ec: Pair
  readonly thief: Pair
  /** The public key of `rsa`. */
  readonly pem: string
  /** Takes `rsa` and `ec` by their names, and opens what is encrypted for it. */
  readonly route: Guarded
  /** Takes `rsa`, by its PEM. */
  readonly pinned: Guarded
  /** Takes the secret. */
  readonly shared: Guarded
  /** A token whose header and claims are these very texts, signed by `rsa`. */
  raw(header?: string, claims?: string): Promise<string>
  /** A token that is encrypted for the route. */
  sealed(content: string, header?: Readonly<Record<string, unknown>>): Promise<string>
  /** A token that is encrypted for the route, and unpacks to a thousand times its size. */
  bomb(): Promise<string>
}

/** Sets all of it up. */
export async function forge(): Promise<Forge> {
  const rsa = await pair("RS256", "one")
  const ec = await pair("ES256", "two")
  const thief = await pair("RS256", "one")
  const lock = await pair("RSA-OAEP-256", "lock")
  const pem = await exportSPKI((await importJWK(rsa.jwk, "RS256", { extractable: true })) as CryptoKey)
  const opening = { ...(await exportJWK(lock.privateKey)), kid: "lock" }
  const { use: _, ...open } = lock.jwk
  const closing = (await importJWK(open, "RSA-OAEP-256")) as CryptoKey

  async function raw(header = '{"alg":"RS256","kid":"one"}', claims = JSON.stringify(good())): Promise<string> {
    const input = `${encode(header)}.${encode(claims)}`
    const signature = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", rsa.privateKey, bytes(input))
    return `${input}.${Buffer.from(signature).toString("base64url")}`
  }

  async function bomb(): Promise<string> {
    const packed = deflateRawSync(Buffer.alloc(4_000_000, 65))
    const contentKey = crypto.getRandomValues(new Uint8Array(32))
    const iv = crypto.getRandomValues(new Uint8Array(12))
    const head = encode({ alg: "RSA-OAEP-256", enc: "A256GCM", kid: "lock", zip: "DEF" })
    const wrapped = await crypto.subtle.encrypt("RSA-OAEP", closing, contentKey)
    const key = await crypto.subtle.importKey("raw", contentKey, "AES-GCM", false, ["encrypt"])
    const sealing = { name: "AES-GCM", iv, additionalData: bytes(head) }
    const all = Buffer.from(await crypto.subtle.encrypt(sealing, key, packed))
    const parts = [Buffer.from(wrapped), Buffer.from(iv), all.subarray(0, -16), all.subarray(-16)]
    return [head, ...parts.map((part) => part.toString("base64url"))].join(".")
  }

  return {
    rsa,
    ec,
    thief,
    pem,
    route: guarded({ jwt: { key: { keys: [rsa.jwk, ec.jwk] }, audience: "shop", decrypt: { key: opening } } }),
    pinned: guarded({ jwt: { key: pem, audience: "shop" } }),
    shared: guarded({ jwt: { secret } }),
    raw,
    sealed: (content, header = {}) =>
      new CompactEncrypt(bytes(content))
        .setProtectedHeader({ alg: "RSA-OAEP-256", enc: "A256GCM", kid: "lock", ...header })
        .encrypt(closing),
    bomb,
  }
}

/** A token of `rsa` that is bent afterwards. */
export const bent = async ({ rsa }: Forge, bend: (parts: string[]) => string): Promise<string> =>
  bend((await token(rsa)).split("."))

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

/** The same bytes in another letter: one of the bits that nobody reads is set. */
export const loosened = (part = ""): string =>
  part.slice(0, -1) + (alphabet[alphabet.indexOf(part.at(-1) ?? "A") | 1] ?? "")
