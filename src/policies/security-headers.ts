import type { Exchange } from "../core/exchange.ts"
import { definePolicy } from "../core/part.ts"
import type { Reply } from "../core/reply.ts"
import { about, either, listOf, object, type Of, optional, type Schema, schema } from "../core/schema.ts"
import { duration } from "../core/units.ts"
import { flag, headerName, headerValue, off, oneOf } from "../core/values.ts"

const year = 365 * 24 * 60 * 60 * 1000

const hsts = object({
  maxAge: about("How long browsers remember it.", optional(duration(), "365d")),
  includeSubDomains: about("For all hosts below this one too.", optional(flag(), false)),
  preload: about(
    "Agrees to stand in the lists that browsers come with: it takes months to get out of them.",
    optional(flag(), false),
  ),
})

const options = object({
  hsts: about(
    "Tells browsers to come by https only; sent over https only. `false` leaves it out.",
    optional(either(hsts, off())),
  ),
  nosniff: about("Tells browsers to believe the type of an answer.", optional(flag(), true)),
  frames: about(
    'Who may show answers inside of a page: nobody ("deny"), or pages of the same origin. `false` leaves it out.',
    optional(either(oneOf("deny", "sameOrigin"), off()), "sameOrigin"),
  ),
  contentSecurityPolicy: about("What pages may load, beside what `frames` says.", optional(headerValue())),
  referrerPolicy: about(
    "What pages tell about where a visitor comes from. `false` leaves it out.",
    optional(either(headerValue(), off()), "strict-origin-when-cross-origin"),
  ),
  openerPolicy: about(
    "Which windows may have a hold of each other (Cross-Origin-Opener-Policy). `false` leaves it out.",
    optional(
      either(oneOf("same-origin", "same-origin-allow-popups", "noopener-allow-popups", "unsafe-none"), off()),
      "same-origin",
    ),
  ),
  resourcePolicy: about(
    "Whose pages may load answers as images, scripts and the like (Cross-Origin-Resource-Policy). `false` leaves it out.",
    optional(either(oneOf("same-origin", "same-site", "cross-origin"), off()), "same-site"),
  ),
  permissionsPolicy: about(
    "What pages may ask of the device. `false` leaves it out.",
    optional(either(headerValue(), off()), "camera=(), geolocation=(), microphone=()"),
  ),
  remove: about(
    "Headers of services that tell what they are made of. `false` leaves them. Default: Server, X-Powered-By, X-AspNet-Version, X-AspNetMvc-Version.",
    optional(either(listOf(headerName()), off())),
  ),
  override: about("Puts all of this in the place of what services say.", optional(flag(), false)),
})

type Options = Of<typeof options>

const standard: Schema<Options> = schema({
  expected: "true",
  types: "true",
  accepts: (value) => value === true,
  parse: (_, path, report) => options.parse({}, path, report),
})

/** Tells browsers what not to do with answers. */
export const securityHeaders = definePolicy({
  name: "securityHeaders",
  stateless: true,
  about:
    "Adds the headers by which browsers protect their users, to failures too, and takes out those that tell about the software of services; `true` takes the standard ones. What a service says itself stays.",
  options: either(standard, options),
  check({ hsts }, _, path, report) {
    if (hsts && hsts.preload && (!hsts.includeSubDomains || hsts.maxAge < year))
      report({
        code: "E204",
        path: [...path, "hsts", "preload"],
        message: "Browsers list no host with these options.",
        fix: 'Add "includeSubDomains: true" and a "maxAge" of a year at least.',
      })
  },
  create(given) {
    const plain = finisher(given, false)
    const secure = finisher(given, true)
    return (next) => (exchange: Exchange) => {
      exchange.whenAnswered(exchange.scheme === "https" ? secure : plain)
      return next(exchange)
    }
  },
})

const telling = ["server", "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version"]

/** What is done to each answer. */
function finisher(given: Options, secure: boolean): (reply: Reply) => void {
  const lines = linesOf(given, secure)
  const { remove = telling, override } = given
  const dropped = new Set(remove ? remove.map((name) => name.toLowerCase()) : [])
  const isDropped = (name: string): boolean => dropped.has(name)
  return ({ headers }) => {
    if (dropped.size > 0) headers.drop(isDropped)
    for (const line of lines) if (override || !headers.has(line.name)) headers.set(line.name, line.value)
  }
}

function linesOf(given: Options, secure: boolean): { readonly name: string; readonly value: string }[] {
  const { hsts, nosniff, frames, contentSecurityPolicy: policy } = given
  const ancestors = frames === "deny" ? "frame-ancestors 'none'" : "frame-ancestors 'self'"
  const framed = frames && !(policy !== undefined && /(?:^|;)\s*frame-ancestors\s/i.test(policy))
  const policies = [...(policy === undefined ? [] : [policy.replace(/;\s*$/, "")]), ...(framed ? [ancestors] : [])]
  const all: Record<string, string | false> = {
    "strict-transport-security": secure && hsts !== false && hstsText(hsts),
    "x-content-type-options": nosniff && "nosniff",
    "x-frame-options": frames && (frames === "deny" ? "DENY" : "SAMEORIGIN"),
    "content-security-policy": policies.length > 0 && policies.join("; "),
    "referrer-policy": given.referrerPolicy,
    "cross-origin-opener-policy": given.openerPolicy,
    "cross-origin-resource-policy": given.resourcePolicy,
    "permissions-policy": given.permissionsPolicy,
  }
  return Object.entries(all).flatMap(([name, value]) => (value === false ? [] : [{ name, value }]))
}

function hstsText(given: Of<typeof hsts> = { maxAge: year, includeSubDomains: false, preload: false }): string {
  const { maxAge, includeSubDomains, preload } = given
  return `max-age=${Math.floor(maxAge / 1000)}${includeSubDomains ? "; includeSubDomains" : ""}${preload ? "; preload" : ""}`
}
