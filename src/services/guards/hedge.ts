import { discard } from "../../core/discard.ts"
import { GatewayError } from "../../core/errors.ts"
import type { Exchange } from "../../core/exchange.ts"
import type { Handler } from "../../core/handler.ts"
import type { Reply } from "../../core/reply.ts"
import { about, either, object, optional, schema } from "../../core/schema.ts"
import { duration } from "../../core/units.ts"
import { integer } from "../../core/values.ts"
import { defineGuard } from "../guard.ts"
import { tryOf } from "../try-of.ts"
import { Latencies } from "./latencies.ts"
import { retryBudget } from "./retry-budget.ts"

// Not PUT and DELETE: of two at once, the one that comes second may answer something else.
const safe: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"])

// With fewer answers nobody knows what is slow.
const enough = 100

const slowest = schema<"p95">({ expected: '"p95"', types: '"p95"', accepts: (value) => value === "p95" })

/** Asks a second upstream when the first is slow, and takes the answer that begins first. */
export const hedge = defineGuard({
  name: "hedge",
  about:
    "Asks a second upstream when the first is slow, and takes the answer that begins first: for GET, HEAD and OPTIONS without a body.",
  options: object({
    after: about(
      'How long the first may take. "p95": longer than 95 of 100 requests took lately, once a hundred have been seen.',
      either(slowest, duration()),
    ),
    budget: about(
      "Percent of the requests of the last ten seconds that may be sent again, retries included; ten are always allowed.",
      optional(integer(1, 100), 20),
    ),
  }),
  create({ after, budget: percent }, ground) {
    const budget = retryBudget(ground)
    const hedges = ground.metrics.counter("bellhop_hedges_total", "Second tries, because the first was slow.", {
      service: ground.service,
    })
    const takes = (): boolean => {
      const taken = budget.take(percent)
      if (taken) hedges.value++
      return taken
    }
    const latencies = after === "p95" ? ground.keep(`latencies of ${ground.service}`, () => new Latencies()) : undefined

    const patience = (): number | undefined => {
      if (after !== "p95") return after
      return latencies && latencies.total >= enough ? latencies.quantile(0.95) : undefined
    }
    // A second try at the slow one itself would only make it slower.
    const elsewhere = (slow: object | undefined): boolean =>
      ground.upstreams.all.some((one) => one !== slow && one.state.isUp())

    return {
      around: (next) => async (exchange) => {
        // An upgrade has no answer that could be thrown away.
        if (exchange.body !== null || exchange.websocket || !safe.has(exchange.method)) return next(exchange)
        const wait = patience()
        const started = performance.now()
        const reply = await (wait === undefined ? next(exchange) : hedged(exchange, next, wait))
        // Also for a first try that lost: it would have taken longer.
        latencies?.add(performance.now() - started)
        return reply
      },
    }

    function hedged(exchange: Exchange, next: Handler, wait: number): Promise<Reply> {
      budget.asked(exchange)
      const send = async (one: Exchange): Promise<Reply> => {
        budget.isTry(one)
        return next(one)
      }
      return race(exchange, send, wait, (slow) => elsewhere(slow) && takes())
    }
  },
})

/** Sends an exchange, and once more after a while if that is allowed then; the first good answer ends the other try. */
function race(
  exchange: Exchange,
  send: (one: Exchange) => Promise<Reply>,
  wait: number,
  allowed: (slow: object | undefined) => boolean,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const running = new Set<Exchange>()
    let over = false
    let spare: Reply | undefined

    const finish = (settle: () => void): void => {
      over = true
      clearTimeout(timer)
      for (const loser of running) loser.end(new GatewayError("client_gone", "Another try was sooner."))
      settle()
    }
    const run = (one: Exchange): void => {
      running.add(one)
      send(one).then(
        (reply) => {
          running.delete(one)
          if (over) return discard(reply)
          // A failure is soon there: while another try may do better, it does not win.
          if (reply.status >= 500 && running.size > 0) return void (spare = reply)
          if (spare) discard(spare)
          exchange.upstream = one.upstream
          finish(() => resolve(reply))
        },
        (error: unknown) => {
          running.delete(one)
          if (over || running.size > 0) return
          exchange.upstream = one.upstream
          finish(() => (spare ? resolve(spare) : reject(error)))
        },
      )
    }
    const timer = setTimeout(() => {
      if (!allowed(first.upstream)) return
      const second = tryOf(exchange)
      second.avoid = new Set(first.avoid)
      if (first.upstream) second.avoid.add(first.upstream)
      run(second)
    }, wait)
    const first = tryOf(exchange)
    run(first)
  })
}
