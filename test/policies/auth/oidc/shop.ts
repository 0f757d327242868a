import type { TestTools } from "../../../support/exchange.ts"
import { page, site, type Visit, type Visitor } from "../visiting.ts"
import { allowed, type Issuer } from "./issuer.ts"

/** The secret of its sessions. */
export const secret = "a secret that is long enough for sessions"

/** A site whose visitors log in with a provider, as its config says. */
export const shop = (provider: Issuer, options: object = {}, given?: TestTools, session: object = {}) =>
  site(
    {
      oidc: {
        issuer: provider.url,
        clientId: "shop",
        clientSecret: "s+e c:ret",
        session: { secret, ...session },
        ...options,
      },
    },
    given,
  )

/** Asks for a page, goes through the login page, and gives what the callback answers. */
export async function logIn(visitor: Visitor, provider: Issuer, path = "/cart"): Promise<Visit> {
  const { location } = await visitor.visit({ path, headers: page })
  return visitor.visit({ path: allowed(location, provider) })
}

/** Who a visitor is taken for. */
export const who = async (visitor: Visitor): Promise<string | undefined> =>
  (await visitor.visit()).served?.identity?.subject

/** The refresh tokens that the provider was shown, in order. */
export const refreshes = (provider: Issuer): string[] =>
  provider.asked.flatMap(({ form }) => (form["grant_type"] === "refresh_token" ? [form["refresh_token"] ?? ""] : []))
