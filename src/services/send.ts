import { GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import type { Reply } from "../core/reply.ts"
import { HeaderList } from "../http/header-list.ts"
import { ResponseError } from "../http/response-parser.ts"
import { backwardHeaders, forwardHead } from "./forward-headers.ts"
import { type Connection, ConnectionLost, type Incoming, type Outgoing } from "./transport/connection.ts"
import type { Pool } from "./transport/pool.ts"
import type { Upstream } from "./upstream.ts"
import { apart, handshake } from "./websocket/handshake.ts"

/** Carries an exchange to an upstream and its answer back, streaming both ways. */
export async function send(exchange: Exchange, upstream: Upstream, service: string): Promise<Reply> {
  try {
    if (exchange.websocket) {
      const connection = await apart(exchange, upstream.http1).catch(notSent)
      return await handshake(exchange, exchange.websocket, connection, upstream, service)
    }
    const { http1: pool } = upstream
    const outgoing = outgoingOf(exchange, upstream)
    const connection = pool.takeIdle() ?? (await pool.take(exchange).catch(notSent))
    let incoming: Incoming
    try {
      incoming = await carry(exchange, connection, outgoing, pool)
    } catch (error) {
      // The service closed the connection just as it was used again: nothing was answered, and nothing is lost.
      const stale = error instanceof ConnectionLost && connection.uses > 1
      if (!stale || outgoing.body !== null || !repeatable.has(outgoing.method)) throw error
      incoming = await again(exchange, outgoing, pool, error)
    }
    const { status, lines, body } = incoming
    const headers = new HeaderList(lines)
    backwardHeaders(headers)
    return { status, headers, body }
  } catch (error) {
    throw failure(service, error)
  }
}

/** Doing it twice is the same as doing it once (RFC 9110 section 9.2.2). */
export const repeatable = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])

function outgoingOf(exchange: Exchange, { basePath, host }: Upstream): Outgoing {
  const { method, body, headers } = exchange
  const declared = body === null ? undefined : headers.get("content-length")
  return {
    method,
    head: forwardHead(exchange, basePath + exchange.rawPath + exchange.search, host),
    body,
    length: declared === undefined ? undefined : Number(declared),
  }
}

function carry(exchange: Exchange, connection: Connection, outgoing: Outgoing, pool: Pool): Promise<Incoming> {
  if (!exchange.isOver) return connection.send(outgoing, exchange)
  pool.putBack(connection)
  return exchange.unlessOver(new Promise<never>(() => undefined))
}

async function again(exchange: Exchange, outgoing: Outgoing, pool: Pool, error: Error): Promise<Incoming> {
  const another = await pool.take(exchange).catch((reason: unknown) => {
    throw reason instanceof GatewayError ? reason : error
  })
  return carry(exchange, another, outgoing, pool)
}

/** There was no connection to send anything on. */
class NoConnection extends Error {}

/** Says of what went wrong that nothing was sent. */
export const notSent = (cause: unknown): never => {
  throw cause instanceof GatewayError ? cause : new NoConnection("Nothing was sent.", { cause })
}

/** What went wrong on the way, as the client may know it; addresses and causes are for the log. */
export function failure(service: string, error: unknown): Error {
  if (error instanceof GatewayError) return error
  if (error instanceof ResponseError)
    return new GatewayError("bad_upstream", `Service "${service}" gave an answer that cannot be used.`, {
      cause: error,
    })
  const sent = !(error instanceof NoConnection)
  return new GatewayError("unreachable", `Cannot reach service "${service}".`, {
    cause: sent ? error : error.cause,
    sent,
  })
}
