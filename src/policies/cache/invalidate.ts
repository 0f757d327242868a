import type { Exchange } from "../../core/exchange.ts"
import type { Handler } from "../../core/handler.ts"
import type { Reply } from "../../core/reply.ts"
import { countedQuery, type KeyRules, uriOf } from "./key.ts"
import type { CacheRoom } from "./room.ts"

/** Passes on a request that may change something, and drops what is kept of what it changed (RFC 9111 section 4.4). */
export async function invalidated(exchange: Exchange, next: Handler, room: CacheRoom, keys: KeyRules): Promise<Reply> {
  const { search } = exchange
  const uri = uriOf(exchange, search)
  const counted = keys.query ? uriOf(exchange, countedQuery(search, keys.query)) : uri
  const reply = await next(exchange)
  if (reply.status < 200 || reply.status >= 400) return reply
  room.invalidate(uri)
  if (counted !== uri) room.invalidate(counted)
  for (const name of ["location", "content-location"]) {
    const said = reply.headers.get(name)
    const other = said === undefined ? null : URL.parse(said, uri)
    // Another origin has no say about this one.
    if (other && other.host === new URL(uri).host)
      room.invalidate(`${exchange.scheme}://${other.host}${other.pathname}${other.search}`)
  }
  return reply
}
