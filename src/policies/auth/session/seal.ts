import { hkdfSync } from "node:crypto"

import { compactDecrypt, CompactEncrypt, type CompactJWEHeaderParameters } from "jose"

import { isObject } from "../../../core/schema.ts"

/** Turns values into texts that only this gateway, and others with its secret, can make, read or change. */
export interface Seal {
  /** Names the secrets and the purpose, and tells nothing of them. */
  readonly id: string
  close(value: object): Promise<string>
  /** The value; undefined for whatever else: a forgery, a text for another purpose or of a secret that is gone. */
  open(text: string): Promise<Record<string, unknown> | undefined>
}

/** A seal for one purpose. The first secret closes, each of them opens: that is how they are rotated. */
export function sealing(secrets: readonly string[], purpose: string): Seal {
  const keys = secrets.map((secret) => {
    const key = derived(secret, `bellhop ${purpose}`, 32)
    return { kid: derived(secret, `bellhop id of ${purpose}`, 9).toBase64({ alphabet: "base64url" }), key }
  })
  const byId = new Map(keys.map(({ kid, key }) => [kid, key]))
  const [current] = keys
  if (!current) throw new Error("A seal needs a secret.")
  const header = { alg: "dir", enc: "A256GCM", kid: current.kid }

  return {
    id: keys.map(({ kid }) => kid).join(" "),
    close: (value) =>
      new CompactEncrypt(new TextEncoder().encode(JSON.stringify(value)))
        .setProtectedHeader(header)
        .encrypt(current.key),
    async open(text) {
      // Loose bits at the end of a part would make several texts for one value.
      if (!text.split(".").every(isExact)) return undefined
      try {
        const keyOf = ({ kid }: CompactJWEHeaderParameters): Uint8Array => {
          const key = byId.get(kid ?? "")
          if (!key) throw new Error("It was closed with a secret that is not here.")
          return key
        }
        const { plaintext } = await compactDecrypt(text, keyOf, taken)
        const value: unknown = JSON.parse(new TextDecoder().decode(plaintext))
        return isObject(value) ? value : undefined
      } catch {
        return undefined
      }
    },
  }
}

const isExact = (part: string): boolean => Buffer.from(part, "base64url").toString("base64url") === part

const taken = { keyManagementAlgorithms: ["dir"], contentEncryptionAlgorithms: ["A256GCM"] }

/** A key of its own for each purpose: what was closed for one cannot be passed off for another. */
const derived = (secret: string, purpose: string, length: number): Uint8Array =>
  new Uint8Array(hkdfSync("sha256", secret, "", purpose, length))
