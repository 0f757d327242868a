import type { TLSOptions } from "bun"

import { GatewayError } from "../../core/errors.ts"
import { Connection } from "./connection.ts"

/** Where a pool connects to, and how many connections it may have. */
export interface PoolOptions {
  readonly hostname: string
  readonly port: number
  readonly tls: TLSOptions | undefined
  readonly maxConnections: number
  readonly maxIdle: number
  /** How long a connection may wait for its next use. */
  readonly idleTimeout: number
  readonly connectTimeout: number
  /** How many exchanges may wait for a connection. */
  readonly maxWaiting: number
}

interface Waiting {
  resolve(connection: Connection): void
  reject(error: Error): void
}

/** The connections to one upstream; they outlive a reload. */
export class Pool {
  readonly #options: PoolOptions
  readonly #idle: Connection[] = []
  readonly #all = new Set<Connection>()
  readonly #waiting: Waiting[] = []
  #opening = 0
  #sweeper: ReturnType<typeof setInterval> | undefined
  #disposed = false

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** A connection that is open and waits, if there is one: the one used last, so that the others may end. */
  takeIdle(): Connection | undefined {
    for (;;) {
      const connection = this.#idle.pop()
      if (!connection?.closed) return connection
    }
  }

  /** A connection of its own, opened now or freed by somebody; the exchange waits its turn. */
  take(): Promise<Connection> {
    const { maxConnections, maxWaiting } = this.#options
    if (this.#all.size + this.#opening < maxConnections) return this.#open()
    if (this.#waiting.length >= maxWaiting)
      return Promise.reject(
        new GatewayError("unavailable", "Too many requests wait for the service.", { headers: { "retry-after": "1" } }),
      )
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  /** Takes back a connection that was not used after all. */
  putBack(connection: Connection): void {
    this.#freed(connection, true)
  }

  /** Ends what waits; connections under way end with their exchanges. */
  dispose(): void {
    this.#disposed = true
    clearInterval(this.#sweeper)
    for (const connection of this.#idle.splice(0)) connection.close()
  }

  /** Whether a connection can be opened now; it is closed again at once. */
  async reachable(limit: number): Promise<boolean> {
    const { hostname, port } = this.#options
    const connecting = Bun.connect({ hostname, port, socket: { data() {} } }).then(
      (socket) => {
        socket.terminate()
        return true
      },
      () => false,
    )
    return Promise.race([connecting, Bun.sleep(limit).then(() => false)])
  }

  get size(): { open: number; idle: number; waiting: number } {
    return { open: this.#all.size, idle: this.#idle.length, waiting: this.#waiting.length }
  }

  async #open(): Promise<Connection> {
    const { hostname, port, tls, connectTimeout } = this.#options
    this.#opening++
    const connection = new Connection((freed, reusable) => this.#freed(freed, reusable))
    let timer: ReturnType<typeof setTimeout> | undefined
    let late = false
    try {
      const connecting = Bun.connect<Connection>({
        hostname,
        port,
        data: connection,
        ...(tls ? { tls } : {}),
        socket: handlers,
      })
      // A socket that opens after its time must not stay behind.
      connecting.then(
        (socket) => late && socket.terminate(),
        () => undefined,
      )
      const expired = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          late = true
          reject(new Error("Connecting took too long."))
        }, connectTimeout)
      })
      connection.opened(await Promise.race([connecting, expired]))
      this.#all.add(connection)
      return connection
    } catch (error) {
      connection.closed = true
      throw error
    } finally {
      clearTimeout(timer)
      this.#opening--
      if (connection.closed) this.#next()
    }
  }

  #freed(connection: Connection, reusable: boolean): void {
    if (!reusable || connection.closed || this.#disposed) {
      connection.close()
      this.#forget(connection)
      this.#next()
      return
    }
    const waiting = this.#waiting.shift()
    if (waiting) return waiting.resolve(connection)
    if (this.#idle.length >= this.#options.maxIdle) {
      connection.close()
      this.#forget(connection)
      return
    }
    connection.idleSince = performance.now()
    this.#idle.push(connection)
    this.#sweeper ??= setInterval(() => this.#sweep(), 1000)
    this.#sweeper.unref()
  }

  #forget(connection: Connection): void {
    this.#all.delete(connection)
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
  }

  /** A place became free: whoever waits longest gets a connection of its own. */
  #next(): void {
    if (this.#all.size + this.#opening >= this.#options.maxConnections) return
    const waiting = this.#waiting.shift()
    if (waiting) this.#open().then(waiting.resolve, waiting.reject)
  }

  #sweep(): void {
    const before = performance.now() - this.#options.idleTimeout
    while (this.#idle[0] && this.#idle[0].idleSince < before) this.#idle.shift()?.close()
    if (this.#idle.length > 0) return
    clearInterval(this.#sweeper)
    this.#sweeper = undefined
  }
}

const handlers = {
  data: (socket: { data: Connection }, data: Buffer) => socket.data.received(data),
  drain: (socket: { data: Connection }) => socket.data.drained(),
  close: (socket: { data: Connection }, error?: Error) => socket.data.gone(error),
  error: (socket: { data: Connection }, error: Error) => socket.data.gone(error),
  end: (socket: { data: Connection }) => socket.data.gone(),
}
