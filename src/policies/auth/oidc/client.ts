import type { Exchange } from "../../../core/exchange.ts"
import type { Tools } from "../../../core/part.ts"
import { secretsOf } from "../session/options.ts"
import { sealing } from "../session/seal.ts"
import { type Sessions, sessionsOf } from "../session/sessions.ts"
import { type Logins, loginsOf } from "./logins.ts"
import type { OidcOptions } from "./options.ts"
import { type Provider, providerOf } from "./provider.ts"

/** What a login is about; two routes that agree in it share their sessions, their callback and their logout. */
export type LoginOptions = Omit<
  OidcOptions,
  "scope" | "roles" | "plan" | "tenant" | "redirect" | "refresh" | "passAccessToken"
>

/** This gateway as a client of a provider. */
export interface Client {
  readonly options: LoginOptions
  readonly provider: Provider
  readonly sessions: Sessions
  readonly logins: Logins
  /** The origin at which browsers reach the gateway. */
  originOf(exchange: Exchange): string
}

/** The client of a config. It remembers nothing by itself, so that there may be several of the same. */
export function clientOf(options: LoginOptions, tools: Pick<Tools, "keep" | "store">): Client {
  const { issuer, clientId, origin } = options
  // What the gateway sees as http may be https to the browser.
  const secure = options.session.secure ?? (origin?.startsWith("https:") ? true : undefined)
  const session = { ...options.session, secure }
  const purpose = `oidc ${JSON.stringify([issuer, clientId])}`
  return {
    options,
    provider: providerOf(options, tools.keep),
    sessions: sessionsOf(session, purpose, tools),
    logins: loginsOf(session, sealing(secretsOf(session), `login of ${purpose}`), tools.store),
    originOf: ({ scheme, host }) => origin ?? `${scheme}://${host}`,
  }
}
