import { type Identity, identity } from "../../../core/identity.ts"
import { about, either, listOf, object, type Of, optional } from "../../../core/schema.ts"
import { duration } from "../../../core/units.ts"
import { fn, text } from "../../../core/values.ts"
import { type ClaimOf, claimOf, claimPath } from "../claim-path.ts"
import { Refused } from "../scheme.ts"
import type { ClaimRules } from "./claims.ts"

const names = listOf(text())

/** What claims have to say, and what an identity takes of them: for all schemes that read claims. */
export const claimFields = {
  audience: about(
    "Whom tokens have to be for (`aud`): one of these names, or with { all } every one of them. Without it tokens for others are taken too.",
    optional(either(text(), names, object({ all: about("Every one of these names.", names) }))),
  ),
  leeway: about(
    "How far the clocks of issuers may be off: applies to `exp`, `nbf`, `iat` and `maxAge`.",
    optional(duration(), "1s"),
  ),
  require: about('Claims that have to be there, by their paths, such as "email".', optional(listOf(text()))),
  check: about(
    "Decides over the claims of a token that holds, for every request: true lets it in. What it throws is a failure of the gateway, and lets nobody in.",
    optional(
      fn<(claims: Readonly<Record<string, unknown>>) => unknown>(
        "(claims: { readonly [claim: string]: unknown }) => boolean | Promise<boolean>",
      ),
    ),
  ),
  subject: about("The claim that says who it is.", optional(claimPath(), "sub")),
  scopes: about(
    'The claim with the scopes: a list, or one text with blanks between. Default: "scope", otherwise "scp".',
    optional(claimPath()),
  ),
  roles: about('The claim with the roles, such as "realm_access.roles".', optional(claimPath(), "roles")),
  plan: about("The claim with the plan, which limits and quotas may go by.", optional(claimPath())),
  tenant: about("The claim with the tenant.", optional(claimPath())),
}

const fields = object(claimFields)

/** The checked options about claims. */
export type ClaimOptions = Of<typeof fields>

/** The audience as the rules of claims have it. */
export function audienceOf(audience: ClaimOptions["audience"]): ClaimRules["audience"] {
  if (audience === undefined) return undefined
  if (typeof audience === "string") return { names: [audience], all: false }
  return "all" in audience ? { names: audience.all, all: true } : { names: audience, all: false }
}

const scope = claimOf("scope")
const scp = claimOf("scp")

/** An identity out of claims that hold. It is shared by requests, so nobody may change it. */
export function identityOf(
  name: string,
  claims: Readonly<Record<string, unknown>>,
  options: Pick<ClaimOptions, "subject" | "scopes" | "roles" | "plan" | "tenant">,
): Identity {
  const subject = textAt(claims, options.subject)
  if (subject === undefined || subject === "")
    throw new Refused("the claim that says who it is is no text, or not there")
  const scopes = options.scopes ? wordsAt(claims, options.scopes) : (wordsAt(claims, scope) ?? wordsAt(claims, scp))
  return frozen(
    identity({
      scheme: name,
      subject,
      issuer: textAt(claims, (all) => all["iss"]),
      credential: textAt(claims, (all) => all["jti"]),
      plan: options.plan && textAt(claims, options.plan),
      tenant: options.tenant && textAt(claims, options.tenant),
      scopes,
      roles: wordsAt(claims, options.roles),
      claims,
    }),
  )
}

type Claims = Readonly<Record<string, unknown>>

function textAt(claims: Claims, at: ClaimOf): string | undefined {
  const found = at(claims)
  if (typeof found === "number" && Number.isSafeInteger(found)) return String(found)
  return typeof found === "string" ? found : undefined
}

function wordsAt(claims: Claims, at: ClaimOf): readonly string[] | undefined {
  const found = at(claims)
  if (typeof found === "string") return found.split(" ").filter((word) => word !== "")
  return Array.isArray(found) ? found.filter((word) => typeof word === "string") : undefined
}

// Deeper than any claim goes, and shallow enough for the stack.
const deepest = 64

function frozen<T>(value: T, depth = 0): T {
  if (typeof value !== "object" || value === null) return value
  if (depth > deepest) throw new Refused("its claims are nested too deeply")
  for (const inside of Object.values(value)) frozen(inside, depth + 1)
  return Object.freeze(value)
}

/** Asks the function of the config, each time: what it goes by may have changed since. */
export function checkedBy(check: NonNullable<ClaimOptions["check"]>, identity: Identity): Identity | Promise<Identity> {
  const said = check(identity.claims)
  return said instanceof Promise ? said.then((answer) => letIn(identity, answer)) : letIn(identity, said)
}

function letIn(identity: Identity, answer: unknown): Identity {
  if (answer === true) return identity
  throw new Refused("the function of the config does not let it in")
}
