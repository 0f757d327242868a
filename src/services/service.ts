import { GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import type { Handler } from "../core/handler.ts"
import type { Tools } from "../core/part.ts"
import { keepBody } from "./keep-body.ts"
import { balancers } from "./balancers/index.ts"
import type { Mode, ServiceOptions } from "./options.ts"
import { send } from "./send.ts"
import { type Upstream, upstream } from "./upstream.ts"

/** A service of a compiled config. */
export interface Service {
  readonly name: string
  readonly mode: Mode
  readonly upstreams: readonly Upstream[]
  readonly answer: Handler
}

// Long enough for a connection on this machine or nearby; nobody waits longer for a table.
const probeLimit = 150

/** Whether any upstream of a service takes connections now; undefined when none is asked. */
export async function isUp({ mode, upstreams }: Service): Promise<boolean | undefined> {
  if (mode === "mock") return undefined
  return (await Promise.all(upstreams.map(({ pool }) => pool.reachable(probeLimit)))).includes(true)
}

/** Builds a service: who answers, and how one of its upstreams is picked. */
export function createService(name: string, given: string | ServiceOptions, tools: Tools): Service {
  const options = typeof given === "string" ? undefined : given
  const urls = typeof given === "string" ? [given] : given.url === undefined ? [] : [given.url].flat()
  const upstreams = urls.map((url) => upstream(url, tools.keep))
  const mode = options?.mock ?? (upstreams.length > 0 ? "real" : "mock")
  const real = realHandler(name, upstreams, options)
  const answer =
    mode === "real" ? real : mode === "mock" ? tools.mocks(name, "mock") : fallback(real, tools.mocks(name, "fallback"))
  return { name, mode, upstreams, answer }
}

function realHandler(name: string, upstreams: readonly Upstream[], options: ServiceOptions | undefined): Handler {
  const algorithm = balancers.find((part) => part.name === options?.balance) ?? balancers[0]
  const pick = algorithm?.create()
  const timeout = options?.timeout
  return (exchange) => {
    const [only] = upstreams
    if (!only || !pick) throw new GatewayError("unavailable", `Service "${name}" has no upstream.`)
    if (timeout !== undefined) exchange.limit(timeout)
    return send(exchange, upstreams.length === 1 ? only : pick(upstreams, exchange), name)
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
