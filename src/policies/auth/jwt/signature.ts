import { compactVerify } from "jose"

import { Refused } from "../scheme.ts"
import { type SignatureAlgorithm, signatureAlgorithms } from "./algorithms.ts"
import type { KeySource } from "./key-set.ts"
import type { Token } from "./token.ts"

/** What was signed, once a key of the source says so; only the algorithms that are allowed are looked at. */
export async function verified(
  token: Token,
  source: KeySource,
  allowed: ReadonlySet<SignatureAlgorithm>,
): Promise<Uint8Array> {
  const alg = signatureAlgorithms.find((one) => one === token.alg)
  if (alg === undefined || !allowed.has(alg)) throw new Refused('the "alg" in its header is not allowed')
  await source.ready()
  for (;;) {
    const { version } = source
    const candidates = source.candidates(alg, token.kid)
    let cause: unknown
    for (const key of candidates)
      try {
        // The header may carry or point to keys: none of that is ever looked at.
        return (await compactVerify(token.text, key, { algorithms: [alg] })).payload
      } catch (error) {
        cause = error
      }
    // Keys change, and an issuer may use a new one at once.
    if (await source.renew(version)) continue
    throw new Refused(candidates.length === 0 ? "no known key fits its header" : "its signature is wrong", { cause })
  }
}
