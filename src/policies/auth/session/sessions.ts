import type { Tools } from "../../../core/part.ts"
import type { Place } from "../scheme.ts"
import { browserCookie, type CookieSide } from "./browser-cookie.ts"
import { inCookie } from "./in-cookie.ts"
import { inStore } from "./in-store.ts"
import type { Changes, Written } from "./keeper.ts"
import { secretsOf, type SessionOptions } from "./options.ts"
import { sealing } from "./seal.ts"
import { newSession, type Session } from "./session.ts"

/** The sessions of one login: found in requests, begun, changed and ended. */
export interface Sessions {
  readonly places: readonly Place[]
  /** The session of a request; undefined when it has none that lives. At once where that can be. */
  find(exchange: CookieSide): Session | undefined | Promise<Session | undefined>
  /** Begins one, in the place of the one that the browser may have. */
  begin(exchange: CookieSide, content: Pick<Session, "claims" | "tokens">): Promise<Session>
  /** Writes changes down; gives the session with them, or undefined when it was ended meanwhile. */
  change(exchange: CookieSide, session: Session, changes: Changes): Promise<Session | undefined>
  /** Ends the session of a request, for whoever has its cookie. */
  end(exchange: CookieSide): Promise<Session | undefined>
}

/** Sessions by the config's words. The purpose keeps those of different logins apart, even under one secret. */
export function sessionsOf(options: SessionOptions, purpose: string, tools: Pick<Tools, "keep" | "store">): Sessions {
  const { idle, lifetime, remember } = options
  const secrets = secretsOf(options)
  const { cookie: name, domain, sameSite, secure } = options
  const cookie = browserCookie({ name, domain, sameSite, secure })
  const ground = { cookie, secrets, seal: sealing(secrets, `session of ${purpose}`), remember, ...tools }
  const keeper = options.keep === "store" ? inStore(ground) : inCookie(ground)
  // Noting each use would make every answer set a cookie.
  const noted = idle / 10

  const left = ({ begun, seen }: Session, now: number): number => Math.min(begun + lifetime, seen + idle) - now

  function alive(exchange: CookieSide, found: Written | undefined): Session | undefined | Promise<Session | undefined> {
    const now = Date.now()
    if (!found || found.ended || left(found.session, now) <= 0) return undefined
    const { session } = found
    return now - session.seen < noted ? session : change(exchange, session, { seen: now })
  }

  const change = (exchange: CookieSide, session: Session, changes: Changes): Promise<Session | undefined> =>
    keeper.rewrite(exchange, session, changes, Math.max(1, left({ ...session, ...changes }, Date.now())))

  return {
    places: cookie.places,
    find(exchange) {
      const found = keeper.read(exchange)
      return found instanceof Promise ? found.then((one) => alive(exchange, one)) : alive(exchange, found)
    },
    async begin(exchange, content) {
      const now = Date.now()
      const before = await keeper.read(exchange)
      if (before && !before.ended)
        await keeper.drop(exchange, before.session, Math.max(1, before.session.begun + lifetime - now))
      const session = newSession(content, now)
      await keeper.write(exchange, session, Math.min(idle, lifetime))
      return session
    },
    change,
    async end(exchange) {
      const found = await keeper.read(exchange)
      cookie.clear(exchange)
      if (!found || found.ended) return undefined
      await keeper.drop(exchange, found.session, Math.max(1, found.session.begun + lifetime - Date.now()))
      return found.session
    },
  }
}

/** The sessions that services begin: the same cookie under the same secret is the same session. */
export const ownSessions = (options: SessionOptions, tools: Pick<Tools, "keep" | "store">): Sessions =>
  sessionsOf(options, `cookie ${options.cookie}`, tools)
