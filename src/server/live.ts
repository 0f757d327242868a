import { GatewayError } from "../core/errors.ts"
import type { Log } from "../core/log.ts"
import { type Reply, toResponse } from "../core/reply.ts"
import { untilEnd } from "../core/until-end.ts"
import type { Built } from "../gateway/build.ts"
import { problemReply } from "../gateway/problem.ts"
import type { HeaderList } from "../http/header-list.ts"
import type { Metrics } from "../observe/metrics.ts"
import { announced } from "./announced.ts"
import { enter, type Listening } from "./door.ts"
import { Tunnels } from "./tunnels.ts"

/** A config while it serves, and how many exchanges are on it. */
export interface Generation {
  readonly number: number
  readonly built: Built
  inFlight: number
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
  readonly #counted: (route: string, status: number) => void
  readonly #tunnels: Tunnels
  #idle: (() => void) | undefined
  #disposed = 0

  constructor(log: Log, metrics: Metrics) {
    this.#log = log
    this.#metrics = metrics
    this.#tunnels = new Tunnels(metrics)
    this.#counted = (route, status) => metrics.answered(route, status)
  }

  get now(): Generation | undefined {
    return this.#now
  }

  /** From now on every new exchange is answered by this config; those under way end on the one they began with. */
  swap(built: Built): Generation {
    const before = this.#now
    const number = (before?.number ?? 0) + 1
    // The old checks end before the new ones begin: an upstream is never asked by both.
    before?.end()
    const next: Generation = { number, built, inFlight: 0, end: built.begin(), replaced: false }
    this.#now = next
    this.#metrics.generation = next.number
    if (before) {
      before.replaced = true
      if (before.inFlight === 0) this.#dispose(before)
    }
    this.#tunnels.swapped(built.gateway)
    return next
  }

  /** Answers a request with what is served now. */
  async answer(request: Request, server: Listening, scheme: "http" | "https"): Promise<Response> {
    const generation = this.#now
    const exchange = enter(request, server, scheme, generation?.built.gateway.paths)
    if ("refused" in exchange) {
      this.#metrics.answered("", exchange.refused.status)
      return this.#problem(exchange.refused, exchange.id, request.method)
    }
    if (!generation)
      return this.#problem(new GatewayError("unavailable", "No config is served yet."), exchange.id, request.method)
    // Bun's idle timeout would cut slow readers, slow services and quiet streams.
    server.timeout(request, 0)
    exchange.begin()
    generation.inFlight++
    this.#metrics.inFlight++
    let stays = false
    try {
      const reply = await generation.built.gateway.answer(exchange, this.#counted)
      if (reply.tunnel)
        return this.#tunnels.join(reply, exchange, request, server, generation.built.gateway)
          ? // Where the connection is a WebSocket already, this goes nowhere.
            new Response()
          : this.#problem(notUpgraded, exchange.id, request.method)
      if (this.stopping) reply.headers.set("connection", "close")
      if (!reply.byConfig || !(reply.body instanceof ReadableStream)) return respond(reply, request.method)
      reply.body = untilEnd(reply.body, () => this.#left(generation))
      const response = respond(reply, request.method)
      stays = true
      return response
    } finally {
      exchange.settled()
      if (!stays) this.#left(generation)
    }
  }

  /** Settles when the last exchange has its answer, whole where the config's own code makes it, and WebSockets are closed. */
  async drained(): Promise<void> {
    await this.#tunnels.end()
    if (this.#metrics.inFlight > 0) await new Promise<void>((resolve) => (this.#idle = resolve))
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

  #problem(error: GatewayError, id: string, method: string): Response {
    return respond(problemReply(error, { id, method, path: "" }, this.#log), method)
  }
}

const notUpgraded = new GatewayError("bad_request", "This connection cannot become a WebSocket.")

const isEvents = (headers: HeaderList): boolean =>
  /^text\/event-stream\b/i.test(headers.get("content-type") ?? "") &&
  !headers.has("content-length") &&
  !headers.has("content-encoding")

function respond(reply: Reply, method: string): Response {
  if (method === "HEAD" && reply.body instanceof ReadableStream) {
    void reply.body.cancel()
    reply.body = null
  }
  if (reply.body instanceof ReadableStream && isEvents(reply.headers)) reply.body = announced(reply.body)
  return toResponse(reply)
}
