import type { JWK } from "jose"

import { type SignatureAlgorithm, signsWith } from "./algorithms.ts"

/** Where the keys come from that signatures are checked with. */
export interface KeySource {
  /** Another one each time the keys have changed. */
  readonly version: number
  /** Settles once there are keys; undefined when there are. */
  ready(): Promise<void> | undefined
  /** The keys that a token may be signed with, likely ones only. */
  candidates(alg: SignatureAlgorithm, kid: string | undefined): readonly JWK[]
  /** Whether there are other keys now than those of this version: looks for them, unless that was done just now. */
  renew(tried: number): Promise<boolean>
}

// Each costs a check of the signature: nobody may make that expensive by leaving out the name of the key.
const most = 8

/** Of these keys those that are for a purpose: by their name if one has it, otherwise those without a name. */
export function keysFor(keys: readonly JWK[], kid: string | undefined, fits: (key: JWK) => boolean): readonly JWK[] {
  const fitting = keys.filter(fits)
  if (kid === undefined) return fitting.slice(0, most)
  const named = fitting.filter((key) => key.kid === kid)
  return (named.length > 0 ? named : fitting.filter((key) => key.kid === undefined)).slice(0, most)
}

/** Keys that the config gives: they are what they are. */
export const fixedKeys = (keys: readonly JWK[]): KeySource => ({
  version: 0,
  ready: () => undefined,
  candidates: (alg, kid) => keysFor(keys, kid, (key) => signsWith(alg, key)),
  renew: () => Promise.resolve(false),
})
