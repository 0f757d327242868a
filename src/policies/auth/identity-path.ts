import type { Identity } from "../../core/identity.ts"
import { list, type Schema, schema, shown } from "../../core/schema.ts"
import { claimOf } from "./claim-path.ts"

/** Finds one value in an identity. */
export type ValueOf = (identity: Identity) => unknown

const known: ReadonlyMap<string, ValueOf> = new Map<string, ValueOf>([
  ["subject", ({ subject }) => subject],
  ["scheme", ({ scheme }) => scheme],
  ["issuer", ({ issuer }) => issuer],
  ["credential", ({ credential }) => credential],
  ["plan", ({ plan }) => plan],
  ["tenant", ({ tenant }) => tenant],
  ["scopes", ({ scopes }) => scopes],
  ["roles", ({ roles }) => roles],
])

const words = [...known.keys()].map((name) => JSON.stringify(name))

/** The way to a value of an identity, as a config writes it. */
export const identityPath: Schema<ValueOf> = schema<ValueOf>({
  expected: `one of ${list([...words, '"claims.<path>"'])}`,
  types: [...words, "`claims.${string}`"].join(" | "),
  accepts: (value) => typeof value === "string",
  parse(value, path, report) {
    const text = value as string
    const found = known.get(text)
    if (found) return found
    if (/^claims\../.test(text)) {
      const claim = claimOf(text.slice("claims.".length))
      return ({ claims }) => claim(claims)
    }
    report({
      code: "E204",
      path,
      message: `Expected ${identityPath.expected}, got ${shown(text)}.`,
      fix: 'What a scheme knows besides is among the claims: write "claims.email".',
    })
    return () => undefined
  },
})
