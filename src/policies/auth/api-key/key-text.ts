import { hash, randomBytes } from "node:crypto"

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
const randomLength = 32
const checksumLength = 6

/** What the environment in a key may be called. */
export const environmentShape = /^[a-z0-9]{1,16}$/

/** Where the random part of a key begins and ends: `bh_<environment>_<random>_<checksum>`. */
const shape = /^bh_[a-z0-9]{1,16}_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}$/

/** Whether a text says of itself that it is one of our keys. */
export const isOurs = (text: string): boolean => text.startsWith("bh_")

/** A new key: 190 random bits, and a checksum that tells a typo or a guess from a key before anything is looked up. */
export function makeKey(environment: string): string {
  const body = `bh_${environment}_${randomText(randomLength)}`
  return `${body}_${checksum(body)}`
}

/** The environment of one of our keys; undefined where the text is none, or was mistyped. */
export function environmentOf(text: string): string | undefined {
  if (!shape.test(text)) return undefined
  const end = text.length - checksumLength - 1
  return checksum(text.slice(0, end)) === text.slice(end + 1) ? text.slice(3, text.indexOf("_", 3)) : undefined
}

/** Letters by chance, all equally likely. */
export function randomText(length: number): string {
  let made = ""
  while (made.length < length)
    for (const byte of randomBytes(length))
      // The rest of the 256 would make the first letters likelier.
      if (byte < 248 && made.length < length) made += letters[byte % 62]
  return made
}

function checksum(text: string): string {
  let rest = Bun.hash.crc32(text)
  let made = ""
  for (let at = 0; at < checksumLength; at++) {
    made = (letters[rest % 62] ?? "") + made
    rest = Math.floor(rest / 62)
  }
  return made
}

/** What is kept of a key. Keys are random and long: a fast hash gives nothing away. */
export const digestOf = (text: string): string => hash("sha256", text, "hex")
