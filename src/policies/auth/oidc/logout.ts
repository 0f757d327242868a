import type { Exchange } from "../../../core/exchange.ts"
import { ownTarget, type Tools } from "../../../core/part.ts"
import type { Reply } from "../../../core/reply.ts"
import { redirectTo } from "../session/redirect-to.ts"
import { refuseOtherOrigins } from "../session/same-origin.ts"
import type { Session } from "../session/session.ts"
import { type Client, clientOf, type LoginOptions } from "./client.ts"
import type { Description } from "./provider.ts"

/** Ends a session, here and with the provider. */
export const logout = ownTarget({
  name: "oidcLogout",
  about: "Ends the session of a browser, and leads it to the logout of the provider.",
  create(options: LoginOptions, tools) {
    const client = clientOf(options, tools)
    const origins = new Set(client.options.session.origins)
    return (exchange) => {
      refuseOtherOrigins(exchange, origins, true)
      return leave(exchange, client, tools)
    }
  },
})

async function leave(exchange: Exchange, client: Client, { log }: Pick<Tools, "log">): Promise<Reply> {
  const { options, provider, sessions, originOf } = client
  const session = await sessions.end(exchange)
  const after = new URL(options.afterLogout, originOf(exchange)).href
  if (!options.providerLogout || !session) return redirectTo(after)
  // Here the session is over, whatever the provider says.
  const untold = (error: unknown): undefined =>
    void log.warn(`A logout could not be told to the login provider (exchange ${exchange.id}): ${reasonOf(error)}`)
  const known = await provider.described().catch(untold)
  if (known) await giveBack(session, known, client).catch(untold)
  if (known?.endSession === undefined) return redirectTo(after)
  const url = new URL(known.endSession)
  url.searchParams.set("client_id", options.clientId)
  url.searchParams.set("post_logout_redirect_uri", after)
  if (session.tokens?.id !== undefined) url.searchParams.set("id_token_hint", session.tokens.id)
  return redirectTo(url.href)
}

/** Tells the provider that nobody will use the refresh token any more (RFC 7009). */
async function giveBack({ tokens }: Session, { revocation }: Description, { provider }: Client): Promise<void> {
  if (revocation === undefined || tokens?.refresh === undefined) return
  await provider.ask(revocation, { token: tokens.refresh, token_type_hint: "refresh_token" })
}

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
