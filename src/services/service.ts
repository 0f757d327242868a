import { isDown } from "../core/errors.ts"
import type { Handler } from "../core/handler.ts"
import { keepBody } from "../core/keep-body.ts"
import type { Tools } from "../core/part.ts"
import { authorized } from "./credentials/authorized.ts"
import { discover, type Discovery, onceKnown } from "./discover.ts"
import { dispatch } from "./dispatch.ts"
import { weighing } from "./effective-weight.ts"
import { guards } from "./guards/index.ts"
import { healthChecks } from "./health.ts"
import { type Mode, type ServiceOptions, serviceOptions } from "./options.ts"
import { sendHttp2 } from "./send-http2.ts"
import { send } from "./send.ts"
import { measuredTries } from "./tries.ts"
import { upstream } from "./upstream.ts"
import { Upstreams } from "./upstreams.ts"
import { websockets } from "./websocket/websockets.ts"

/** A service of a compiled config. */
export interface Service {
  readonly name: string
  readonly mode: Mode
  readonly upstreams: Upstreams
  /** Where its upstreams are found, if the config does not name them. */
  readonly discovery: Discovery | undefined
  /** Whether its upstreams are checked. */
  readonly checked: boolean
  readonly answer: Handler
}

// Long enough for a connection on this machine or nearby; nobody waits longer for a table.
const probeLimit = 150

/** Whether any upstream of a service takes connections now; undefined when none is asked. */
export async function isUp({ mode, upstreams, discovery }: Service): Promise<boolean | undefined> {
  if (mode === "mock") return undefined
  if (discovery?.waiting) await Promise.race([discovery.waiting, Bun.sleep(probeLimit)])
  if (discovery?.waiting) return undefined
  return (await Promise.all(upstreams.all.map(({ pool }) => pool.reachable(probeLimit)))).includes(true)
}

/** Builds a service: who answers, and how one of its upstreams is picked. */
export function createService(name: string, given: string | ServiceOptions, tools: Tools): Service {
  const options = typeof given === "string" ? serviceOptions.parse({ url: given }, [], () => undefined) : given
  const list = (options.url ?? []).map((one) => upstream(name, one, tools.keep, options))
  const upstreams = new Upstreams(name, list, options)
  tools.whenServed(() => () => upstreams.close())
  const mode = options.mock ?? (list.length > 0 || options.discover ? "real" : "mock")
  const asked = mode !== "mock"
  const health = asked ? options.health : undefined
  const checks = healthChecks(name, health, tools.log)
  tools.whenServed(() => checks.begin(upstreams.all))
  const discovery =
    asked && options.discover
      ? discover(name, options.discover, options, tools, (found) => {
          upstreams.replace(found)
          checks.cover(found)
        })
      : undefined
  const guarded = realHandler(name, upstreams, asked ? options : { ...options, auth: undefined }, tools)
  const real = discovery ? onceKnown(discovery, guarded) : guarded
  const plain =
    mode === "real" ? real : mode === "mock" ? tools.mocks(name, "mock") : fallback(real, tools.mocks(name, "fallback"))
  const answer = websockets(name, options.websocket, asked ? real : undefined, plain)
  return { name, mode, upstreams, discovery, checked: health !== undefined, answer }
}

function realHandler(name: string, upstreams: Upstreams, options: ServiceOptions, tools: Tools): Handler {
  const { timeout } = options
  const ground = { service: name, upstreams, keep: tools.keep, log: tools.log, metrics: tools.metrics }
  const chosen = guards.flatMap((guard) => {
    const given: unknown = Reflect.get(options, guard.name)
    return given === undefined ? [] : guard.create(given, ground)
  })
  const pick = options.balance({
    service: name,
    keep: tools.keep,
    weigh: weighing(options.slowStart),
    random: Math.random,
  })
  const watches = chosen.flatMap(({ watch }) => watch ?? [])
  const carry = options.protocol === "http2" ? sendHttp2 : send
  const plain = chosen.reduceRight<Handler>(
    (next, { around }) => around?.(next) ?? next,
    dispatch(name, upstreams, pick, watches, carry, measuredTries(name, tools.metrics)),
  )
  const credentials = options.auth?.clientCredentials
  const guarded = credentials ? authorized(name, credentials, tools, plain) : plain
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
    const kept = exchange.body === null ? undefined : keepBody(exchange.body)
    const attempt = exchange.derive({ ...exchange, body: kept ? kept.stream() : null })
    try {
      return await attempt.unlessOver(Promise.resolve(real(attempt)))
    } catch (error) {
      // A mock that sees half of a body would make up an answer to something that nobody asked.
      if (!isDown(error) || exchange.isOver || kept?.whole === false) throw error
      exchange.body = kept ? kept.stream() : null
      return mocks(exchange)
    } finally {
      attempt.settled()
      kept?.settle()
    }
  }
