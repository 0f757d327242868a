import { describe, expect, it } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import { exchange, failureOf } from "../../support/exchange.ts"
import { frame, frames, frameService } from "../../support/http2.ts"
import { http2PoolTo } from "./http2-pool-of.ts"
import { until } from "./pool-of.ts"

describe("Http2Connection", () => {
  const gone = new GatewayError("timeout", "No answer.")

  /** A service that answers pings or not, and never a request. */
  const silent = (answers: boolean) => {
    const seen = { pings: 0, requests: 0, closed: false }
    return Promise.all([
      frameService(
        (_, socket) => {
          seen.requests++
          socket.on("close", () => (seen.closed = true))
        },
        (kind, payload, socket) => {
          if (kind !== frames.ping) return
          seen.pings++
          if (answers) socket.write(frame("ping", 0, payload, 1))
        },
      ),
      seen,
    ])
  }

  it("ends when somebody waited in vain and not even a ping is answered: with it all who wait on it", async () => {
    const [service, seen] = await silent(false)
    using to = http2PoolTo(service.port, { connectTimeout: 30 })
    const left = exchange({ method: "POST" })
    const waits = [failureOf(() => to.ask(left)), failureOf(() => to.ask({ method: "POST" }))]
    await until(() => seen.requests === 2)
    const since = performance.now()
    await until(() => performance.now() > since + 30)
    left.end(gone)
    expect(await waits[0]).toBe(gone)
    expect(await waits[1]).toMatchObject({ code: "unreachable", sent: true })
    await until(() => seen.closed)
    expect(to.pool.size.open).toBe(0)
    service[Symbol.dispose]()
  })

  it("goes on when the ping is answered", async () => {
    const [service, seen] = await silent(true)
    using to = http2PoolTo(service.port, { connectTimeout: 30 })
    for (let time = 1; time <= 2; time++) {
      const left = exchange({ method: "POST" })
      const waits = failureOf(() => to.ask(left))
      const { requests } = seen
      await until(() => seen.requests > requests)
      const since = performance.now()
      await until(() => performance.now() >= since + 30)
      left.end(gone)
      await waits
      await until(() => seen.pings === time)
    }
    const since = performance.now()
    await until(() => performance.now() >= since + 60)
    expect(to.pool.size.open).toBe(1)
    expect(seen.closed).toBe(false)
    service[Symbol.dispose]()
  })
})
