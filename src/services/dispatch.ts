import type { Handler } from "../core/handler.ts"
import type { Balancer } from "./balancer.ts"
import { send } from "./send.ts"
import type { Upstream } from "./upstream.ts"
import type { Upstreams } from "./upstreams.ts"

/** Told how each try at an upstream went: a status, or an error before there was one. */
export type Outcome = (upstream: Upstream, result: { status: number } | { error: unknown }) => void

/** Picks an upstream and sends the exchange there. */
export function dispatch(service: string, upstreams: Upstreams, pick: Balancer, told: readonly Outcome[]): Handler {
  return async (exchange) => {
    const upstream = pick(upstreams.candidates(exchange), exchange)
    exchange.upstream = upstream
    const started = performance.now()
    try {
      const reply = await send(exchange, upstream, service)
      const now = performance.now()
      upstream.state.measured(now - started, now)
      for (const tell of told) tell(upstream, reply)
      return reply
    } catch (error) {
      for (const tell of told) tell(upstream, { error })
      throw error
    }
  }
}
