import type { Chosen } from "../config/route.ts"
import type { Policy } from "../core/handler.ts"
import type { DescribedRoute } from "../openapi/described.ts"
import type { DescribedSecurity } from "../openapi/security.ts"
import type { AuthOptions } from "../policies/auth/options.ts"
import type { Place } from "../policies/auth/scheme.ts"

interface SchemeOptions {
  from?: readonly Place[]
  issuer?: string
  cookie?: string
}

const bearer: DescribedSecurity["scheme"] = { type: "http", scheme: "bearer" }

// Where credentials stand when the config does not say it.
const standard = new Map<string, (options: SchemeOptions) => DescribedSecurity["scheme"]>([
  ["apiKey", () => ({ type: "apiKey", in: "header", name: "x-api-key" })],
  ["jwt", () => bearer],
  ["introspection", () => bearer],
  ["forward", () => bearer],
  ["basic", () => ({ type: "http", scheme: "basic" })],
  ["session", ({ cookie = "session" }) => ({ type: "apiKey", in: "cookie", name: cookie })],
  [
    "oidc",
    ({ issuer = "" }) => ({
      type: "openIdConnect",
      openIdConnectUrl: `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`,
    }),
  ],
])

const authOf = (policies: readonly Chosen<Policy>[]): AuthOptions | undefined =>
  policies.find(({ part }) => part.name === "auth")?.options as AuthOptions | undefined

/** The names of the policies of a route, without those that are only there to keep what the defaults promise. */
export function policyNames(policies: readonly Chosen<Policy>[]): string[] {
  const isOpen = authOf(policies)?.schemes.length === 0
  return policies.map(({ part }) => part.name).filter((name) => !(isOpen && name === "auth"))
}

/** What the documentation says of how a route wants to be told who asks. */
export function describeSecurity(policies: readonly Chosen<Policy>[]): Pick<DescribedRoute, "security" | "anonymous"> {
  const options = authOf(policies)
  if (!options) return {}
  const security = options.schemes.flatMap(({ part, options: given }) => {
    const [place] = (given as SchemeOptions).from ?? []
    const scheme = place ? schemeAt(place) : standard.get(part.name)?.(given as SchemeOptions)
    return scheme ? [{ name: part.name, scheme }] : []
  })
  return security.length === 0 ? {} : { security, anonymous: options.anonymous }
}

const schemeAt = ({ in: where, name, word }: Place): DescribedSecurity["scheme"] =>
  name === "authorization" ? { type: "http", scheme: word ?? "bearer" } : { type: "apiKey", in: where, name }
