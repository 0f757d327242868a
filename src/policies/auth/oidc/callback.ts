import { GatewayError } from "../../../core/errors.ts"
import type { Exchange } from "../../../core/exchange.ts"
import { ownTarget } from "../../../core/part.ts"
import type { Reply } from "../../../core/reply.ts"
import { Refused } from "../scheme.ts"
import { pageTo, redirectTo } from "../session/redirect-to.ts"
import { type Client, clientOf, type LoginOptions } from "./client.ts"
import { contentOf, word } from "./tokens.ts"

/** Where the provider sends browsers back: completes their login. */
export const callback = ownTarget({
  name: "oidcCallback",
  about: "Completes a login that the provider sends a browser back from.",
  create(options: LoginOptions, tools) {
    const client = clientOf(options, tools)
    return (exchange) => {
      // Looking ahead must not use up the code.
      if (exchange.method !== "GET") throw failed("Open this page with GET.")
      return exchange.unlessOver(complete(exchange, client))
    }
  },
})

async function complete(exchange: Exchange, client: Client): Promise<Reply> {
  const { options, provider, logins, sessions } = client
  const query = new URLSearchParams(exchange.search)
  const state = query.get("state") ?? ""
  // Said twice, everybody may have read another one (RFC 6749 section 3.1).
  if (new Set(query.keys()).size < query.size || !/^[\w-]{43}$/.test(state)) throw failed(strange)
  const login = await logins.complete(exchange, state)
  if (!login) throw failed(strange)
  const { namesItself, token } = await provider.described()
  const issuer = query.get("iss")
  // A provider that was mixed up with another one would get its codes (RFC 9207).
  if (issuer === null ? namesItself : issuer !== options.issuer) throw failed("The answer is not of this provider.")
  const error = query.get("error")
  if (error !== null) throw failed(`The provider has not let it pass (${word(error)}).`)
  const code = query.get("code")
  if (!code) throw failed("The provider has sent no code.")
  const form = {
    grant_type: "authorization_code",
    code,
    redirect_uri: login.redirect,
    code_verifier: login.verifier,
  }
  try {
    const content = await contentOf(await provider.ask(token, form), { nonce: login.nonce }, provider, options)
    await sessions.begin(exchange, content)
  } catch (cause) {
    if (cause instanceof Refused) throw failed("What the provider has sent does not hold.", cause)
    throw cause
  }
  return options.session.sameSite === "strict" ? pageTo(login.to) : redirectTo(login.to)
}

const strange =
  "This browser has not begun this login, or has completed it already, or it took more than ten minutes. Open the page anew that you want to see."

const failed = (detail: string, cause?: Error): GatewayError => new GatewayError("login_failed", detail, { cause })
