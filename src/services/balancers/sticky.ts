import { randomBytes } from "node:crypto"

import type { Exchange } from "../../core/exchange.ts"
import { about, object, optional } from "../../core/schema.ts"
import { duration } from "../../core/units.ts"
import { oneOf, text } from "../../core/values.ts"
import { defineBalancer } from "../balancer.ts"
import type { Upstream } from "../upstream.ts"
import { cookieOf } from "./cookie-of.ts"
import { leastBusy } from "./least-busy.ts"

/** Keeps clients at the upstream that they were first sent to. */
export const sticky = defineBalancer({
  name: "sticky",
  about: "Keeps a client, by a cookie, at the upstream that it was first sent to: the least busy one.",
  options: object({
    cookie: about(
      'The name of the cookie. Default: "bellhop-" and the name of the service.',
      optional(text({ expected: "the name of a cookie", pattern: /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/ })),
    ),
    path: about(
      "The path under which browsers send the cookie.",
      optional(text({ expected: 'a path such as "/shop"', pattern: /^\/[\x21-\x3a\x3c-\x7e]*$/ }), "/"),
    ),
    sameSite: about(
      'Whether browsers send the cookie with requests that other sites make; "none" is for https only.',
      optional(oneOf("lax", "strict", "none"), "lax"),
    ),
    ttl: about("How long browsers keep the cookie. Without one, until they are closed.", optional(duration())),
    secret: about(
      'What the cookie is signed with, such as env("STICKY_SECRET"). Without one, each process makes its own when it starts: give one when there are several processes or gateways, or when clients are to stay over a restart.',
      optional(
        text({
          expected: "a secret of at least 16 characters",
          pattern: /^.{16,}$/s,
          fix: "openssl rand -hex 32 makes one.",
        }),
      ),
    ),
  }),
  create({ cookie, path, sameSite, ttl, secret }, ground) {
    const { service, keep } = ground
    const name = cookie ?? `bellhop-${service}`
    const key = secret ?? keep("secret of sticky cookies", () => randomBytes(32).toString("hex"))
    const anew = leastBusy.create({}, ground)
    // The signature alone is the value: nobody can make up that of another upstream, or read an address out of it.
    const marks = new WeakMap<Upstream, string>()
    const markOf = (upstream: Upstream): string => {
      const mark =
        marks.get(upstream) ??
        new Bun.CryptoHasher("sha256", key).update(`${service}\n${upstream.url}`).digest("base64url")
      marks.set(upstream, mark)
      return mark
    }
    const lasts = ttl === undefined ? "" : `; Max-Age=${Math.max(1, Math.round(ttl / 1000))}`
    const tail = `; Path=${path}${lasts}; HttpOnly; SameSite=${sameSite.charAt(0).toUpperCase()}${sameSite.slice(1)}`

    return (upstreams, exchange) => {
      const sent = cookieOf(exchange, name)
      const known = sent === undefined ? undefined : upstreams.find((one) => markOf(one) === sent)
      if (known) return known
      const upstream = anew(upstreams, exchange)
      const secure = exchange.scheme === "https" || sameSite === "none" ? "; Secure" : ""
      setCookie(exchange, name, `${markOf(upstream)}${tail}${secure}`)
      return upstream
    }
  },
})

function setCookie({ answerHeaders }: Exchange, name: string, value: string): void {
  const line = `${name}=${value}`
  // A try before this one may have set it to an upstream that failed.
  const before = answerHeaders.find(([header, other]) => header === "set-cookie" && other.startsWith(`${name}=`))
  if (before) before[1] = line
  else answerHeaders.push(["set-cookie", line])
}
