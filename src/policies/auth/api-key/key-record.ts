import { type Identity, identity } from "../../../core/identity.ts"

/** What is known of an API key, beside its digest. Times are milliseconds since 1970. */
export interface KeyRecord {
  /** A name for this key that may be printed. */
  readonly id: string
  /** Whose it is: keys that follow each other have the same. */
  readonly subject: string
  readonly name?: string | undefined
  readonly environment?: string | undefined
  readonly plan?: string | undefined
  readonly tenant?: string | undefined
  readonly scopes?: readonly string[] | undefined
  readonly roles?: readonly string[] | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  readonly created?: number | undefined
  readonly expires?: number | undefined
  readonly revoked?: number | undefined
  /** The key whose place it took. */
  readonly replaces?: string | undefined
}

/** Who shows a key. */
export const identityOf = (record: KeyRecord): Identity =>
  identity({ ...record, scheme: "apiKey", issuer: undefined, credential: record.id, claims: record.metadata })

/** Why a key does not hold now; undefined when it does. */
export function wrongWith({ id, revoked, expires }: KeyRecord, now: number): string | undefined {
  if (revoked !== undefined) return `the key "${id}" was revoked`
  return expires !== undefined && expires <= now ? `the key "${id}" has expired` : undefined
}

const place = "apikey "

/** Where the store keeps the key of a digest, and all keys with an empty one. */
export const placeOf = (digest: string): string => place + digest

/** Where the store keeps when a key was used last. */
export const usedPlaceOf = (id: string): string => `apikey-used ${id}`

/** A record as the store keeps it. */
export const encode = (record: KeyRecord): Uint8Array => new TextEncoder().encode(JSON.stringify(record))

/** A record out of the store; undefined where it is damaged. */
export function decode(bytes: Uint8Array): KeyRecord | undefined {
  try {
    const record = JSON.parse(new TextDecoder().decode(bytes)) as KeyRecord
    return typeof record.id === "string" && typeof record.subject === "string" ? record : undefined
  } catch {
    return undefined
  }
}
