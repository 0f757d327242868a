import type { Exchange } from "../../core/exchange.ts"
import type { Reply } from "../../core/reply.ts"
import type { TunnelLimits } from "../../core/tunnel.ts"
import { handshakeFault, handshakeKey } from "../../http/handshake.ts"
import { HeaderList } from "../../http/header-list.ts"
import { ResponseError } from "../../http/response-parser.ts"
import { backwardHeaders, forwardHead } from "../forward-headers.ts"
import type { Connection } from "../transport/connection.ts"
import type { Pool } from "../transport/pool.ts"
import type { Upstream } from "../upstream.ts"
import { Relay } from "./relay.ts"

/** Asks an upstream for a WebSocket in a client's name: a 101 brings a tunnel, everything else is an answer like any other. */
export async function handshake(
  exchange: Exchange,
  limits: TunnelLimits,
  connection: Connection,
  { basePath, host }: Upstream,
  service: string,
): Promise<Reply> {
  const { method, scheme, host: asked, client, proxies, trace, span, rawPath, search } = exchange
  const headers = exchange.headers.copy()
  // Each hop has a handshake of its own.
  headers.set("sec-websocket-key", handshakeKey())
  headers.delete("sec-websocket-extensions")
  const target = basePath + rawPath + search
  const asking = { method, scheme, host: asked, client, proxies, trace, span, headers, body: null }
  const head = forwardHead(asking, target, host, "websocket")
  const sent = connection.send({ method, head, body: null, length: undefined, upgrade: true })
  exchange.whenOver((reason) => connection.fail(reason))
  const { status, lines, body } = await sent
  const answer = new HeaderList(lines)
  const fault = status === 101 ? handshakeFault(answer, headers) : undefined
  if (fault !== undefined) {
    connection.fail(new Error(fault))
    throw new ResponseError(fault)
  }
  backwardHeaders(answer)
  if (status !== 101) return { status, headers: answer, body }
  answer.delete("sec-websocket-accept")
  const tunnel = new Relay(service, connection, limits)
  exchange.whenOver(() => tunnel.abandon())
  return { status, headers: answer, body: null, tunnel }
}

/** A connection that is not given back. */
export async function apart(exchange: Exchange, pool: Pool): Promise<Connection> {
  const connecting = pool.apart()
  try {
    return await exchange.unlessOver(connecting)
  } catch (error) {
    connecting.then(
      (late) => late.abort(),
      () => undefined,
    )
    throw error
  }
}
