import type { Exchange } from "../core/exchange.ts"
import type { HeaderList } from "../http/header-list.ts"
import { dropHopByHop } from "../http/hop-by-hop.ts"

// What a client claims about earlier hops is not to be believed, and our own names are not for it to use.
const claimed = (name: string): boolean =>
  name.startsWith("x-forwarded-") || name.startsWith("x-bellhop-") || name === "forwarded" || name === "x-real-ip"

/** The headers that a service gets: the client's, without what is not for it, with what the gateway knows. */
export function forwardHeaders(exchange: Exchange): HeaderList {
  const headers = exchange.headers.copy()
  dropHopByHop(headers)
  headers.drop((name) => claimed(name) || name === "host" || name === "expect")
  headers.append("x-forwarded-for", exchange.client)
  headers.append("x-forwarded-host", exchange.host)
  headers.append("x-forwarded-proto", exchange.scheme)
  return headers
}

/** Takes out of a service's answer what was meant for the gateway only. */
export function backwardHeaders(headers: HeaderList): void {
  dropHopByHop(headers)
  headers.drop((name) => name.startsWith("x-bellhop-"))
}
