import type { Exchange } from "../../../src/core/exchange.ts"
import { Kept } from "../../../src/core/kept.ts"
import type { Reply } from "../../../src/core/reply.ts"
import { send } from "../../../src/services/send.ts"
import { Pool, type PoolOptions } from "../../../src/services/transport/pool.ts"
import { upstream } from "../../../src/services/upstream.ts"
import { type Asked, exchange } from "../../support/exchange.ts"

/** A pool to a service of the test, and how to ask it; ends with the test. */
export interface TestPool extends Disposable {
  readonly pool: Pool
  /** Sends a request as the gateway would. */
  ask(asked?: Asked | Exchange): Promise<Reply>
}

/** Opens a pool to a port of this machine. */
export function poolTo(port: number, options: Partial<PoolOptions> = {}): TestPool {
  const pool = new Pool({
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
  const to = { ...upstream("shop", { url }, new Kept().generation().keep), host: "service.internal", pool, http1: pool }
  return {
    pool,
    ask: (asked = {}) => send("whenOver" in asked ? asked : exchange(asked), to, "shop"),
    [Symbol.dispose]: () => pool.dispose(),
  }
}

/** Lets everything that is under way in this process go on for a while. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Settles once this is so. */
export async function until(so: () => boolean): Promise<void> {
  while (!so()) await turn()
}

/** Settles once a number that grows has stopped: every socket had its turn many times, and nothing came of it. */
export async function stopped(count: () => number): Promise<number> {
  let last = count()
  for (let same = 0; same < 200; same++) {
    await turn()
    if (count() === last) continue
    last = count()
    same = 0
  }
  return last
}

/** A body without end, which counts what was taken of it and knows when nobody wants it any more. */
export function endless(size = 64 * 1024): {
  body: ReadableStream<Uint8Array>
  taken(): number
  cancelled: Promise<unknown>
} {
  let taken = 0
  const { promise, resolve } = Promise.withResolvers<unknown>()
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        // Without this a client that never waits would fill all memory instead of failing a test.
        if (taken > 512 * 1024 * 1024) return controller.error(new Error("Somebody takes without end."))
        taken += size
        controller.enqueue(new Uint8Array(size))
      },
      cancel: resolve,
    },
    { highWaterMark: 0 },
  )
  return { body, taken: () => taken, cancelled: promise }
}
