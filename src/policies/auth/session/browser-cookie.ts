import type { Exchange } from "../../../core/exchange.ts"
import { type CookieAttributes, cookieNames, cookieOf, setCookie } from "../../../http/cookies.ts"
import type { Place } from "../scheme.ts"

/** How the config wants a cookie. */
export interface CookieOptions {
  readonly name: string
  readonly domain: string | undefined
  readonly sameSite: CookieAttributes["sameSite"]
  readonly secure: boolean | undefined
}

/** What cookies have to do with of a request. */
export type CookieSide = Pick<Exchange, "headers" | "scheme" | "answerHeaders">

/** A cookie for a value of any length, split where browsers would refuse it whole. */
export interface BrowserCookie {
  readonly places: readonly Place[]
  /** The value; undefined when there is none, or not all of it. */
  read(exchange: CookieSide): string | undefined
  /** Sets it for this many seconds, or until the browser is closed; false when it is too long for that. */
  write(exchange: CookieSide, value: string, maxAge?: number): boolean
  clear(exchange: CookieSide): void
}

// Browsers take 4096 bytes for name, value and attributes together, and servers some 16 kb for all that a request says
// of itself.
const longest = 3700
const most = 3

/** A cookie by the config's words. */
export function browserCookie({ name, domain, sameSite, secure }: CookieOptions): BrowserCookie {
  // A browser takes cookies of these names over https only, and only from the host itself where they say so: nobody
  // on the way or in another corner of the domain can plant them.
  const safe = `${domain === undefined ? "__Host-" : "__Secure-"}${name}`
  const isSecure = ({ scheme }: CookieSide): boolean => secure ?? (scheme === "https" || sameSite === "none")
  const nameFor = (exchange: CookieSide): string => (isSecure(exchange) ? safe : name)

  function put(exchange: CookieSide, to: string, value: string, maxAge: number | undefined): void {
    setCookie(exchange.answerHeaders, to, value, { path: "/", domain, sameSite, secure: isSecure(exchange), maxAge })
  }

  function clearFrom(exchange: CookieSide, to: string, first: number): void {
    for (const known of cookieNames(exchange.headers)) {
      const part = known.startsWith(`${to}.`) ? Number(known.slice(to.length + 1)) : Number.NaN
      if (part >= first && part < most) put(exchange, known, "", 0)
    }
  }

  return {
    places: [name, safe].map((one) => ({ in: "cookie", name: one })),
    read(exchange) {
      const from = nameFor(exchange)
      const first = cookieOf(exchange.headers, from)
      if (first === undefined || first === "") return undefined
      // "2~…": the first of two parts. No value has a tilde in it.
      if (first.charCodeAt(1) !== tilde) return first
      const count = Number(first[0])
      let value = first.slice(2)
      if (!(count >= 2 && count <= most)) return undefined
      for (let part = 1; part < count; part++) {
        const next = cookieOf(exchange.headers, `${from}.${part}`)
        if (next === undefined) return undefined
        value += next
      }
      return value
    },
    write(exchange, value, maxAge) {
      const count = Math.ceil(value.length / longest)
      if (count > most) return false
      const to = nameFor(exchange)
      put(exchange, to, count === 1 ? value : `${count}~${value.slice(0, longest)}`, maxAge)
      for (let part = 1; part < count; part++)
        put(exchange, `${to}.${part}`, value.slice(part * longest, (part + 1) * longest), maxAge)
      clearFrom(exchange, to, count)
      return true
    },
    clear(exchange) {
      const to = nameFor(exchange)
      put(exchange, to, "", 0)
      clearFrom(exchange, to, 1)
    },
  }
}

const tilde = 126
