import { Refused } from "../scheme.ts"
import { strictObject } from "./strict-json.ts"

/** A token taken apart: nothing of it is to be believed yet. */
export interface Token {
  readonly text: string
  readonly encrypted: boolean
  readonly header: Readonly<Record<string, unknown>>
  readonly alg: string
  readonly kid: string | undefined
  /** The second part of three: claims, once the signature was checked. */
  readonly payload: string
}

const signed = /^[\w-]+\.[\w-]+\.[\w-]+$/
// Some ways to agree on a key leave its part empty.
const encrypted = /^[\w-]+\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+$/

/** Whether a text has the outer shape of a token at all: other bearer tokens mean something to their issuer only. */
export const looksLikeToken = (text: string): boolean => signed.test(text) || encrypted.test(text)

/** Takes a token apart, or refuses what is not exactly one. */
export function takeApart(text: string): Token {
  const isEncrypted = !signed.test(text)
  if (isEncrypted && !encrypted.test(text)) throw new Refused("it is not of the form of a JWT")
  const parts = text.split(".")
  // A part with loose bits in its last letter is another text for the same token: who lists tokens by their text
  // would be led around.
  if (!parts.every(isExact)) throw new Refused("a part of it is not strict base64url")
  const header = strictObject(bytesOf(parts[0] as string))
  if (!header) throw new Refused("its header is not one JSON object in which each name is there once")
  const { alg, kid } = header
  if (typeof alg !== "string") throw new Refused('its header has no "alg"')
  if (kid !== undefined && typeof kid !== "string") throw new Refused('the "kid" in its header is no text')
  // No extension is known here, so each one that has to be understood is not (RFC 7515 section 4.1.11, RFC 7797).
  if (Object.hasOwn(header, "crit")) throw new Refused('its header has a "crit": no extension is taken here')
  if (Object.hasOwn(header, "b64")) throw new Refused('its header has a "b64", which is not for JWTs')
  return { text, encrypted: isEncrypted, header, alg, kid, payload: parts[1] as string }
}

/** The bytes of a part that is exact base64url. */
export const bytesOf = (part: string): Uint8Array<ArrayBuffer> => Uint8Array.fromBase64(part, { alphabet: "base64url" })

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

function isExact(part: string): boolean {
  const over = part.length % 4
  if (over === 0) return true
  if (over === 1) return false
  return (alphabet.indexOf(part.at(-1) as string) & (over === 2 ? 15 : 3)) === 0
}
