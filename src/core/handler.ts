import type { Exchange } from "./exchange.ts"
import type { Reply } from "./reply.ts"

/** Turns an exchange into a reply, or fails when the exchange is over. Everything that answers is one of these. */
export type Handler = (exchange: Exchange) => Reply | Promise<Reply>

/** A rule around a handler, bound when the config is compiled; calling next twice is how a retry is written. */
export type Policy = (next: Handler) => Handler
