import type { Handler } from "./handler.ts"

/** A handler that waits for what knows nothing of exchanges, such as a function of the config: it ends with its own. */
export const untilOver =
  (handler: Handler): Handler =>
  (exchange) => {
    const reply = handler(exchange)
    return reply instanceof Promise ? exchange.unlessOver(reply) : reply
  }
