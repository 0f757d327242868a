import { GatewayError } from "../../core/errors.ts"
import type { Exchange } from "../../core/exchange.ts"
import { Connection } from "./connection.ts"
import type { Connections } from "./connections.ts"
import { type Address, dial, openSocket } from "./dial.ts"

/** Where a pool connects to, and how many connections it may have. */
export interface PoolOptions extends Address {
  readonly maxConnections: number
  readonly maxIdle: number
  /** How long a connection may wait for its next use. */
  readonly idleTimeout: number
  /** How many exchanges may wait for a connection. */
  readonly maxWaiting: number
}

/** Nobody else may wait for a connection. */
export const tooManyWait = (): GatewayError =>
  new GatewayError("unavailable", "Too many requests wait for the service.", {
    headers: { "retry-after": "1" },
    sent: false,
  })

interface Waiting {
  resolve(connection: Connection): void
  reject(error: Error): void
  over: boolean
}

/** The connections to one upstream; they outlive a reload. */
export class Pool implements Connections {
  readonly #options: PoolOptions
  readonly #idle: Connection[] = []
  readonly #all = new Set<Connection>()
  readonly #waiting: Waiting[] = []
  /** Those that are not given back. */
  readonly #apart = new Set<Connection>()
  #opening = 0
  #sweeper: ReturnType<typeof setInterval> | undefined
  #disposed = false

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** A connection that is open and waits, if there is one: the one used last, so that the others may end. */
  takeIdle(): Connection | undefined {
    const now = performance.now()
    for (;;) {
      const connection = this.#idle.pop()
      if (!connection || this.#fresh(connection, now)) return connection
      this.#drop(connection)
    }
  }

  /** A connection of its own, opened now or freed by somebody; the exchange waits its turn, as long as it lasts. */
  take(exchange: Pick<Exchange, "whenOver">): Promise<Connection> {
    const { maxConnections, maxWaiting } = this.#options
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { resolve, reject, over: false }
      if (this.#all.size + this.#opening < maxConnections) this.#open(waiting)
      else if (this.#waiting.length < maxWaiting) this.#waiting.push(waiting)
      else return reject(tooManyWait())
      exchange.whenOver((reason) => {
        waiting.over = true
        const at = this.#waiting.indexOf(waiting)
        if (at >= 0) this.#waiting.splice(at, 1)
        reject(reason)
      })
    })
  }

  /** A connection outside of the pool, for an exchange that will not give it back. */
  async apart(): Promise<Connection> {
    const connection = new Connection((freed) => {
      freed.close()
      this.#apart.delete(freed)
    })
    await dial(connection, this.#options)
    this.#apart.add(connection)
    return connection
  }

  /** Takes back a connection that was not used after all. */
  putBack(connection: Connection): void {
    this.#freed(connection, true)
  }

  /** Ends what waits; connections under way end with their exchanges. */
  dispose(): void {
    this.#disposed = true
    clearInterval(this.#sweeper)
    this.#sweeper = undefined
    for (const connection of this.#idle.splice(0)) this.#drop(connection)
  }

  /** Whether a connection can be opened now; it is closed again at once. */
  async reachable(limit: number): Promise<boolean> {
    const connecting = openSocket(this.#options, { data() {} }).then(
      (socket) => {
        socket.terminate()
        return true
      },
      () => false,
    )
    return Promise.race([connecting, Bun.sleep(limit).then(() => false)])
  }

  /** How many exchanges have a connection, or wait for one. */
  get busy(): number {
    return this.#all.size - this.#idle.length + this.#apart.size + this.#opening + this.#waiting.length
  }

  get size(): { open: number; idle: number; waiting: number } {
    return { open: this.#all.size, idle: this.#idle.length, waiting: this.#waiting.length }
  }

  #open(waiting: Waiting): void {
    this.#opening++
    const connection = new Connection((freed, reusable) => this.#freed(freed, reusable))
    dial(connection, this.#options).then(
      () => {
        this.#opening--
        this.#all.add(connection)
        if (waiting.over) this.#freed(connection, true)
        else waiting.resolve(connection)
      },
      (error: Error) => {
        this.#opening--
        waiting.reject(error)
        this.#next()
      },
    )
  }

  #freed(connection: Connection, reusable: boolean): void {
    if (!reusable || connection.closed || this.#disposed) return this.#drop(connection)
    const waiting = this.#waiting.shift()
    if (waiting) return waiting.resolve(connection)
    if (this.#idle.length >= this.#options.maxIdle) return this.#drop(connection)
    connection.idleSince = performance.now()
    this.#idle.push(connection)
    this.#sweeper ??= setInterval(() => this.#sweep(), 1000).unref()
  }

  #drop(connection: Connection): void {
    connection.close()
    this.#all.delete(connection)
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
    this.#next()
  }

  /** A place became free: whoever waits longest gets a connection of its own. */
  #next(): void {
    if (this.#all.size + this.#opening >= this.#options.maxConnections) return
    const waiting = this.#waiting.shift()
    if (waiting) this.#open(waiting)
  }

  #fresh(connection: Connection, now: number): boolean {
    return now - connection.idleSince < Math.min(this.#options.idleTimeout, connection.keepFor)
  }

  #sweep(): void {
    const now = performance.now()
    for (const connection of this.#idle.filter((one) => !this.#fresh(one, now))) this.#drop(connection)
    if (this.#idle.length > 0) return
    clearInterval(this.#sweeper)
    this.#sweeper = undefined
  }
}
