import { codeOf } from "../core/errors.ts"
import type { Handler } from "../core/handler.ts"
import type { Balancer } from "./balancer.ts"
import { blamed, type Outcome } from "./faults.ts"
import { send } from "./send.ts"
import type { Tries } from "./tries.ts"
import { answeredTry, beginTry, failedTry } from "./try-span.ts"
import { upload } from "./upload.ts"
import type { Upstream } from "./upstream.ts"
import type { Upstreams } from "./upstreams.ts"

/** Told when a try at an upstream begins; what it gives is told how that went, and how many milliseconds it took. */
export type Watch = (upstream: Upstream) => (outcome: Outcome, took: number) => void

/** Picks an upstream and sends the exchange there. */
export function dispatch(
  service: string,
  upstreams: Upstreams,
  pick: Balancer,
  watches: readonly Watch[],
  carry = send,
  tries?: Tries,
): Handler {
  const watch = together(watches)
  return async (exchange) => {
    const upstream = pick(upstreams.candidates(exchange), exchange)
    exchange.upstream = upstream
    const isSent = watch && upload(exchange)
    const tell = watch?.(upstream)
    const around = exchange.span
    const span = around && beginTry(exchange, around, service, upstream)
    const started = performance.now()
    exchange.asks(started)
    try {
      const reply = await carry(exchange, upstream, service)
      const now = performance.now()
      exchange.heard(now)
      tries?.answered(reply.status, now - started)
      if (span) answeredTry(exchange, span, reply.status)
      upstream.state.answered(reply.status, now - started, now)
      tell?.(reply, now - started)
      return reply
    } catch (error) {
      const now = performance.now()
      exchange.heard(now)
      tries?.failed(codeOf(error), now - started)
      if (span) failedTry(exchange, span, error)
      const outcome = blamed(exchange, error, isSent)
      if (outcome) upstream.state.failed(now)
      tell?.(outcome, now - started)
      throw error
    }
  }
}

function together(watches: readonly Watch[]): Watch | undefined {
  if (watches.length < 2) return watches[0]
  return (upstream) => {
    const told = watches.map((watch) => watch(upstream))
    return (outcome, took) => told.forEach((tell) => tell(outcome, took))
  }
}
