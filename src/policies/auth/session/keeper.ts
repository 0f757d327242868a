import type { Tools } from "../../../core/part.ts"
import type { BrowserCookie, CookieSide } from "./browser-cookie.ts"
import type { Seal } from "./seal.ts"
import type { Session } from "./session.ts"

/** What changes in the life of a session. */
export type Changes = Partial<Pick<Session, "seen" | "claims" | "tokens">>

/** Where sessions are written down. */
export interface SessionKeeper {
  /** What is there, whether it still lives or not. */
  read(exchange: CookieSide): Written | undefined | Promise<Written | undefined>
  write(exchange: CookieSide, session: Session, ttl: number): Promise<void>
  /** Writes changes down, unless the session was ended; those that others made meanwhile stay. */
  rewrite(exchange: CookieSide, session: Session, changes: Changes, ttl: number): Promise<Session | undefined>
  drop(exchange: CookieSide, session: Session, ttl: number): Promise<void>
}

/** A session as it was found; `ended`: it was, though its cookie is still around. */
export interface Written {
  readonly session: Session
  readonly ended: boolean
}

/** What sessions are kept with. */
export interface KeeperGround extends Pick<Tools, "keep" | "store"> {
  readonly cookie: BrowserCookie
  readonly seal: Seal
  readonly secrets: readonly string[]
  /** Whether the cookie outlives the browser. */
  readonly remember: boolean
}
