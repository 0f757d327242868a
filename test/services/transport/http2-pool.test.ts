import { describe, expect, it } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import { exchange, failureOf, textOf } from "../../support/exchange.ts"
import {
  endHeaders,
  endStream,
  frame,
  frameService,
  headerBlock,
  http2Ok,
  type Http2Received,
  http2Service,
  word,
} from "../../support/http2.ts"
import { listener } from "../../support/upstream.ts"
import { http2PoolTo } from "./http2-pool-of.ts"
import { until } from "./pool-of.ts"

/** A service that answers when the test says so, and takes this many requests at once on a connection. */
async function holding(most?: number) {
  const held: Http2Received[] = []
  const options = most === undefined ? {} : { settings: { maxConcurrentStreams: most } }
  const service = await http2Service((received) => void held.push(received), options)
  const ok = http2Ok()
  return {
    service,
    held,
    /** Answers this many of those that wait. */
    release: (count = held.length) => held.splice(0, count).forEach(ok),
    [Symbol.dispose]: () => service[Symbol.dispose](),
  }
}

describe("Http2Pool", () => {
  it("carries many requests at once on one connection, also those that come while it opens", async () => {
    using slow = await holding()
    using to = http2PoolTo(slow.service.port, { maxConnections: 1, maxWaiting: 0 })
    const replies = Array.from({ length: 20 }, () => to.ask())
    await until(() => slow.held.length === 20)
    expect(to.pool.busy).toBe(20)
    expect(to.pool.size).toEqual({ open: 1, idle: 0, waiting: 0 })
    slow.release()
    expect(new Set((await Promise.all(replies)).map(({ status }) => status))).toEqual(new Set([200]))
    await until(() => to.pool.busy === 0)
    expect(to.pool.size).toEqual({ open: 1, idle: 1, waiting: 0 })
    expect(slow.service.sessions).toHaveLength(1)
  })

  it("opens another connection when one has as many as the service takes", async () => {
    using slow = await holding(3)
    using to = http2PoolTo(slow.service.port)
    const replies = Array.from({ length: 7 }, () => to.ask())
    await until(() => slow.held.length === 7)
    expect(slow.service.sessions).toHaveLength(3)
    slow.release()
    expect((await Promise.all(replies)).every(({ status }) => status === 200)).toBe(true)
  })

  it("puts no more than a hundred on one, however many the service takes", async () => {
    using slow = await holding()
    using to = http2PoolTo(slow.service.port)
    const replies = Array.from({ length: 101 }, () => to.ask())
    await until(() => slow.held.length === 101)
    expect(slow.service.sessions).toHaveLength(2)
    slow.release()
    await Promise.all(replies)
  })

  it("lets requests wait when it may not open more, and refuses those for whom there is no place to wait", async () => {
    using slow = await holding(1)
    using to = http2PoolTo(slow.service.port, { maxConnections: 1, maxWaiting: 1 })
    const first = to.ask()
    await until(() => slow.held.length === 1)
    const second = to.ask()
    await until(() => to.pool.size.waiting === 1)
    expect(await failureOf(() => to.ask())).toMatchObject({ code: "unavailable", sent: false })
    slow.release()
    await first
    await until(() => slow.held.length === 1)
    slow.release()
    expect((await second).status).toBe(200)
    expect(slow.service.sessions).toHaveLength(1)
  })

  it("forgets who waits no longer", async () => {
    using slow = await holding(1)
    using to = http2PoolTo(slow.service.port, { maxConnections: 1 })
    const first = to.ask()
    await until(() => slow.held.length === 1)
    const gone = new GatewayError("client_gone", "The client went away.")
    const left = exchange()
    const waits = failureOf(() => to.ask(left))
    await until(() => to.pool.size.waiting === 1)
    left.end(gone)
    expect(await waits).toBe(gone)
    expect(to.pool.size.waiting).toBe(0)
    slow.release()
    await first
    expect(slow.service.received).toHaveLength(1)
  })

  it("does not wait for a place where no connection can be opened", async () => {
    using nobody = await listener((socket) => socket.destroy())
    using to = http2PoolTo(nobody.port)
    const failures = await Promise.all([1, 2, 3].map(() => failureOf(() => to.ask({ method: "POST" }))))
    for (const failure of failures) expect(failure).toMatchObject({ code: "unreachable", sent: false })
    expect(to.pool.busy).toBe(0)
  })

  it("keeps no connection that takes no requests from the beginning", async () => {
    using busy = await listener((socket) => {
      socket.resume()
      socket.write(Buffer.concat([frame("settings", 0), frame("goAway", 0, word(0, 0))]))
    })
    using to = http2PoolTo(busy.port)
    expect(await failureOf(() => to.ask({ method: "POST" }))).toMatchObject({ code: "unreachable", sent: false })
    expect(to.pool.size.open).toBe(0)
  })

  it("gives up on a service that says nothing", async () => {
    const gone = Promise.withResolvers<void>()
    using silent = await listener((socket) => {
      socket.on("data", () => {})
      socket.on("close", () => gone.resolve())
    })
    using to = http2PoolTo(silent.port, { connectTimeout: 50 })
    const failure = await failureOf(() => to.ask())
    expect(failure).toMatchObject({ code: "unreachable", sent: false, cause: { message: "Connecting took too long." } })
    await gone.promise
  })

  it("closes connections that nobody used for a while, and those that are too many", async () => {
    using slow = await holding(1)
    using to = http2PoolTo(slow.service.port, { maxIdle: 1, idleTimeout: 1 })
    const replies = [to.ask(), to.ask()]
    await until(() => slow.held.length === 2)
    slow.release()
    await Promise.all(replies)
    await until(() => to.pool.size.open === 1)
    await until(() => slow.service.sessions.some(({ destroyed }) => destroyed))
    await until(() => to.pool.size.open === 0)
    await until(() => slow.service.sessions.every(({ destroyed }) => destroyed))
  })

  it("uses no connection that was idle for too long", async () => {
    using service = await http2Service()
    using to = http2PoolTo(service.port, { maxConnections: 1, maxWaiting: 0, idleTimeout: 1 })
    await to.ask()
    await until(() => to.pool.busy === 0)
    const since = performance.now()
    await until(() => performance.now() > since + 2)
    expect((await to.ask()).status).toBe(200)
    expect(service.sessions).toHaveLength(2)
  })

  it("begins nothing on a connection that the service is about to close, and lets the rest end on it", async () => {
    using slow = await holding()
    using to = http2PoolTo(slow.service.port, { maxConnections: 1 })
    const first = to.ask()
    await until(() => slow.held.length === 1)
    slow.service.sessions[0]?.goaway(0)
    await until(() => to.pool.size.open === 0)
    const second = to.ask()
    await until(() => slow.held.length === 2)
    slow.release()
    expect([await textOf((await first).body), await textOf((await second).body)]).toEqual(["ok", "ok"])
    expect(slow.service.sessions).toHaveLength(2)
  })

  it("lets what is under way end when it is disposed of", async () => {
    using slow = await holding()
    const to = http2PoolTo(slow.service.port)
    const reply = to.ask()
    await until(() => slow.held.length === 1)
    to.pool.dispose()
    slow.release()
    expect(await textOf((await reply).body)).toBe("ok")
    await until(() => slow.service.sessions.every(({ destroyed }) => destroyed))
    expect(to.pool.size.open).toBe(0)
  })

  it("says whether a connection can be opened", async () => {
    using service = await http2Service()
    using to = http2PoolTo(service.port)
    expect(await to.pool.reachable(5000)).toBe(true)
    service[Symbol.dispose]()
    expect(await to.pool.reachable(5000)).toBe(false)
  })

  it("takes settings that come later: more places for those who wait", async () => {
    const ok = headerBlock([":status", "200"])
    let asked = 0
    using service = await frameService(
      (stream, socket) => {
        if (++asked === 1) socket.write(frame("settings", 0, Buffer.concat([Buffer.from([0, 3]), word(2)])))
        else socket.write(frame("headers", stream, ok, endHeaders | endStream))
      },
      undefined,
      Buffer.concat([Buffer.from([0, 3]), word(1)]),
    )
    using to = http2PoolTo(service.port, { maxConnections: 1 })
    const first = exchange()
    const held = failureOf(() => to.ask(first))
    expect((await to.ask()).status).toBe(200)
    first.end(new GatewayError("client_gone", "The client went away."))
    await held
  })
})
