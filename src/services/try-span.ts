import { codeOf } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import type { Span } from "../core/span.ts"
import type { Upstream } from "./upstream.ts"

/** Begins a span for a try at an upstream, in the place of the one that it is within. */
export function beginTry(exchange: Exchange, outer: Span, service: string, { address, label }: Upstream): Span {
  const span = outer.child("try", service)
  span.set("bellhop.service", service)
  span.set("bellhop.upstream", label)
  span.set("http.request.method", exchange.method)
  // Where an upstream is may be a secret: then its label says nothing of it, and neither does this.
  if (address.unix === undefined && label.includes(address.hostname)) {
    span.set("server.address", address.hostname)
    span.set("server.port", address.port)
  }
  exchange.span = span
  return span
}

/** An answer began: what is worked on is the span around the try again. */
export function answeredTry(exchange: Exchange, span: Span, status: number): void {
  exchange.span = span.parent
  span.end(status, status >= 500 ? String(status) : undefined)
}

/** There is none. */
export function failedTry(exchange: Exchange, span: Span, error: unknown): void {
  exchange.span = span.parent
  span.end(0, codeOf(error))
}
