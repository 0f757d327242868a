import { createHash, randomBytes, timingSafeEqual } from "node:crypto"

import type { Exchange } from "../../../core/exchange.ts"
import type { Store } from "../../../core/store.ts"
import { cookieNames, cookieOf, setCookie } from "../../../http/cookies.ts"
import type { Place } from "../scheme.ts"
import type { SessionOptions } from "../session/options.ts"
import type { Seal } from "../session/seal.ts"

/** A login that was begun, and which only the browser that began it can complete. */
export interface Login {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  /** Where the browser goes on. */
  readonly to: string
  /** Where the provider was told to send it. */
  readonly redirect: string
  readonly until: number
}

/** The logins under way: each in a cookie of its own, so that several tabs can log in at once. */
export interface Logins {
  readonly places: readonly Place[]
  begin(exchange: Exchange, made: Pick<Login, "to" | "redirect">): Promise<Login>
  /** The login with this state, once; undefined when this browser has begun none, or it was used or is over. */
  complete(exchange: Exchange, state: string): Promise<Login | undefined>
}

const lasts = 10 * 60_000
const most = 5

/** Logins by the config's words. */
export function loginsOf(
  { cookie, domain, sameSite: chosen, secure }: SessionOptions,
  seal: Seal,
  store: Pick<Store, "add">,
): Logins {
  const plain = `${cookie}-login`
  const safe = `${domain === undefined ? "__Host-" : "__Secure-"}${plain}`
  // The browser comes back from another site: "strict" cookies would not come along.
  const sameSite = chosen === "strict" ? "lax" : chosen
  const isSecure = ({ scheme }: Exchange): boolean => secure ?? (scheme === "https" || sameSite === "none")
  const nameFor = (exchange: Exchange): string => (isSecure(exchange) ? safe : plain)

  const put = (exchange: Exchange, name: string, value: string, maxAge: number): void =>
    setCookie(exchange.answerHeaders, name, value, { path: "/", domain, sameSite, secure: isSecure(exchange), maxAge })

  return {
    places: [plain, safe].map((name) => ({ in: "cookie", name })),
    async begin(exchange, made) {
      const base = nameFor(exchange)
      const under = cookieNames(exchange.headers).filter((name) => name.startsWith(`${base}.`))
      // Tabs that nobody logged in with would pile up until requests are too large.
      if (under.length >= most) for (const name of under) put(exchange, name, "", 0)
      const [state, nonce, verifier] = [random(), random(), random()]
      const login = { ...made, state, nonce, verifier, until: Date.now() + lasts }
      put(exchange, `${base}.${numberOf(state)}`, await seal.close(login), lasts / 1000)
      return login
    },
    async complete(exchange, state) {
      const name = `${nameFor(exchange)}.${numberOf(state)}`
      const text = cookieOf(exchange.headers, name)
      if (text === undefined) return undefined
      put(exchange, name, "", 0)
      const login = (await seal.open(text)) as Login | undefined
      if (!login || !areSame(login.state, state) || login.until < Date.now()) return undefined
      // A browser keeps what it was told to forget if somebody made a copy.
      const first = await store.add(`login used ${digest(state).toString("base64url")}`, mark, lasts)
      return first ? login : undefined
    },
  }
}

const mark = new Uint8Array([1])
const random = (): string => randomBytes(32).toString("base64url")
const digest = (text: string): Buffer => createHash("sha256").update(text).digest()

/** Names the cookie of a login, by digits as the parts of a cookie are named. */
const numberOf = (state: string): number => digest(state).readUIntBE(0, 6)

const areSame = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other))
