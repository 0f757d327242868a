import { createHash } from "node:crypto"

import type { Exchange } from "../../../core/exchange.ts"
import type { Reply } from "../../../core/reply.ts"
import { redirectTo } from "../session/redirect-to.ts"
import type { Client } from "./client.ts"
import { scopesOf } from "./tokens.ts"

/** Sends a browser to the login page of the provider, to come back to this path. */
export async function beginLogin(
  exchange: Exchange,
  { options, provider, logins, originOf }: Client,
  to: string,
): Promise<Reply> {
  const { authorization } = await provider.described()
  const redirect = `${originOf(exchange)}${options.callback}`
  const { state, nonce, verifier } = await logins.begin(exchange, { to, redirect })
  const url = new URL(authorization)
  for (const [name, value] of options.params ?? []) url.searchParams.set(name, value)
  const own = {
    response_type: "code",
    client_id: options.clientId,
    redirect_uri: redirect,
    scope: scopesOf(options).join(" "),
    state,
    nonce,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
  }
  for (const [name, value] of Object.entries(own)) url.searchParams.set(name, value)
  return redirectTo(url.href)
}

/** Whether a browser asks for a page, to which it could come back after a login; scripts cannot follow there. */
export function asksForPage({ method, headers, websocket }: Exchange): boolean {
  if (method !== "GET" || websocket !== undefined) return false
  if (headers.get("x-requested-with") === "XMLHttpRequest") return false
  const mode = headers.get("sec-fetch-mode")
  if (mode !== undefined) return mode === "navigate"
  return headers.get("accept")?.includes("text/html") ?? false
}
