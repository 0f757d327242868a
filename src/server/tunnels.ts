import type { Exchange } from "../core/exchange.ts"
import type { Tunnel } from "../core/tunnel.ts"
import type { Gateway, Route } from "../gateway/compile.ts"
import { written } from "./changes.ts"
import type { Joined } from "./websocket.ts"

type Asked = Pick<Exchange, "method" | "host" | "path">

interface Open extends Joined, Asked {
  /** What its route and its service were when it began. */
  readonly ground: string
}

// Clients that have to leave are told a few at a time, because all of them come back.
const pause = 50
const atOnce = 10

/** The WebSockets that are open: they outlive a reload where their route and their service did not change. */
export class Tunnels {
  readonly #open = new Set<Open>()
  readonly #grounds = new WeakMap<Route, Map<string, string>>()
  #leaving: Open[] = []
  #timer: ReturnType<typeof setInterval> | undefined
  #idle: (() => void) | undefined

  get size(): number {
    return this.#open.size
  }

  /** Takes one in; what is given back goes with the client's socket. */
  add(tunnel: Tunnel, { method, host, path }: Asked, gateway: Gateway): Joined {
    const ground = this.#ground(gateway, { method, host, path }, tunnel.service)
    const made: Open = { tunnel, method, host, path, ground, left: () => this.#left(made) }
    this.#open.add(made)
    return made
  }

  /** This is served now: those for whom it is another place have to come again. */
  swapped(gateway: Gateway): void {
    this.#leaving = [...this.#open].filter((one) => this.#ground(gateway, one, one.tunnel.service) !== one.ground)
    if (this.#leaving.length > 0) this.#timer ??= setInterval(() => this.#shutSome(), pause)
  }

  /** Closes all; settles when the last client is gone. */
  async end(): Promise<void> {
    for (const { tunnel } of this.#open) tunnel.shut(1001, "The gateway stops.")
    if (this.#open.size > 0) await new Promise<void>((resolve) => (this.#idle = resolve))
  }

  #shutSome(): void {
    for (const { tunnel } of this.#leaving.splice(0, atOnce)) tunnel.shut(1012, "The config changed.")
    if (this.#leaving.length > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #left(one: Open): void {
    this.#open.delete(one)
    if (this.#open.size === 0) this.#idle?.()
  }

  #ground(gateway: Gateway, { method, host, path }: Asked, service: string): string {
    const route = gateway.find(method, host, path, path)?.route
    if (!route) return ""
    const known = this.#grounds.get(route) ?? new Map<string, string>()
    this.#grounds.set(route, known)
    const { defaults, services } = gateway.config
    const ground = known.get(service) ?? written([route.key, route.choices, defaults, services.get(service)])
    known.set(service, ground)
    return ground
  }
}
