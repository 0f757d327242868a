import { GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import { keepBody, type KeptBody } from "../core/keep-body.ts"
import type { Reply } from "../core/reply.ts"
import { HeaderList } from "../http/header-list.ts"
import { backwardHeaders, forwardLines } from "./forward-headers.ts"
import { failure, notSent, repeatable, send } from "./send.ts"
import { ConnectionLost, type Incoming } from "./transport/connection.ts"
import type { Http2Connection, Http2Outgoing } from "./transport/http2-connection.ts"
import type { Http2Pool } from "./transport/http2-pool.ts"
import { Refused } from "./transport/http2-stream.ts"
import type { Upstream } from "./upstream.ts"

/** Carries an exchange to an upstream as `send` does, over HTTP/2. */
export async function sendHttp2(exchange: Exchange, upstream: Upstream, service: string): Promise<Reply> {
  const { http2 } = upstream
  // RFC 8441 would carry WebSockets over HTTP/2; hardly any service takes them so.
  if (exchange.websocket || !http2) return send(exchange, upstream, service)
  try {
    const { status, lines, body } = await deliver(exchange, upstream, http2)
    const headers = new HeaderList(lines)
    backwardHeaders(headers)
    return { status, headers, body }
  } catch (error) {
    throw failure(service, error)
  }
}

async function deliver(exchange: Exchange, upstream: Upstream, pool: Http2Pool): Promise<Incoming> {
  // Nothing is begun with a body that cannot be read.
  if (exchange.body?.locked) throw new TypeError("Somebody else reads the body.")
  // A service that closes connections in good order refuses what was on its way then. It makes no room for that, so
  // hardly more than a first window was read of the body.
  const kept = exchange.body === null ? undefined : keepBody(exchange.body)
  const connection = pool.takeOpen() ?? (await pool.take(exchange).catch(notSent))
  const used = connection.uses > 0
  try {
    return await carry(exchange, connection, outgoingOf(exchange, upstream, kept))
  } catch (error) {
    // The service closed the connection just as it was used again.
    const stale = error instanceof ConnectionLost && used && !kept && repeatable.has(exchange.method)
    if (!stale && !(error instanceof Refused && kept?.whole !== false)) throw error
    return await again(exchange, outgoingOf(exchange, upstream, kept), pool, error)
  } finally {
    kept?.settle()
  }
}

function outgoingOf(exchange: Exchange, { basePath, host, address }: Upstream, kept?: KeptBody): Http2Outgoing {
  const { method, headers, rawPath, search } = exchange
  const declared = kept && headers.get("content-length")
  return {
    method,
    lines: forwardLines(exchange, basePath + rawPath + search, host, address.tls ? "https" : "http"),
    body: kept ? kept.stream() : null,
    length: declared === undefined ? undefined : Number(declared),
  }
}

async function again(exchange: Exchange, outgoing: Http2Outgoing, pool: Http2Pool, error: Error): Promise<Incoming> {
  // What was read of a body is gone for others, even where nothing was done with it.
  const undone = error instanceof Refused && outgoing.body === null
  const another =
    pool.takeOpen() ??
    (await pool.take(exchange).catch((reason: unknown) => {
      if (undone || reason instanceof GatewayError) return notSent(reason)
      throw error
    }))
  return carry(exchange, another, outgoing).catch((reason: unknown) => {
    if (undone && reason instanceof Refused) return notSent(reason)
    throw reason
  })
}

function carry(exchange: Exchange, connection: Http2Connection, outgoing: Http2Outgoing): Promise<Incoming> {
  if (!exchange.isOver) return connection.send(outgoing, exchange)
  connection.free()
  return exchange.unlessOver(new Promise<never>(() => undefined))
}
