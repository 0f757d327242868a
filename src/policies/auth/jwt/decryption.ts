import { compactDecrypt, type JWK } from "jose"

import { Refused } from "../scheme.ts"
import { type EncryptionAlgorithm, encryptionAlgorithms, opensWith } from "./algorithms.ts"
import { keysFor } from "./key-set.ts"
import type { Token } from "./token.ts"

/** What was encrypted for one of these keys of ours. */
export async function decrypted(
  token: Token,
  keys: readonly JWK[],
  allowed: ReadonlySet<EncryptionAlgorithm>,
): Promise<Uint8Array> {
  const alg = encryptionAlgorithms.find((one) => one === token.alg)
  if (alg === undefined || !allowed.has(alg)) throw new Refused('the "alg" in its header is not allowed')
  let cause: unknown
  for (const key of keysFor(keys, token.kid, (one) => opensWith(alg, one)))
    try {
      const { plaintext } = await compactDecrypt(token.text, key, {
        keyManagementAlgorithms: [alg],
        // A few bytes can unpack into gigabytes.
        maxDecompressedLength: 8 * token.text.length,
      })
      return plaintext
    } catch (error) {
      cause = error
    }
  throw new Refused(cause === undefined ? "no key of ours fits its header" : "it cannot be decrypted", { cause })
}
