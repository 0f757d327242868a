import { GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import type { Handler } from "../core/handler.ts"
import type { Tools } from "../core/part.ts"
import { keepBody } from "./keep-body.ts"
import { dispatch } from "./dispatch.ts"
import { guards } from "./guards/index.ts"
import { type Mode, type ServiceOptions, serviceOptions } from "./options.ts"
import { upstream } from "./upstream.ts"
import { Upstreams } from "./upstreams.ts"

/** A service of a compiled config. */
export interface Service {
  readonly name: string
  readonly mode: Mode
  readonly upstreams: Upstreams
  readonly answer: Handler
}

// Long enough for a connection on this machine or nearby; nobody waits longer for a table.
const probeLimit = 150

/** Whether any upstream of a service takes connections now; undefined when none is asked. */
export async function isUp({ mode, upstreams }: Service): Promise<boolean | undefined> {
  if (mode === "mock") return undefined
  return (await Promise.all(upstreams.all.map(({ pool }) => pool.reachable(probeLimit)))).includes(true)
}

/** Builds a service: who answers, and how one of its upstreams is picked. */
export function createService(name: string, given: string | ServiceOptions, tools: Tools): Service {
  const options = typeof given === "string" ? serviceOptions.parse({ url: given }, [], () => undefined) : given
  const list = (options.url ?? []).map((one) => upstream(name, one, tools.keep))
  const upstreams = new Upstreams(name, list)
  const mode = options.mock ?? (list.length > 0 ? "real" : "mock")
  const real = realHandler(name, upstreams, options, tools)
  const answer =
    mode === "real" ? real : mode === "mock" ? tools.mocks(name, "mock") : fallback(real, tools.mocks(name, "fallback"))
  return { name, mode, upstreams, answer }
}

function realHandler(name: string, upstreams: Upstreams, options: ServiceOptions, tools: Tools): Handler {
  const { timeout } = options
  const ground = { service: name, keep: tools.keep, log: tools.log }
  const sent = dispatch(name, upstreams, options.balance, [])
  const guarded = guards.reduceRight((next, guard) => {
    const chosen = Reflect.get(options, guard.name)
    return chosen === undefined ? next : guard.create(chosen, ground)(next)
  }, sent)
  if (timeout === undefined) return guarded
  return (exchange) => {
    exchange.limit(timeout)
    return guarded(exchange)
  }
}

/** The service while it can be reached, otherwise its mocks. */
const fallback =
  (real: Handler, mocks: Handler): Handler =>
  async (exchange) => {
    const kept = exchange.body === null ? undefined : await keepBody(exchange.body)
    const body = kept ? kept.stream() : null
    const attempt = exchange.derive({ ...exchange, body })
    try {
      return await attempt.unlessOver(Promise.resolve(real(attempt)))
    } catch (error) {
      const missing = error instanceof GatewayError && fallsBack.has(error.code)
      // A mock that sees half of a body would make up an answer to something that nobody asked.
      if (!missing || exchange.isOver || kept?.whole === false) throw error
      exchange.body = kept ? kept.stream() : null
      return mocks(exchange)
    } finally {
      attempt.settled()
    }
  }

const fallsBack = new Set<string>(["unreachable", "unavailable", "timeout", "bad_upstream"])
