import { GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import { definePolicy } from "../core/part.ts"
import { about, either, object, type Of, optional, type Schema, schema } from "../core/schema.ts"
import { flag, oneOf } from "../core/values.ts"
import { originList, type Origins } from "./cors/origins.ts"

const options = object({
  origins: about("Other origins whose pages may send such requests; written as in `cors`.", optional(originList)),
  silent: about(
    'What becomes of requests that do not say where they come from, as programs send them and browsers before 2020 did: "pass" or "refuse".',
    optional(oneOf("pass", "refuse"), "pass"),
  ),
  onlyWithCookies: about(
    "Looks only at requests with cookies. Not where clients are known by what browsers send along besides: HTTP Basic, certificates, addresses.",
    optional(flag(), false),
  ),
})

type Options = Of<typeof options>

const standard: Schema<Options> = schema({
  expected: "true",
  types: "true",
  accepts: (value) => value === true,
  parse: (_, path, report) => options.parse({}, path, report),
})

/** Refuses what pages of other sites send in the name of their visitors. */
export const csrf = definePolicy({
  name: "csrf",
  stateless: true,
  about:
    "Refuses requests that change something, and WebSockets, where a page of another site sends them: browsers would add the cookies of their user. `true` takes the standard options.",
  options: either(standard, options),
  create({ origins, silent, onlyWithCookies }) {
    return (next) => (exchange) => {
      if (!changes(exchange) || (onlyWithCookies && !exchange.headers.has("cookie"))) return next(exchange)
      const site = siteOf(exchange, origins)
      if (site === "own" || (site === "silent" && silent === "pass")) return next(exchange)
      throw new GatewayError(
        "forbidden",
        site === "other" ? "A page of another site sends this." : "The request does not say where it comes from.",
      )
    }
  },
})

const harmless = new Set(["GET", "HEAD", "OPTIONS"])

/** Whether a request may change something, so that it matters who makes a browser send it. */
export const changes = ({ method, websocket }: Pick<Exchange, "method" | "websocket">): boolean =>
  !harmless.has(method) || websocket !== undefined

/**
 * Whose page makes a browser send this: the gateway's own or a trusted one, or another's; "silent" where it was no
 * browser, or an old one. Pages cannot write the headers that tell.
 */
export function siteOf(exchange: Exchange, trusted: Pick<Origins, "has"> | undefined): "own" | "other" | "silent" {
  const { headers, scheme, host } = exchange
  const site = headers.get("sec-fetch-site")
  if (site === "same-origin" || site === "none") return "own"
  const origin = headers.get("origin")
  if (origin !== undefined && trusted?.has(origin, exchange)) return "own"
  if (site !== undefined) return "other"
  if (origin === undefined) return "silent"
  const own = host.toLowerCase()
  // TLS may end before the gateway, but never behind it: a page of http is not one of https.
  return origin === `https://${own}` || (scheme === "http" && origin === `http://${own}`) ? "own" : "other"
}
