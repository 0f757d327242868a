import type { Exchange } from "../core/exchange.ts"
import type { Reply } from "../core/reply.ts"
import type { Gateway, Route } from "../gateway/compile.ts"
import type { HeaderList } from "../http/header-list.ts"
import type { Metrics } from "../observe/metrics.ts"
import { written } from "./changes.ts"
import type { Joined } from "./websocket.ts"

/** Makes the connection of a client a WebSocket; false when the client is gone. */
export type Upgrade = (headers: HeaderList, joined: Joined) => boolean

type Asked = Pick<Exchange, "method" | "host" | "path">

interface Open extends Joined, Asked {
  /** The key of its route when it began. */
  readonly route: string
  /** What its route and its service were when it began. */
  readonly ground: string
  /** Says how its exchange went, once it is over. */
  tell: (() => void) | undefined
}

// Clients that have to leave are told a few at a time, because all of them come back.
const pause = 50
const atOnce = 10

/** The WebSockets that are open: they outlive a reload where their route and their service did not change. */
export class Tunnels {
  readonly #open = new Set<Open>()
  readonly #grounds = new WeakMap<Route, Map<string, string>>()
  readonly #metrics: Pick<Metrics, "websockets">
  #now: Gateway | undefined
  #leaving: Open[] = []
  #timer: ReturnType<typeof setInterval> | undefined
  #ended = false
  #idle: (() => void) | undefined

  constructor(metrics: Pick<Metrics, "websockets">) {
    this.#metrics = metrics
  }

  /** Joins a client to the tunnel that its exchange came to, at the path that it asked for; false when the client is gone. */
  join(reply: Reply, exchange: Exchange, path: string, upgrade: Upgrade, gateway: Gateway): boolean {
    const { tunnel, headers } = reply
    const { method, host } = exchange
    if (!tunnel) return false
    const asked: Asked = { method, host, path }
    const route = routeOf(gateway, asked)
    const ground = this.#ground(gateway, route, tunnel.service)
    const answered = performance.now()
    const left = (): void => this.#left(made)
    const made: Open = { ...asked, tunnel, route: route?.key ?? "", ground, left, tell: undefined }
    this.#open.add(made)
    this.#metrics.websockets(made.route, tunnel.service, 1)
    if (!upgrade(headers, made)) {
      this.#left(made)
      tunnel.abandon()
      return false
    }
    made.tell = () => exchange.ending?.ended(exchange, reply.status, answered, 0, 0, "whole")
    // The handshake may have taken longer than what it was for.
    if (this.#ended) this.#stop(made)
    else if (this.#now && this.#isElsewhere(made, this.#now)) this.#leave([made])
    return true
  }

  /** This is served now: those for whom it is another place have to come again. */
  swapped(gateway: Gateway): void {
    this.#now = gateway
    this.#leaving = []
    this.#leave([...this.#open].filter((one) => this.#isElsewhere(one, gateway)))
  }

  /** Closes all, and who comes late; settles when the last client is gone. */
  async end(): Promise<void> {
    this.#ended = true
    for (const one of this.#open) this.#stop(one)
    if (this.#open.size > 0) await new Promise<void>((resolve) => (this.#idle = resolve))
  }

  #stop({ tunnel }: Open): void {
    tunnel.shut(1001, "The gateway stops.")
  }

  #leave(some: readonly Open[]): void {
    this.#leaving.push(...some)
    if (this.#leaving.length > 0) this.#timer ??= setInterval(() => this.#leaveSome(), pause)
  }

  #leaveSome(): void {
    for (const { tunnel } of this.#leaving.splice(0, atOnce)) tunnel.shut(1012, "The config changed.")
    if (this.#leaving.length > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #left(one: Open): void {
    if (!this.#open.delete(one)) return
    this.#metrics.websockets(one.route, one.tunnel.service, -1)
    one.tell?.()
    if (this.#open.size === 0) this.#idle?.()
  }

  #isElsewhere(one: Open, gateway: Gateway): boolean {
    return this.#ground(gateway, routeOf(gateway, one), one.tunnel.service) !== one.ground
  }

  #ground(gateway: Gateway, route: Route | undefined, service: string): string {
    if (!route) return ""
    const known = this.#grounds.get(route) ?? new Map<string, string>()
    this.#grounds.set(route, known)
    const { defaults, services } = gateway.config
    const ground = known.get(service) ?? written([route.key, route.choices, defaults, services.get(service)])
    known.set(service, ground)
    return ground
  }
}

const routeOf = (gateway: Gateway, { method, host, path }: Asked): Route | undefined =>
  gateway.find(method, host, path, path)?.route
