import { GatewayError } from "../../core/errors.ts"
import type { Policy } from "../../core/handler.ts"
import { about, object, optional } from "../../core/schema.ts"
import { duration, durationText } from "../../core/units.ts"
import { integer, oneOf } from "../../core/values.ts"
import type { Watch } from "../dispatch.ts"
import { eject } from "../ejections.ts"
import { blamed, faults, faultWords, isFault } from "../faults.ts"
import { defineGuard } from "../guard.ts"
import { upload } from "../upload.ts"
import type { UpstreamState } from "../upstream-state.ts"
import type { Upstream } from "../upstream.ts"
import { Circuit } from "./circuit.ts"

/** Leaves alone for a while who fails too often, then tries out with a few requests whether all is well again. */
export const breaker = defineGuard({
  name: "breaker",
  about:
    "Sends nothing for a while to an upstream, or to the whole service, that fails too often; then a few requests find out whether all is well again.",
  options: object({
    failures: about("It opens when so many percent of the requests failed.", optional(integer(1, 100), 50)),
    window: about("How far back requests count.", optional(duration(), "10s")),
    minimum: about("With fewer requests than this in the window it never opens.", optional(integer(1), 20)),
    on: about(`What counts as failed. ${faultWords}`, faults("connect", "closed", "timeout", 500, 502, 503, 504)),
    slow: about(
      "It also opens when too many answers are slow to begin.",
      optional(
        object({
          over: about("What is slow: longer than this.", duration()),
          percent: about("How many percent of the requests may be slow.", optional(integer(1, 100), 80)),
        }),
      ),
    ),
    open: about("How long nothing is sent.", optional(duration(), "10s")),
    probes: about(
      "How many requests then have to succeed, one failure being enough to go on waiting.",
      optional(integer(1), 3),
    ),
    scope: about(
      'What is left alone. "upstream": each for itself, while the others go on. "service": all of it, by what came of whole requests, retries included.',
      optional(oneOf("upstream", "service"), "upstream"),
    ),
  }),
  create(rules, { service, keep, log, metrics }) {
    const circuits = keep(`breaker of ${service}`, () => ({
      service: new Circuit(),
      upstreams: new WeakMap<UpstreamState, Circuit>(),
    }))
    const { on } = rules
    const count = (to: string) =>
      metrics.counter("bellhop_breaker_changes_total", "How often breakers opened and closed.", { service, to })
    const [opened, closed] = [count("open"), count("closed")]

    function circuitOf({ state }: Upstream): Circuit {
      const circuit = circuits.upstreams.get(state) ?? new Circuit()
      circuits.upstreams.set(state, circuit)
      return circuit
    }

    function told(what: string, circuit: Circuit, change: "opened" | "closed" | undefined): void {
      if (change) (change === "opened" ? opened : closed).value++
      if (change === "opened") log.warn(`${what} gets nothing for ${durationText(rules.open)}: ${circuit.reason}`)
      else if (change === "closed") log.info(`${what} answers again`)
    }

    const watch: Watch = (upstream) => {
      const circuit = circuitOf(upstream)
      const acts = <T>(act: () => T): T => {
        const before = circuit.from
        const result = act()
        if (circuit.from !== before) eject(upstream.state, "breaker", circuit.from)
        return result
      }
      const ticket = acts(() => circuit.enter(rules, performance.now()))
      return (outcome, took) => {
        const change = acts(() => circuit.leave(ticket, isFault(on, outcome), took, rules, performance.now()))
        told(`service "${service}": ${upstream.label}`, circuit, change)
      }
    }

    const around: Policy = (next) => async (exchange) => {
      const circuit = circuits.service
      const started = performance.now()
      const ticket = circuit.enter(rules, started)
      if (ticket === undefined) throw refusal(service, circuit.from - started)
      const isSent = upload(exchange)
      const back = (failed: boolean | undefined): void => {
        const now = performance.now()
        told(`service "${service}"`, circuit, circuit.leave(ticket, failed, now - started, rules, now))
      }
      try {
        const reply = await next(exchange)
        back(isFault(on, reply))
        return reply
      } catch (error) {
        back(isFault(on, blamed(exchange, error, isSent)))
        throw error
      }
    }

    return rules.scope === "service" ? { around } : { watch }
  },
})

function refusal(service: string, wait: number): GatewayError {
  // Without an end: it is being tried out right now.
  const seconds = Number.isFinite(wait) ? Math.ceil(wait / 1000) : 1
  return new GatewayError("unavailable", `Service "${service}" fails too often: it is left alone for a while.`, {
    headers: { "retry-after": String(seconds) },
  })
}
