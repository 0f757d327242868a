import { describe, expect, it } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import { exchange, failureOf, textOf } from "../../support/exchange.ts"
import { freePort, listener, rawUpstream, type Received } from "../../support/upstream.ts"
import { poolTo, until } from "./pool-of.ts"

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
const answer = (received: Received, bytes = ok): void => void received.socket.write(bytes)
const silent = (): undefined => undefined

describe("Pool", () => {
  it("uses a connection again for the next request", async () => {
    using service = await rawUpstream()
    using to = poolTo(service.port)
    for (let round = 0; round < 5; round++) expect(await textOf((await to.ask()).body)).toBe("ok")
    expect(new Set(service.received.map(({ socket }) => socket)).size).toBe(1)
    expect(to.pool.size).toEqual({ open: 1, idle: 1, waiting: 0 })
  })

  it("uses the connection first that was used last", async () => {
    using service = await rawUpstream(silent)
    using to = poolTo(service.port)
    const asked = ["/a", "/b", "/c"].map((path) => to.ask({ path }))
    const [a, b, c] = [await service.next("/a"), await service.next("/b"), await service.next("/c")]
    for (const one of [a, c, b]) {
      answer(one)
      await until(() => to.pool.size.idle > [a, c, b].indexOf(one))
    }
    await Promise.all(asked)
    void to.ask({ path: "/d" })
    void to.ask({ path: "/e" })
    const [d, e] = [await service.next("/d"), await service.next("/e")]
    expect([d.socket === b.socket, e.socket === c.socket]).toEqual([true, true])
    answer(d)
    answer(e)
  })

  it("opens no more connections than it may: whoever comes later waits, first come first served", async () => {
    using service = await rawUpstream(silent)
    using to = poolTo(service.port, { maxConnections: 2 })
    const asked = ["/1", "/2", "/3", "/4"].map((path) => to.ask({ path }))
    const [one, two] = [await service.next("/1"), await service.next("/2")]
    expect(to.pool.size).toEqual({ open: 2, idle: 0, waiting: 2 })
    answer(two)
    const three = await service.next("/3")
    expect(three.socket === two.socket).toBe(true)
    answer(one)
    const four = await service.next("/4")
    expect(four.socket === one.socket).toBe(true)
    answer(three)
    answer(four)
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(to.pool.size).toEqual({ open: 2, idle: 2, waiting: 0 })
  })

  it("gives whoever waits a new connection when the one that became free cannot be used again", async () => {
    using service = await rawUpstream(silent)
    using to = poolTo(service.port, { maxConnections: 1 })
    const asked = [to.ask({ path: "/1" }), to.ask({ path: "/2" })]
    const one = await service.next("/1")
    answer(one, ok.replace("\r\n", "\r\nConnection: close\r\n"))
    const two = await service.next("/2")
    expect(two.socket === one.socket).toBe(false)
    answer(two)
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200])
    expect(to.pool.size).toEqual({ open: 1, idle: 1, waiting: 0 })
  })

  it("answers 503 with retry-after when too many wait", async () => {
    using service = await rawUpstream(silent)
    using to = poolTo(service.port, { maxConnections: 1, maxWaiting: 1 })
    const [first, second] = [to.ask({ path: "/1" }), to.ask({ path: "/2" })]
    const one = await service.next("/1")
    const error = await failureOf(() => to.ask({ path: "/3" }))
    expect(error).toMatchObject({ code: "unavailable", status: 503, headers: { "retry-after": "1" } })
    answer(one)
    answer(await service.next("/2"))
    expect([(await first).status, (await second).status]).toEqual([200, 200])
    expect(service.received.map(({ target }) => target)).toEqual(["/1", "/2"])
  })

  it("gives up whoever waits when the exchange ends, and its place with it", async () => {
    using service = await rawUpstream(silent)
    using to = poolTo(service.port, { maxConnections: 1, maxWaiting: 1 })
    const first = to.ask({ path: "/1" })
    const one = await service.next("/1")
    const left = exchange({ path: "/2" })
    const second = failureOf(() => to.ask(left))
    await until(() => to.pool.size.waiting === 1)
    left.end(new GatewayError("client_gone", "The client went away."))
    expect(await second).toMatchObject({ code: "client_gone" })
    expect(to.pool.size.waiting).toBe(0)
    const third = to.ask({ path: "/3" })
    answer(one)
    answer(await service.next("/3"))
    expect([(await first).status, (await third).status]).toEqual([200, 200])
    expect(service.received.map(({ target }) => target)).toEqual(["/1", "/3"])
  })

  it("keeps no more idle connections than it may", async () => {
    using service = await rawUpstream(silent)
    using to = poolTo(service.port, { maxIdle: 1 })
    const asked = ["/1", "/2", "/3"].map((path) => to.ask({ path }))
    const received = await Promise.all(["/1", "/2", "/3"].map((path) => service.next(path)))
    for (const one of received) answer(one)
    await Promise.all(asked)
    expect(to.pool.size).toEqual({ open: 1, idle: 1, waiting: 0 })
    await Promise.any(received.map(({ gone }) => gone))
  })

  it("fails everybody who waits, one by one, when the service went away", async () => {
    let end = (): void => {}
    const service = await listener((socket) => {
      end = () => void socket.destroy()
    })
    using to = poolTo(service.port, { maxConnections: 1 })
    const asked = ["/1", "/2", "/3"].map((path) => failureOf(() => to.ask({ path, method: "POST" })))
    await until(() => to.pool.size.open === 1)
    end()
    service[Symbol.dispose]()
    expect(await Promise.all(asked)).toMatchObject(asked.map(() => ({ code: "unreachable", status: 502 })))
    expect(to.pool.size).toEqual({ open: 0, idle: 0, waiting: 0 })
  })
})

