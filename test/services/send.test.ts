import type { Socket } from "node:net"

import { describe, expect, it } from "vitest"

import { GatewayError } from "../../src/core/errors.ts"
import { type Asked, exchange, failureOf, streamOf, textOf } from "../support/exchange.ts"
import { freePort, listener, type RawUpstream, rawUpstream } from "../support/upstream.ts"
import { endless, poolTo, stopped } from "./transport/pool-of.ts"

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

/** A service that answers the first request on a connection, and does something else with the second. */
function turning(second: (socket: Socket) => void): Promise<RawUpstream> {
  const used = new Set<Socket>()
  return rawUpstream(({ socket }) => {
    if (!used.has(socket)) {
      used.add(socket)
      return "HTTP/1.1 204 No Content\r\n\r\n"
    }
    second(socket)
    return undefined
  })
}

describe("send()", () => {
  it("carries the request and the answer, without what belongs to a connection", async () => {
    using service = await rawUpstream(
      () =>
        "HTTP/1.1 201 Made\r\nX-Made: 1\r\nConnection: keep-alive, x-hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=9\r\nContent-Length: 2\r\n\r\nok",
    )
    using to = poolTo(service.port)
    const reply = await to.ask({
      method: "PUT",
      path: "/a/b?c=d",
      headers: { "x-a": "1", connection: "x-b" },
      body: "hello",
    })
    expect([reply.status, [...reply.headers], await textOf(reply.body)]).toEqual([
      201,
      [
        ["x-made", "1"],
        ["content-length", "2"],
      ],
      "ok",
    ])
    const received = await service.next()
    expect(received).toMatchObject({ start: "PUT /a/b?c=d HTTP/1.1", body: "hello", framing: "chunked" })
    expect(received.all("host")).toEqual(["service.internal"])
    expect(received.all("connection")).toEqual([])
  })

  it("keeps the length of a body that the client told", async () => {
    using service = await rawUpstream()
    using to = poolTo(service.port)
    for (const pieces of [["hello"], ["he", "", "llo"]])
      await to.ask({ method: "POST", headers: { "content-length": "5" }, body: streamOf(...pieces) })
    const all = [await service.next(), await service.next()]
    expect(all).toMatchObject([
      { framing: "length", body: "hello" },
      { framing: "length", body: "hello" },
    ])
    expect(all[0]?.socket === all[1]?.socket).toBe(true)
  })

  it.each<[string, string, string]>([
    ["nonsense", "SSH-2.0-x\r\n", "bad_upstream"],
    ["a head that is not valid", "HTTP/1.1 200 OK\r\nA b\r\n\r\n", "bad_upstream"],
    ["half a head, then the end", "HTTP/1.1 200 OK\r\n", "bad_upstream"],
    ["half an answer to HEAD, then the end", "HTTP/1.1 100 Continue\r\n\r\n", "bad_upstream"],
    ["nothing, then the end", "", "unreachable"],
  ])("fails at %s", async (_, bytes, code) => {
    using service = await rawUpstream(({ socket }) => void socket.end(bytes))
    using to = poolTo(service.port)
    expect(await failureOf(() => to.ask())).toMatchObject({ code, status: 502 })
    expect(service.received).toHaveLength(1)
    expect(to.pool.size).toEqual({ open: 0, idle: 0, waiting: 0 })
  })

  it("says nothing of addresses and causes to the client", async () => {
    using to = poolTo(await freePort())
    const error = (await failureOf(() => to.ask())) as GatewayError
    expect(error.message).toBe('Cannot reach service "shop".')
  })
})

