import type { Identity } from "../../core/identity.ts"
import { about, either, listOf, object, type Of, optional, record, type Schema, schema } from "../../core/schema.ts"
import { fn, text } from "../../core/values.ts"
import type { AuthRequest } from "../auth/asking.ts"
import { claimOf } from "../auth/claim-path.ts"

type Scalar = string | number | boolean

/** What has to be among the values that somebody has. */
interface Wanted {
  readonly any: readonly Scalar[]
  readonly all: readonly Scalar[]
}

const scalar = schema<Scalar>({
  expected: "a text, a number, true or false",
  types: "string | number | boolean",
  accepts: (value) => typeof value === "string" || typeof value === "boolean" || Number.isFinite(value),
})

/** One value, or several of which any or all are asked for: a bare list would leave open which. */
const wanted = (of: Schema<Scalar>): Schema<Wanted> => {
  const several = object({
    any: about("At least one of these.", optional(listOf(of))),
    all: about("All of these.", optional(listOf(of))),
  })
  const checked: Schema<Wanted> = {
    ...several,
    parse(value, path, report) {
      const { any = [], all = [] } = several.parse(value, path, report) ?? {}
      if (Object.keys(value as object).length === 0)
        report({ code: "E205", path, message: "Nothing is asked for.", fix: 'Give "any" or "all" a list.' })
      return { any, all }
    },
  }
  const one: Schema<Wanted> = {
    ...of,
    parse: (value, path, report) => ({ any: [], all: [of.parse(value, path, report)] }),
  }
  return { ...either(one, checked), expected: `${of.expected}, or { any: […] } or { all: […] }` }
}

const words = () => wanted(text())

/** The checked options of a rule. */
export type RuleOptions = { readonly [K in keyof typeof ruleFields]: Of<(typeof ruleFields)[K]> }

/** What somebody has to have, as a config writes it. */
export const ruleFields = {
  scopes: about('A scope, `{ any: ["a", "b"] }` or `{ all: ["a", "b"] }`.', optional(words())),
  roles: about('A role, `{ any: ["a", "b"] }` or `{ all: ["a", "b"] }`.', optional(words())),
  claims: about(
    'Claims by name or path ("email_verified", "org.id"), each with its value, `{ any: […] }` or `{ all: […] }`. A claim that is a list has each of its items.',
    optional(record(wanted(scalar), text({ expected: "the name or path of a claim", pattern: /./ }))),
  ),
  check: about(
    "A function that lets the request pass by giving true; everything else refuses it.",
    optional(
      fn<(identity: Identity, request: AuthRequest) => unknown>(
        "((identity: Identity, request: AuthRequest) => boolean | Promise<boolean>)",
      ),
    ),
  ),
}

/** A rule made ready. */
export interface Rule {
  /** Says why an identity does not fit, for the log; undefined when it does. */
  readonly wrong: (identity: Identity) => string | undefined
  readonly check: RuleOptions["check"]
}

/** Makes a rule ready. */
export function ruleOf({ scopes, roles, claims, check }: RuleOptions): Rule {
  const wants = [...(claims ?? [])].map(([name, want]) => ({ name, want, valueOf: claimOf(name) }))
  const wrong = (identity: Identity): string | undefined => {
    if (scopes && !has(identity.scopes, scopes)) return "its scopes do not suffice"
    if (roles && !has(identity.roles, roles)) return "its roles do not suffice"
    for (const { name, want, valueOf } of wants)
      if (!has(valueOf(identity.claims), want)) return `its claim "${name}" does not fit`
    return undefined
  }
  return { wrong, check }
}

function has(value: unknown, { any, all }: Wanted): boolean {
  const isThere = (one: Scalar): boolean => (Array.isArray(value) ? value.includes(one) : value === one)
  return all.every(isThere) && (any.length === 0 || any.some(isThere))
}
