import type { Exchange } from "../../core/exchange.ts"
import type { Identity } from "../../core/identity.ts"
import type { OwnRoute, Tools } from "../../core/part.ts"
import { identityOf } from "./jwt/claim-options.ts"
import { asksForPage, beginLogin } from "./oidc/begin-login.ts"
import { callback } from "./oidc/callback.ts"
import { clientOf, type LoginOptions } from "./oidc/client.ts"
import { login } from "./oidc/login.ts"
import { logout } from "./oidc/logout.ts"
import { checkOidc, logoutOf, type OidcOptions, oidcOptions } from "./oidc/options.ts"
import { refreshing } from "./oidc/refresh.ts"
import { returnPath } from "./oidc/return-path.ts"
import { defineScheme, type Scheme } from "./scheme.ts"
import { refuseOtherOrigins } from "./session/same-origin.ts"
import type { Session } from "./session/session.ts"

/** Tells who asks by a login with an OpenID provider. */
export const oidc = defineScheme({
  name: "oidc",
  about:
    "People log in with an OpenID provider, in their browser (authorization code with PKCE); then a session tells who asks. The gateway answers the callback and the logout itself. A logout with the provider alone does not end the session here: its back channel is not listened to.",
  options: oidcOptions,
  check: (options, _, path, report) => checkOidc(options, path, report),
  routes: ownRoutes,
  create,
})

function ownRoutes(options: OidcOptions): OwnRoute[] {
  const { scope, roles, plan, tenant, redirect, refresh, passAccessToken, ...shared } = options
  const left = logoutOf(options)
  return [
    { methods: ["GET"], path: options.callback, part: callback, options: shared },
    ...(left === undefined ? [] : [{ methods: ["GET", "POST"], path: left, part: logout, options: shared }]),
    ...(options.login === undefined ? [] : [{ methods: ["GET"], path: options.login, part: login, options: shared }]),
  ]
}

function create(options: OidcOptions, tools: Tools): Scheme {
  const { redirect, refresh, passAccessToken, roles, plan, tenant, scope: scopes, session: chosen } = options
  const client = clientOf(options satisfies LoginOptions, tools)
  const { sessions, logins } = client
  const renewed = refreshing(client, tools)
  const origins = new Set(chosen.origins)
  const read = { subject: ({ sub }: Session["claims"]) => sub, scopes, roles, plan, tenant }
  const known = new WeakMap<Session, Identity>()
  const accessTokens = new WeakMap<Exchange, string>()

  function identityIn(exchange: Exchange, session: Session): Identity {
    if (passAccessToken && session.tokens?.access !== undefined) accessTokens.set(exchange, session.tokens.access)
    const same = known.get(session)
    if (same) return same
    const made = identityOf("oidc", session.claims, read)
    known.set(session, made)
    return made
  }

  function vouched(
    exchange: Exchange,
    session: Session | undefined,
  ): Identity | undefined | Promise<Identity | undefined> {
    if (!session) return undefined
    refuseOtherOrigins(exchange, origins)
    const { due, expires, refresh: token } = session.tokens ?? {}
    if (refresh && token !== undefined && due !== undefined && due <= Date.now()) return renew(exchange, session)
    if (passAccessToken && expires !== undefined && expires <= Date.now()) return undefined
    return identityIn(exchange, session)
  }

  async function renew(exchange: Exchange, session: Session): Promise<Identity | undefined> {
    let current: Session | undefined = session
    // The tokens may have been renewed more than once since this cookie was set.
    for (let rounds = 0; current && (current.tokens?.due ?? Infinity) <= Date.now(); rounds++) {
      if (rounds === mostRounds) return undefined
      let content: Awaited<ReturnType<typeof renewed>>
      try {
        content = await renewed(current)
      } catch (error) {
        // What is not over yet goes on while the provider is away.
        if ((current.tokens?.expires ?? 0) > Date.now()) break
        throw error
      }
      if (!content) {
        await sessions.end(exchange)
        return undefined
      }
      current = { ...current, ...content }
    }
    if (current && current !== session)
      current = await sessions.change(exchange, session, { claims: current.claims, tokens: current.tokens })
    return current && identityIn(exchange, current)
  }

  return {
    identify(exchange) {
      const found = sessions.find(exchange)
      return found instanceof Promise
        ? exchange.unlessOver(found.then((session) => vouched(exchange, session)))
        : vouched(exchange, found)
    },
    // A cookie has no scheme of its own in the registry; this one is from a draft for them.
    challenge: () => `Cookie cookie-name="${chosen.cookie}"`,
    invite(exchange) {
      if (redirect === "nobody" || !asksForPage(exchange)) return undefined
      const { rawPath, search } = exchange.origin
      return exchange.unlessOver(beginLogin(exchange, client, returnPath(rawPath + search) ?? "/"))
    },
    places: [...sessions.places, ...logins.places],
    ...(passAccessToken && {
      around: (next) => (exchange) => {
        const token = accessTokens.get(exchange)
        if (token !== undefined) exchange.headers.set("authorization", `Bearer ${token}`)
        return next(exchange)
      },
    }),
  }
}

const mostRounds = 50
