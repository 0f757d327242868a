import { createHash, randomBytes } from "node:crypto"

import { isObject } from "../../../core/schema.ts"

/** What a login provider gave for a session. Times are in milliseconds since 1970. */
export interface Tokens {
  readonly access: string | undefined
  readonly refresh: string | undefined
  readonly id: string | undefined
  /** When the access token is over; undefined when the provider did not say. */
  readonly expires: number | undefined
  /** When to ask for new ones. */
  readonly due: number | undefined
}

/** Somebody who has logged in, for a while. */
export interface Session {
  readonly id: string
  readonly begun: number
  /** When it was last written down that it is in use. */
  readonly seen: number
  readonly claims: Readonly<Record<string, unknown>>
  readonly tokens: Tokens | undefined
}

/** A session that nobody had before: an id that was there earlier could have been planted. */
export const newSession = ({ claims, tokens }: Pick<Session, "claims" | "tokens">, now: number): Session => ({
  id: randomBytes(32).toString("base64url"),
  begun: now,
  seen: now,
  claims,
  tokens,
})

/** A name for a session that may be printed and looked up, and that nobody can use in its place. */
export const nameOf = (id: string): string => createHash("sha256").update(id).digest("base64url")

/** The session in an opened value; undefined for what another version may have written. */
export function sessionIn(value: Record<string, unknown> | undefined): Session | undefined {
  if (!value) return undefined
  const { id, begun, seen, claims, tokens } = value
  const isSession =
    typeof id === "string" &&
    typeof begun === "number" &&
    typeof seen === "number" &&
    isObject(claims) &&
    (tokens === undefined || isObject(tokens))
  return isSession ? (value as unknown as Session) : undefined
}