describe("Pool, of idle connections,", () => {
  it("closes those that nobody used for a while", async () => {
    using service = await rawUpstream()
    using to = poolTo(service.port, { idleTimeout: 100 })
    await to.ask()
    await (
      await service.next()
    ).gone
    expect(to.pool.size).toEqual({ open: 0, idle: 0, waiting: 0 })
  })

  it("uses none that is older than it may be, even before it is closed", async () => {
    using service = await rawUpstream()
    using to = poolTo(service.port, { idleTimeout: 0 })
    await to.ask()
    await to.ask()
    expect(new Set(service.received.map(({ socket }) => socket)).size).toBe(2)
    await (
      await service.next()
    ).gone
  })

  it("closes them a second before the service does, as far as the service says", async () => {
    using service = await rawUpstream(() => ok.replace("\r\n", "\r\nKeep-Alive: timeout=2, max=9\r\n"))
    using to = poolTo(service.port)
    await to.ask()
    await to.ask()
    expect(new Set(service.received.map(({ socket }) => socket)).size).toBe(1)
    await (
      await service.next()
    ).gone
    expect(to.pool.size.open).toBe(0)
  })

  it("keeps none that the service leaves open for a second only", async () => {
    using service = await rawUpstream(() => ok.replace("\r\n", "\r\nKeep-Alive: timeout=1\r\n"))
    using to = poolTo(service.port)
    await to.ask()
    expect(to.pool.size.open).toBe(0)
  })

  it("forgets those that the service closed", async () => {
    using service = await rawUpstream()
    using to = poolTo(service.port)
    await to.ask()
    const { socket } = await service.next()
    socket.end()
    await until(() => to.pool.size.open === 0)
    expect((await to.ask({ method: "POST" })).status).toBe(200)
  })

  it("forgets those on which bytes come that nobody asked for, whole answers or parts of them", async () => {
    for (const bytes of ["HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison", "HTTP/1.1 200 OK\r\n", "\r\n", "\0"]) {
      using service = await rawUpstream()
      using to = poolTo(service.port)
      await to.ask()
      const { socket, gone } = await service.next()
      socket.write(bytes)
      await gone
      expect(to.pool.size.open).toBe(0)
      expect(await textOf((await to.ask()).body)).toBe("ok")
    }
  })
})

describe("Pool.dispose()", () => {
  it("ends idle connections at once, and the others after their exchange", async () => {
    using service = await rawUpstream(({ target }) => (target === "/idle" ? ok : undefined))
    using to = poolTo(service.port)
    const slow = to.ask({ path: "/slow" })
    const busy = await service.next("/slow")
    await to.ask({ path: "/idle" })
    const idle = await service.next("/idle")
    to.pool.dispose()
    await idle.gone
    busy.socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsl")
    const { body } = await slow
    busy.socket.write("ow")
    expect(await textOf(body)).toBe("slow")
    await busy.gone
    expect(to.pool.size).toEqual({ open: 0, idle: 0, waiting: 0 })
  })

  it("still serves whoever waits, and whoever comes from an older generation, without keeping anything", async () => {
    using service = await rawUpstream(({ target }) => (target === "/first" ? undefined : ok))
    using to = poolTo(service.port, { maxConnections: 1 })
    const [first, waiting] = [to.ask({ path: "/first" }), to.ask({ path: "/waiting" })]
    const held = await service.next("/first")
    to.pool.dispose()
    const late = to.ask({ path: "/late" })
    answer(held)
    expect((await Promise.all([first, waiting, late])).map(({ status }) => status)).toEqual([200, 200, 200])
    expect(to.pool.size).toEqual({ open: 0, idle: 0, waiting: 0 })
  })
})

describe("Pool.reachable()", () => {
  it("says whether a connection can be opened, and leaves none behind", async () => {
    const gone = Promise.withResolvers<void>()
    using service = await listener((socket) => socket.once("close", () => gone.resolve()))
    using to = poolTo(service.port)
    using nowhere = poolTo(await freePort())
    expect([await to.pool.reachable(5000), await nowhere.pool.reachable(5000)]).toEqual([true, false])
    await gone.promise
    expect(to.pool.size.open).toBe(0)
  })
})
