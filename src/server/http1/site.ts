import type { Exchange } from "../../core/exchange.ts"
import type { Log } from "../../core/log.ts"
import type { Reply } from "../../core/reply.ts"
import type { Live } from "../live.ts"

/** What the connections of one listener have in common. */
export interface Site {
  readonly live: Live
  readonly log: Log
  readonly scheme: "http" | "https"
  /** Answers where the listener has pages of its own; undefined everywhere else. */
  readonly pages: ((exchange: Exchange) => Promise<Reply> | undefined) | undefined
}
