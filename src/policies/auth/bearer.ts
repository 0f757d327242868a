import type { Place, Scheme } from "./scheme.ts"

/** Where bearer tokens stand unless a config knows better (RFC 6750 section 2.1). */
export const bearer: readonly Place[] = [{ in: "header", name: "authorization", word: "bearer" }]

/** What `WWW-Authenticate` says of bearer tokens: that one was refused, but never why (RFC 6750 section 3). */
export function bearerChallenge(realm: string): Scheme["challenge"] {
  const plain = `Bearer realm="${realm.replace(/["\\]/g, "\\$&")}"`
  return (_, refused) => (refused ? `${plain}, error="invalid_token"` : plain)
}
