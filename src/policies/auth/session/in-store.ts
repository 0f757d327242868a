import { createHmac, timingSafeEqual } from "node:crypto"

import type { CookieSide } from "./browser-cookie.ts"
import type { KeeperGround, SessionKeeper, Written } from "./keeper.ts"
import { nameOf, type Session, sessionIn } from "./session.ts"

/** Keeps sessions in the store, encrypted. Their cookies are their ids, signed: others are not even looked up. */
export function inStore({ cookie, seal, secrets, remember, store }: KeeperGround): SessionKeeper {
  const signed = (id: string, secret: string): string =>
    `${id}.${createHmac("sha256", secret).update(`session ${id}`).digest("base64url")}`
  // Whoever reads the store learns no id that a cookie could be made of.
  const keyOf = (id: string): string => `session ${nameOf(id)}`

  function idOf(exchange: CookieSide): string | undefined {
    const text = cookie.read(exchange)
    const id = text?.split(".", 1)[0]
    if (text === undefined || !id) return undefined
    return secrets.some((secret) => areSame(text, signed(id, secret))) ? id : undefined
  }

  function tell(exchange: CookieSide, { id }: Session, ttl: number): void {
    cookie.write(exchange, signed(id, secrets[0] as string), remember ? Math.ceil(ttl / 1000) : undefined)
  }

  const bytesOf = async (session: Session): Promise<Uint8Array> => new TextEncoder().encode(await seal.close(session))

  const sessionOf = async (bytes: Uint8Array): Promise<Session | undefined> =>
    sessionIn(await seal.open(new TextDecoder().decode(bytes)))

  return {
    read(exchange) {
      const id = idOf(exchange)
      return id === undefined ? undefined : look(id)
    },
    async write(exchange, session, ttl) {
      await store.set(keyOf(session.id), await bytesOf(session), ttl)
      tell(exchange, session, ttl)
    },
    async rewrite(exchange, { id }, changes, ttl) {
      const key = keyOf(id)
      for (;;) {
        const before = await store.get(key)
        const session = before && (await sessionOf(before))
        if (!before || !session) return undefined
        const changed = { ...session, ...changes }
        if (!(await store.replace(key, before, await bytesOf(changed), ttl))) continue
        if (remember) tell(exchange, changed, ttl)
        return changed
      }
    },
    async drop(_, { id }) {
      const key = keyOf(id)
      for (let found = await store.get(key); found; found = await store.get(key))
        if (await store.remove(key, found)) return
    },
  }

  async function look(id: string): Promise<Written | undefined> {
    const bytes = await store.get(keyOf(id))
    const session = bytes && (await sessionOf(bytes))
    return session?.id === id ? { session, ended: false } : undefined
  }
}

const areSame = (one: string, other: string): boolean => {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}
