import type { Exchange } from "../../core/exchange.ts"
import type { Connections } from "./connections.ts"
import { type ConnectionWatch, type Http2Connection, mostStreams } from "./http2-connection.ts"
import { dialHttp2 } from "./http2-dial.ts"
import { Pool, type PoolOptions, tooManyWait } from "./pool.ts"

interface Waiting {
  resolve(connection: Http2Connection): void
  reject(error: Error): void
}

/** The HTTP/2 connections to one upstream: another one is opened when all have as many exchanges as they take. */
export class Http2Pool implements Connections, ConnectionWatch {
  /** For what HTTP/2 does not carry here: WebSockets. */
  readonly http1: Pool
  readonly #options: PoolOptions
  readonly #all = new Set<Http2Connection>()
  readonly #waiting: Waiting[] = []
  #opening = 0
  #sweeper: ReturnType<typeof setInterval> | undefined
  #disposed = false

  constructor(options: PoolOptions) {
    this.#options = options
    this.http1 = new Pool(options)
  }

  /** A connection with a place kept for one exchange, if there is one. */
  takeOpen(): Http2Connection | undefined {
    for (const connection of this.#all)
      if (!this.#fresh(connection)) this.#drop(connection)
      else if (connection.room > 0) return connection.book()
    return undefined
  }

  /** A place on a connection that is opened now, or freed by somebody; the exchange waits its turn, as long as it lasts. */
  take(exchange: Pick<Exchange, "whenOver">): Promise<Http2Connection> {
    return new Promise((resolve, reject) => {
      // Those for whom a place is on its way wait for no other.
      const unplaced = this.#waiting.length - this.#opening * mostStreams
      if (unplaced >= 0 && !this.#open() && unplaced >= this.#options.maxWaiting) return reject(tooManyWait())
      const waiting: Waiting = { resolve, reject }
      this.#waiting.push(waiting)
      exchange.whenOver((reason) => {
        const at = this.#waiting.indexOf(waiting)
        if (at >= 0) this.#waiting.splice(at, 1)
        reject(reason)
      })
    })
  }

  reachable(limit: number): Promise<boolean> {
    return this.http1.reachable(limit)
  }

  dispose(): void {
    this.#disposed = true
    clearInterval(this.#sweeper)
    this.#sweeper = undefined
    for (const connection of this.#idle()) this.#drop(connection)
    this.http1.dispose()
  }

  get busy(): number {
    let busy = this.#waiting.length + this.http1.busy
    for (const { streams } of this.#all) busy += streams
    return busy
  }

  get size(): { open: number; idle: number; waiting: number } {
    return { open: this.#all.size, idle: this.#idle().length, waiting: this.#waiting.length }
  }

  freed(connection: Http2Connection): void {
    this.#serve()
    if (connection.streams > 0 || !this.#all.has(connection)) return
    if (this.#disposed || this.#idle().length > this.#options.maxIdle) return this.#drop(connection)
    this.#sweeper ??= setInterval(() => this.#sweep(), 1000).unref()
  }

  left(connection: Http2Connection): void {
    // Not counted from now on: what ends slowly on it must not keep others from a connection that takes them.
    this.#all.delete(connection)
    this.#serve()
  }

  /** Whether one more is being opened now. */
  #open(): boolean {
    if (this.#all.size + this.#opening >= this.#options.maxConnections) return false
    this.#opening++
    dialHttp2(this.#options, this).then(
      (connection) => {
        this.#opening--
        connection.idleSince = performance.now()
        this.#all.add(connection)
        this.freed(connection)
      },
      (error: Error) => {
        this.#opening--
        // With a connection left, there is something to wait for.
        if (this.#all.size + this.#opening > 0) return
        for (const { reject } of this.#waiting.splice(0)) reject(error)
      },
    )
    return true
  }

  /** Gives places to those who wait longest, and opens another connection for those without. */
  #serve(): void {
    while (this.#waiting.length > 0) {
      const connection = this.takeOpen()
      if (!connection) break
      this.#waiting.shift()?.resolve(connection)
    }
    if (this.#waiting.length > this.#opening * mostStreams) this.#open()
  }

  #idle(): Http2Connection[] {
    return [...this.#all].filter(({ streams }) => streams === 0)
  }

  #fresh({ streams, idleSince }: Http2Connection): boolean {
    return streams > 0 || performance.now() - idleSince < this.#options.idleTimeout
  }

  #drop(connection: Http2Connection): void {
    this.#all.delete(connection)
    connection.close()
  }

  #sweep(): void {
    for (const connection of this.#idle()) if (!this.#fresh(connection)) this.#drop(connection)
    if (this.#idle().length > 0) return
    clearInterval(this.#sweeper)
    this.#sweeper = undefined
  }
}
