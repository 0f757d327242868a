import { GatewayError } from "../../../core/errors.ts"
import type { Exchange } from "../../../core/exchange.ts"
import { changes, siteOf } from "../../csrf.ts"

/**
 * Refuses what pages of other origins have a browser send along with a cookie: requests that may change something, and
 * WebSockets; `everything`: plain links as well. What says nothing of where it comes from is sent by no browser.
 */
export function refuseOtherOrigins(exchange: Exchange, trusted: ReadonlySet<string>, everything = false): void {
  if ((everything || changes(exchange)) && siteOf(exchange, trusted) === "other")
    throw new GatewayError("forbidden", "Pages of other origins cannot do this in the name of a user.")
}
