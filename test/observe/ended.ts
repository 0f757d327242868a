import type { Exchange } from "../../src/core/exchange.ts"
import type { Ended } from "../../src/core/observer.ts"
import { type Asked, exchange } from "../support/exchange.ts"

/** How an exchange went, as a listener tells of it; what a test does not say is ordinary. */
export function ended(said: Partial<Ended> & { asked?: Asked; route?: string } = {}): Ended {
  const { asked, route, ...more } = said
  const of: Exchange = said.exchange ?? exchange(asked)
  if (route !== undefined) of.route = route
  const began = said.began ?? performance.now()
  return {
    exchange: of,
    status: 200,
    began,
    answered: began + 3,
    ended: began + 5,
    at: 1_700_000_000_123,
    received: 0,
    sent: 12,
    outcome: "whole",
    code: undefined,
    upstream: 2,
    ...more,
  }
}
