import type { Exchange } from "../../core/exchange.ts"
import type { Identity } from "../../core/identity.ts"
import { about, object, type Of, optional, record } from "../../core/schema.ts"
import { identityPath } from "./identity-path.ts"
import { type SignedOptions, signedOptions, signing } from "./signed.ts"
import { toldHeader } from "./told-header.ts"

/** What a service may be told of who asks. */
export const tellOptions = object({
  headers: about(
    'Headers by name, each with what stands in it: "subject", "plan", "claims.email" and so on. Items of lists stand with commas between; letters beyond ASCII are percent-encoded. Left out where nothing is known.',
    optional(record(identityPath, toldHeader)),
  ),
  jwt: about("A token about the identity, signed by the gateway for the services.", optional(signedOptions)),
})

type TellOptions = Of<typeof tellOptions>

/** What is done to requests so that their service learns who asks, and from nobody else. */
export interface Telling {
  /** Removes what clients wrote into these headers. */
  clear(exchange: Exchange): void
  /** Says who asks; a promise where a token has to be signed first. */
  tell(exchange: Exchange, identity: Identity): Promise<void> | undefined
}

/** Tells the service who asks. */
export function telling({ headers = new Map(), jwt }: TellOptions): Telling {
  const lines = [...headers].map(([name, valueOf]) => ({ name: name.toLowerCase(), valueOf }))
  const signed = jwt && { name: jwt.header.toLowerCase(), word: wordOf(jwt), tokenFor: signing(jwt) }
  const told = new Set(lines.map(({ name }) => plain(name)))
  if (signed) told.add(plain(signed.name))
  const isTold = (name: string): boolean => told.has(plain(name))

  return {
    clear: ({ headers: sent }) => sent.drop(isTold),
    tell({ headers: sent }, identity) {
      for (const { name, valueOf } of lines) {
        const value = headerText(valueOf(identity))
        if (value !== undefined) sent.append(name, value)
      }
      if (!signed) return undefined
      const { name, word, tokenFor } = signed
      const token = tokenFor(identity)
      if (typeof token === "string") sent.append(name, word + token)
      else return token.then((made) => sent.append(name, word + made))
    },
  }
}

// Many servers read `_` and `-` in names as the same: a twin would tell them something else.
const plain = (name: string): string => (name.includes("_") ? name.replaceAll("_", "-") : name)

const wordOf = ({ header }: SignedOptions): string => (header.toLowerCase() === "authorization" ? "Bearer " : "")

// What a header cannot carry, what would be trimmed off, and the sign of the escapes themselves.
const unsafe = /[^\x20-\x7e]|%|^ | $/gu
const unsafeInList = /[^\x20-\x7e]|[%,]|^ | $/gu

/** A value as a header carries it; undefined when there is none. */
export function headerText(value: unknown): string | undefined {
  if (typeof value === "string") return escaped(value, unsafe)
  if (typeof value === "number" || typeof value === "boolean") return String(value)
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value)) return escaped(JSON.stringify(value), unsafe)
  const items = value.map((item: unknown) => (typeof item === "object" ? JSON.stringify(item) : String(item)))
  return items.length === 0 ? undefined : items.map((item) => escaped(item, unsafeInList)).join(",")
}

// Surrogates that stand alone are no letters; encodeURIComponent would throw.
const escaped = (text: string, what: RegExp): string =>
  text
    .toWellFormed()
    .replace(what, (letter) =>
      [...Buffer.from(letter)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
    )
