import { GatewayError } from "../../core/errors.ts"
import type { Exchange } from "../../core/exchange.ts"
import type { Identity } from "../../core/identity.ts"
import { askJson } from "../../core/oauth/ask-json.ts"
import { checkClient, clientFields, identifyClient } from "../../core/oauth/client.ts"
import { checkPrivate, serverUrl } from "../../core/oauth/server-url.ts"
import type { Tools } from "../../core/part.ts"
import { about, either, listOf, object, type Of, optional } from "../../core/schema.ts"
import { duration, size } from "../../core/units.ts"
import { flag, headerValue, text } from "../../core/values.ts"
import { bearer, bearerChallenge } from "./bearer.ts"
import { audienceOf, checkedBy, claimFields, identityOf } from "./jwt/claim-options.ts"
import { checkClaims, type ClaimRules } from "./jwt/claims.ts"
import { hashOf, Verdicts } from "./jwt/verdicts.ts"
import { placeOption } from "./place-option.ts"
import { credentialAt } from "./place.ts"
import { defineScheme, Refused, type Scheme } from "./scheme.ts"

const options = object({
  url: about("Where tokens are asked about (RFC 7662).", serverUrl()),
  ...clientFields,
  issuer: about(
    "Who has to have issued the tokens (`iss`): one, or one of several.",
    optional(either(text(), listOf(text()))),
  ),
  ...claimFields,
  from: about(
    'Where the token stands: { header, word }, { cookie }, { query }, or a list of these. Default: the header `authorization` after "Bearer".',
    optional(placeOption),
  ),
  ttl: about(
    "How long a yes is believed before the server is asked again, or until the token ends: so long a revoked token may go on.",
    optional(duration(), "30s"),
  ),
  refusedTtl: about("How long a no is believed.", optional(duration(), "10s")),
  maxSize: about("The largest token that is asked about.", optional(size(), "16kb")),
  timeout: about("How long the server may take.", optional(duration(), "5s")),
  forward: about("Lets the token reach the service, once it was found to hold.", optional(flag(), false)),
  realm: about("What `WWW-Authenticate` calls the protected area.", optional(headerValue(), "api")),
  insecure: about("Asks over plain http on other machines too.", optional(flag(), false)),
})

type Options = Of<typeof options>

/** Tells who asks by asking the server that issued the token. */
export const introspection = defineScheme({
  name: "introspection",
  about:
    "The server that issued a token tells whether it holds and whose it is (OAuth 2.0 Token Introspection, RFC 7662).",
  options: {
    ...options,
    parse(value, path, report) {
      let whole = true
      const parsed = options.parse(value, path, (problem) => {
        whole = false
        report(problem)
      })
      if (!whole) return parsed
      checkClient(parsed, path, report)
      if (!parsed.insecure) checkPrivate(parsed.url, [...path, "url"], report)
      return parsed
    },
  },
  create,
})

/** What the server said of a token; an identity of undefined: that it does not hold, and why. */
interface Verdict {
  readonly identity: Identity | undefined
  readonly reason: string
  /** In milliseconds since 1970. */
  readonly until: number
}

// More questions at once would not be answered sooner; whoever makes up tokens is not to use up everything.
const mostAtOnce = 256
const limit = 64 * 1024

function create(given: Options, { log }: Pick<Tools, "log">): Scheme {
  const { url, check, maxSize, ttl, refusedTtl, timeout, realm } = given
  const verdicts = new Verdicts<Verdict>()
  // Apart, so that tokens that somebody made up push out none that hold.
  const refusals = new Verdicts<Verdict>(2_000)
  const asked = new Map<string, Promise<Verdict>>()
  const places = given.from ?? bearer
  const rules: ClaimRules = {
    issuers: given.issuer === undefined ? undefined : new Set([given.issuer].flat()),
    audience: audienceOf(given.audience),
    leeway: given.leeway,
    maxAge: undefined,
    endless: true,
    require: given.require ?? [],
  }
  let failing = ""

  async function ask(token: string): Promise<Verdict> {
    const form = new URLSearchParams({ token, token_type_hint: "access_token" })
    const headers = await identifyClient(given, url, form)
    const { status, body } = await askJson({ url, form, headers, timeout, limit })
    if (status !== 200) throw new Error(`it answers with ${status}`)
    if (typeof body["active"] !== "boolean") throw new Error('its answer does not say whether the token is "active"')
    if (failing !== "") log.info(`introspection: ${url} can be asked again`)
    failing = ""
    const now = Date.now()
    try {
      if (!body["active"]) throw new Refused("it is not active")
      const until = Math.min(now + ttl, checkClaims(body, rules, now))
      return { identity: identityOf("introspection", body, given), reason: "", until }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return { identity: undefined, reason: error.message, until: now + refusedTtl }
    }
  }

  async function known(token: string, hash: string): Promise<Verdict> {
    try {
      const verdict = await ask(token)
      const list = verdict.identity ? verdicts : refusals
      list.set(hash, verdict)
      return verdict
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      if (failing !== reason) log.warn(`introspection: ${url} cannot be asked: ${reason}`)
      failing = reason
      throw new GatewayError("unavailable", "Who sent the request cannot be found out at the moment.", { cause: error })
    } finally {
      asked.delete(hash)
    }
  }

  function passed({ identity, reason }: Verdict): Identity | Promise<Identity> {
    if (!identity) throw new Refused(reason)
    return check ? checkedBy(check, identity) : identity
  }

  function identify(exchange: Exchange): Identity | undefined | Promise<Identity | undefined> {
    let token: string | undefined
    for (let at = 0; at < places.length && token === undefined; at++)
      token = credentialAt(exchange, places[at] as (typeof places)[number])
    if (token === undefined) return undefined
    if (token === "" || token.length > maxSize) throw new Refused(`it is empty, or larger than ${maxSize} bytes`)
    const hash = hashOf(token)
    const now = Date.now()
    const verdict = verdicts.get(hash, now) ?? refusals.get(hash, now)
    if (verdict) return passed(verdict)
    // Several requests with the same new token ask once.
    let asking = asked.get(hash)
    if (!asking) {
      if (asked.size >= mostAtOnce) throw new GatewayError("overloaded", "Too many tokens are being asked about.")
      asking = known(token, hash)
      asked.set(hash, asking)
    }
    return exchange.unlessOver(asking.then(passed))
  }

  return { identify, challenge: bearerChallenge(realm), places, forward: given.forward }
}
