import type { CookieSide } from "./browser-cookie.ts"
import type { KeeperGround, SessionKeeper, Written } from "./keeper.ts"
import { nameOf, type Session, sessionIn } from "./session.ts"

interface Known {
  readonly session: Session
  ended: boolean
  /** When the store was asked whether it was ended. */
  asked: number
}

// How long a session that was ended by another process may go on in this one.
const askEvery = 10_000
const most = 2048

/** Keeps sessions in their cookies. The store only knows those that were ended. */
export function inCookie({ cookie, seal, remember, keep, store }: KeeperGround): SessionKeeper {
  // Only what was closed with our own key gets in here, so nobody can fill it with anything else.
  const known = keep(`sessions in cookies ${seal.id}`, () => new Map<string, Known>())
  const endedKey = (id: string): string => `session ended ${nameOf(id)}`

  function learn(text: string, session: Session, ended: boolean): Known {
    const made = { session, ended, asked: Date.now() }
    known.delete(text)
    known.set(text, made)
    if (known.size > most) for (const oldest of known.keys()) return (known.delete(oldest), made)
    return made
  }

  async function look(text: string, before: Known | undefined): Promise<Written | undefined> {
    const session = before?.session ?? sessionIn(await seal.open(text))
    if (!session) return undefined
    const ended = (await store.get(endedKey(session.id))) !== undefined
    // Meanwhile it may have been ended right here.
    return learn(text, session, ended || known.get(text)?.ended === true)
  }

  async function write(exchange: CookieSide, session: Session, ttl: number): Promise<void> {
    const text = await seal.close(session)
    if (!cookie.write(exchange, text, remember ? Math.ceil(ttl / 1000) : undefined))
      throw new Error('Cannot keep a session in cookies: it is longer than 11 kb. Set keep: "store" for its sessions.')
    learn(text, session, false)
  }

  return {
    read(exchange) {
      const text = cookie.read(exchange)
      if (text === undefined) return undefined
      const found = known.get(text)
      return found && (found.ended || found.asked + askEvery > Date.now()) ? found : look(text, found)
    },
    write,
    async rewrite(exchange, session, changes, ttl) {
      const changed = { ...session, ...changes }
      await write(exchange, changed, ttl)
      return changed
    },
    async drop(_, { id }, ttl) {
      for (const one of known.values()) if (one.session.id === id) one.ended = true
      await store.set(endedKey(id), mark, ttl)
    },
  }
}

const mark = new Uint8Array([1])