describe("send(), on a connection that the service closes just then,", () => {
  it.each(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])("sends %s once more on a new one", async (method) => {
    using service = await turning((socket) => socket.destroy())
    using to = poolTo(service.port)
    await to.ask({ method })
    expect((await to.ask({ method })).status).toBe(204)
    expect(service.received).toHaveLength(3)
  })

  it.each<[string, Asked]>([
    ["POST", { method: "POST" }],
    ["PATCH", { method: "PATCH" }],
    ["another method", { method: "PURGE" }],
    ["PUT with a body", { method: "PUT", body: "x" }],
    ["DELETE with a body", { method: "DELETE", body: "x" }],
  ])("does not send %s again", async (_, asked) => {
    using service = await turning((socket) => socket.destroy())
    using to = poolTo(service.port)
    await to.ask()
    const cause = { name: "ConnectionLost" }
    expect(await failureOf(() => to.ask(asked))).toMatchObject({ code: "unreachable", cause })
    expect(service.received).toHaveLength(2)
  })

  it("does not send again what was answered in part", async () => {
    using service = await turning((socket) => void socket.end("HTTP/1.1 2"))
    using to = poolTo(service.port)
    await to.ask()
    expect(await failureOf(() => to.ask())).toMatchObject({ code: "bad_upstream" })
    expect(service.received).toHaveLength(2)
  })

  it("does not send again on and on", async () => {
    let answers = 0
    using service = await rawUpstream(({ socket }) => (answers++ === 0 ? ok : void socket.destroy()))
    using to = poolTo(service.port)
    await to.ask()
    expect(await failureOf(() => to.ask())).toMatchObject({ code: "unreachable" })
    expect(service.received).toHaveLength(3)
  })

  it("does not send again on a connection that is new", async () => {
    using service = await rawUpstream(({ socket }) => void socket.destroy())
    using to = poolTo(service.port)
    expect(await failureOf(() => to.ask())).toMatchObject({ code: "unreachable" })
    expect(service.received).toHaveLength(1)
  })

  it("does it for whoever waited for that connection too", async () => {
    using service = await turning((socket) => socket.destroy())
    using to = poolTo(service.port, { maxConnections: 1 })
    const replies = await Promise.all([to.ask(), to.ask()])
    expect(replies.map(({ status }) => status)).toEqual([204, 204])
    expect(service.received).toHaveLength(3)
  })
})

describe("send(), of an exchange that ends,", () => {
  const gone = new GatewayError("client_gone", "The client went away.")

  it("sends nothing when it ended before", async () => {
    using service = await rawUpstream()
    using to = poolTo(service.port)
    const over = exchange({ path: "/over", method: "POST" })
    over.end(gone)
    await to.ask({ path: "/fine" })
    expect(await failureOf(() => to.ask(over))).toBe(gone)
    expect(to.pool.size).toEqual({ open: 1, idle: 1, waiting: 0 })
    await to.ask({ path: "/fine" })
    expect(service.received.map(({ target }) => target)).toEqual(["/fine", "/fine"])
  })

  it("opens no connection in vain when it ended before: somebody else has it", async () => {
    using service = await rawUpstream()
    using to = poolTo(service.port, { maxConnections: 1 })
    const over = exchange({ path: "/over" })
    over.end(gone)
    expect(await failureOf(() => to.ask(over))).toBe(gone)
    expect((await to.ask({ path: "/fine" })).status).toBe(200)
    expect(service.received.map(({ target }) => target)).toEqual(["/fine"])
  })

  it("closes the connection when it waits for the head", async () => {
    using service = await rawUpstream(({ target }) => (target === "/held" ? undefined : ok))
    using to = poolTo(service.port)
    const left = exchange({ path: "/held" })
    const asked = failureOf(() => to.ask(left))
    const received = await service.next("/held")
    left.end(gone)
    expect(await asked).toBe(gone)
    await received.gone
    expect(to.pool.size.open).toBe(0)
    expect((await to.ask()).status).toBe(200)
  })

  it("breaks the body off and closes the connection", async () => {
    using service = await rawUpstream(() => "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
    using to = poolTo(service.port)
    const left = exchange()
    const { body } = await to.ask(left)
    left.end(gone)
    expect(await failureOf(() => textOf(body))).toBe(gone)
    await (
      await service.next()
    ).gone
    expect(to.pool.size.open).toBe(0)
  })

  it("stops sending, and wants no more of the body", async () => {
    using service = await listener((socket) => void socket.pause())
    using to = poolTo(service.port)
    const { body, taken, cancelled } = endless()
    const left = exchange({ method: "POST", body })
    const asked = failureOf(() => to.ask(left))
    await stopped(taken)
    left.end(gone)
    expect([await asked, await cancelled]).toEqual([gone, gone])
    expect(to.pool.size.open).toBe(0)
  })

  it("leaves alone who uses the connection after it", async () => {
    using service = await rawUpstream(({ target }) => (target === "/held" ? undefined : ok))
    using to = poolTo(service.port)
    const first = exchange()
    await to.ask(first)
    const second = to.ask({ path: "/held" })
    const { socket } = await service.next("/held")
    first.end(gone)
    socket.write(ok)
    expect((await second).status).toBe(200)
    first.end(gone)
    expect(to.pool.size.idle).toBe(1)
  })
})
