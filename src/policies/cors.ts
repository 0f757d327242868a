import { GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import { definePolicy } from "../core/part.ts"
import type { Reply } from "../core/reply.ts"
import { about, listOf, object, type Of, optional } from "../core/schema.ts"
import { duration } from "../core/units.ts"
import { flag, headerName, text } from "../core/values.ts"
import { HeaderList } from "../http/header-list.ts"
import { preflightMethod } from "../http/preflight.ts"
import { originRule } from "./cors/origins.ts"

const options = object({
  origins: about(
    'Which origins may read the answers: "*" for all, a list, or a function. In a list stand origins ("https://shop.example"), all hosts below one ("https://*.shop.example"), any port ("http://localhost:*"), "null", or a RegExp that the whole origin has to match.',
    originRule,
  ),
  methods: about(
    "The methods that may be used. Default: those that have a route.",
    optional(listOf(text({ expected: 'a method in capitals such as "PUT"', pattern: /^[A-Z][A-Z-]*$/ }))),
  ),
  headers: about("The headers that may be sent. Default: whatever is asked for.", optional(listOf(headerName()))),
  exposed: about(
    'The headers of answers that pages may read, beside the plainest; "*" for all of them.',
    optional(listOf(headerName())),
  ),
  credentials: about("Whether requests may carry cookies and other credentials.", optional(flag(), false)),
  maxAge: about("How long browsers may remember what is allowed.", optional(duration(), "10m")),
  privateNetwork: about(
    "Whether pages of the public internet may call the gateway at an address of a private network.",
    optional(flag(), false),
  ),
})

type Options = Of<typeof options>
type Line = [name: string, value: string]

/** Lets pages of other origins read answers. */
export const cors = definePolicy({
  name: "cors",
  stateless: true,
  preflights: true,
  about:
    "Lets web pages of other origins call a route: answers what browsers ask beforehand, and marks answers, failures too. What services say about this is dropped.",
  options,
  check({ origins, credentials, headers, exposed }, _, path, report) {
    if (credentials && origins.loose !== undefined)
      report({
        code: "E204",
        path: [...path, "origins"],
        message: `With credentials, any site could act for its visitors: among the origins is ${origins.loose}.`,
        fix: 'List the origins that are meant, or remove "credentials".',
      })
    const starred = { headers, exposed: credentials ? exposed : undefined }
    for (const [name, names] of Object.entries(starred))
      if (names?.includes("*"))
        report({
          code: "E204",
          path: [...path, name, names.indexOf("*")],
          message: `"*" does not mean all here${name === "exposed" ? ", because there are credentials" : ""}.`,
          fix: name === "exposed" ? "List the headers." : 'Remove "headers": whatever is asked for is allowed then.',
        })
  },
  create(given) {
    const { origins, credentials, exposed } = given
    // The same for everybody, so that caches may keep one answer for all.
    const everyone = origins.any && !credentials
    const always: Line[] = everyone ? [["access-control-allow-origin", "*"]] : [["vary", "origin"]]
    const marks: Line[] = []
    if (credentials) marks.push(["access-control-allow-credentials", "true"])
    const exposes: Line[] = exposed ? [["access-control-expose-headers", exposed.join(", ").toLowerCase()]] : []
    const preflight = preflights(given, everyone)

    return (next) => (exchange) => {
      const { headers, answerHeaders } = exchange
      const origin = headers.get("origin")
      const wanted = preflightMethod(exchange.method, headers)
      const allowed = origin !== undefined && origins.has(origin, exchange)
      answerHeaders.push(...always)
      if (allowed) {
        if (!everyone) answerHeaders.push(["access-control-allow-origin", origin])
        answerHeaders.push(...marks)
      }
      if (wanted !== undefined) return preflight(exchange, wanted, allowed)
      if (allowed) answerHeaders.push(...exposes)
      exchange.whenAnswered(withoutOthers)
      return next(exchange)
    }
  },
})

/** Nobody but this policy says who may read the answer. */
function withoutOthers({ headers }: Reply): void {
  headers.drop((name) => name.startsWith("access-control-"))
}

// What goes back into a header must not say more than one.
const method = /^[!#$%&'*+.^_`|~\w-]{1,40}$/
const names = /^[!#$%&'*+.^_`|~\w ,-]{1,4000}$/

/** Answers the question before the request. */
function preflights({ methods, headers, maxAge, privateNetwork }: Options, everyone: boolean) {
  const listedMethods = methods?.join(", ")
  const listedHeaders = headers?.join(", ").toLowerCase()
  const age = String(Math.floor(maxAge / 1000))
  const varies = [
    ...(everyone ? [] : ["origin"]),
    ...(methods ? [] : ["access-control-request-method"]),
    ...(headers ? [] : ["access-control-request-headers"]),
    ...(privateNetwork ? ["access-control-request-private-network"] : []),
  ].join(", ")
  return (exchange: Exchange, wanted: string, allowed: boolean): Reply => {
    const { answerHeaders } = exchange
    if (varies !== "") answerHeaders.push(["vary", varies])
    if (!allowed) throw new GatewayError("forbidden", "Pages of this origin may not call this route.")
    const asked = exchange.headers.get("access-control-request-headers")
    const mayUse = listedMethods ?? (method.test(wanted) ? wanted : undefined)
    const maySend = listedHeaders ?? (asked !== undefined && names.test(asked) ? asked : undefined)
    if (mayUse !== undefined) answerHeaders.push(["access-control-allow-methods", mayUse])
    if (maySend !== undefined) answerHeaders.push(["access-control-allow-headers", maySend])
    if (privateNetwork && exchange.headers.get("access-control-request-private-network") === "true")
      answerHeaders.push(["access-control-allow-private-network", "true"])
    answerHeaders.push(["access-control-max-age", age])
    return { status: 204, headers: new HeaderList(), body: null }
  }
}
