import { discard } from "../core/discard.ts"
import { GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import type { Log } from "../core/log.ts"
import { bodiless, type Reply } from "../core/reply.ts"
import { untilEnd } from "../core/until-end.ts"
import type { Built } from "../gateway/build.ts"
import type { Counted } from "../gateway/compile.ts"
import { problemReply } from "../gateway/problem.ts"
import { type PathRules, standardPaths } from "../http/path-rules.ts"
import type { ProxyRules } from "../http/proxy-rules.ts"
import type { Metrics } from "../observe/metrics.ts"
import type { Refused } from "./door.ts"
import { type Measuring, measuring } from "./ending.ts"
import { Tunnels, type Upgrade } from "./tunnels.ts"

/** A config while it serves, and how many exchanges are on it. */
export interface Generation {
  readonly number: number
  readonly built: Built
  inFlight: number
  readonly counted: Counted
  readonly ending: Measuring
  /** Ends what runs beside the exchanges. */
  end(): void
  /** A newer one took over: dispose of this one when its last exchange ends. */
  replaced: boolean
}

// The collector is in no hurry to find whole old configs: left to itself it keeps dozens of them.
const collectEvery = 50

/** What is served now: one pointer, swapped by a reload. */
export class Live {
  #now: Generation | undefined
  /** The gateway is about to end: clients are asked to leave with each answer. */
  stopping = false
  readonly #log: Log
  readonly #metrics: Metrics
  readonly #unrouted: number
  readonly #tunnels: Tunnels
  #idle: (() => void) | undefined
  #disposed = 0

  constructor(log: Log, metrics: Metrics) {
    this.#log = log
    this.#metrics = metrics
    this.#unrouted = metrics.counterOf("")
    this.#tunnels = new Tunnels(metrics)
  }

  get now(): Generation | undefined {
    return this.#now
  }

  /** From now on every new exchange is answered by this config; those under way end on the one they began with. */
  swap(built: Built): Generation {
    const before = this.#now
    const number = (before?.number ?? 0) + 1
    const { measures } = built.observing
    // The old checks end before the new ones begin: an upstream is never asked by both.
    before?.end()
    const next: Generation = {
      number,
      built,
      inFlight: 0,
      counted: this.#counter(built),
      ending: measuring(built.gateway, built.observing.observers, measures ? this.#metrics.http : undefined, this.#log),
      end: built.begin(),
      replaced: false,
    }
    this.#now = next
    this.#metrics.generation = next.number
    if (before) {
      before.replaced = true
      if (before.inFlight === 0) this.#dispose(before)
    }
    this.#tunnels.swapped(built.gateway)
    return next
  }

  /** How paths are read now. */
  get paths(): PathRules {
    return this.#now?.built.gateway.paths ?? standardPaths
  }

  /** Which proxies are believed now. */
  get proxies(): ProxyRules | undefined {
    return this.#now?.built.gateway.proxies
  }

  /** Answers a request that came in with what is served now; undefined when its connection became a WebSocket. */
  answer(came: Exchange | Refused, upgrade: Upgrade): Reply | undefined | Promise<Reply | undefined> {
    if ("refused" in came) {
      this.#metrics.count(this.#unrouted, came.refused.status)
      came.exchange.ending = this.#now?.ending
      return this.#problem(came.refused, came.exchange)
    }
    const generation = this.#now
    if (!generation) return this.#problem(new GatewayError("unavailable", "No config is served yet."), came)
    // The one that the client asked for: a target may rewrite it for the service.
    const { path } = came
    came.ending = generation.ending
    const made = generation.built.gateway.answer(came, generation.counted)
    if (made instanceof Promise || made.tunnel || made.body instanceof ReadableStream)
      return this.#answerLater(came, path, made, generation, upgrade)
    came.settled()
    if (this.stopping) made.headers.set("connection", "close")
    return made
  }

  /** An answer that has to be waited for, or that comes by and by: so long it is in flight. */
  async #answerLater(
    came: Exchange,
    path: string,
    made: Reply | Promise<Reply>,
    generation: Generation,
    upgrade: Upgrade,
  ): Promise<Reply | undefined> {
    came.begin()
    generation.inFlight++
    this.#metrics.inFlight++
    generation.ending.waits(came, 1)
    let stays = false
    try {
      const { gateway } = generation.built
      const reply = await made
      if (reply.tunnel)
        return this.#tunnels.join(reply, came, path, upgrade, gateway) ? undefined : this.#problem(notUpgraded, came)
      if (this.stopping) reply.headers.set("connection", "close")
      if (reply.body instanceof ReadableStream) {
        if (came.method === "HEAD" || bodiless.has(reply.status)) {
          discard(reply)
          reply.body = null
        } else if (reply.byConfig) {
          stays = true
          reply.body = untilEnd(reply.body, () => this.#left(generation))
        }
      }
      return reply
    } finally {
      came.settled()
      generation.ending.waits(came, -1)
      if (!stays) this.#left(generation)
    }
  }

  /** Settles when the last exchange has its answer, whole where the config's own code makes it, and WebSockets are closed. */
  async drained(): Promise<void> {
    await this.#tunnels.end()
    if (this.#metrics.inFlight > 0) await new Promise<void>((resolve) => (this.#idle = resolve))
  }

  #counter({ gateway, observing }: Built): Counted {
    if (!observing.measures) return () => undefined
    const counters = Uint32Array.from(gateway.routes, ({ key }) => this.#metrics.counterOf(key))
    return (_, status, place) => this.#metrics.count(place < 0 ? this.#unrouted : (counters[place] as number), status)
  }

  #dispose({ built }: Generation): void {
    built.dispose()
    if (++this.#disposed % collectEvery === 0) setImmediate(() => Bun.gc(true))
  }

  #left(generation: Generation): void {
    generation.inFlight--
    this.#metrics.inFlight--
    if (generation.replaced && generation.inFlight === 0) this.#dispose(generation)
    if (this.#metrics.inFlight === 0) this.#idle?.()
  }

  #problem(error: GatewayError, exchange: Exchange): Reply {
    exchange.failure = error.code
    return problemReply(error, exchange, this.#log)
  }
}

const notUpgraded = new GatewayError("bad_request", "This connection cannot become a WebSocket.")
