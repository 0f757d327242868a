import type { Exchange } from "../../../src/core/exchange.ts"
import { Kept } from "../../../src/core/kept.ts"
import type { Reply } from "../../../src/core/reply.ts"
import { sendHttp2 } from "../../../src/services/send-http2.ts"
import { Http2Pool } from "../../../src/services/transport/http2-pool.ts"
import type { PoolOptions } from "../../../src/services/transport/pool.ts"
import { upstream } from "../../../src/services/upstream.ts"
import { type Asked, exchange } from "../../support/exchange.ts"

/** A pool of HTTP/2 to a service of the test, and how to ask it; ends with the test. */
export interface TestHttp2Pool extends Disposable {
  readonly pool: Http2Pool
  /** Sends a request as the gateway would. */
  ask(asked?: Asked | Exchange): Promise<Reply>
}

/** Opens a pool of HTTP/2 without TLS to a port of this machine. */
export function http2PoolTo(port: number, options: Partial<PoolOptions> = {}): TestHttp2Pool {
  const pool = new Http2Pool({
    hostname: "127.0.0.1",
    port,
    tls: undefined,
    maxConnections: 8,
    maxIdle: 8,
    idleTimeout: 60_000,
    connectTimeout: 10_000,
    maxWaiting: 8,
    ...options,
  })
  const url = `http://127.0.0.1:${port}`
  const made = upstream("shop", { url }, new Kept().generation().keep, { protocol: "http2" })
  const address = { ...made.address, tls: options.tls }
  const to = { ...made, address, host: "service.internal", pool, http1: pool.http1, http2: pool }
  return {
    pool,
    ask: (asked = {}) => sendHttp2("whenOver" in asked ? asked : exchange(asked), to, "shop"),
    [Symbol.dispose]: () => pool.dispose(),
  }
}
