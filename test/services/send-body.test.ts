import type { Socket } from "node:net"

import { describe, expect, it } from "vitest"

import { GatewayError } from "../../src/core/errors.ts"
import { type Asked, failureOf, streamOf, textOf } from "../support/exchange.ts"
import { listener, rawUpstream } from "../support/upstream.ts"
import { endless, poolTo, stopped, until } from "./transport/pool-of.ts"

describe("send(), of a request body,", () => {
  it("takes no more of it than the service takes", async () => {
    let received = 0
    const accepted = Promise.withResolvers<Socket>()
    using service = await listener((socket) => {
      socket.pause()
      socket.on("data", (bytes: Buffer) => (received += bytes.length))
      accepted.resolve(socket)
    })
    using to = poolTo(service.port)
    const { body, taken, cancelled } = endless()
    const asked = failureOf(() => to.ask({ method: "POST", body }))
    const socket = await accepted.promise
    socket.pause()
    const first = await stopped(taken)
    expect(first).toBeLessThan(24 * 1024 * 1024)
    socket.resume()
    await until(() => received > first + 16 * 1024 * 1024)
    socket.destroy()
    await asked
    await cancelled
  })

  it("relays an answer that comes before the body is sent, and closes the connection", async () => {
    using service = await listener((socket) => {
      socket.once("data", () => {
        socket.pause()
        socket.write("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
      })
    })
    using to = poolTo(service.port)
    const { body, cancelled } = endless()
    const reply = await to.ask({ method: "POST", body })
    expect([reply.status, await textOf(reply.body)]).toEqual([413, "big"])
    await cancelled
    expect(to.pool.size.open).toBe(0)
  })

  it("relays such an answer also when the service resets the connection behind it", async () => {
    using service = await listener((socket) => {
      socket.once("data", () => {
        socket.pause()
        socket.write("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig", () => socket.destroy())
      })
    })
    using to = poolTo(service.port)
    const { body, cancelled } = endless()
    expect((await to.ask({ method: "POST", body })).status).toBe(413)
    await cancelled
  })

  it("goes on sending while the answer comes", async () => {
    using service = await listener((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
      let received = ""
      socket.on("data", (bytes: Buffer) => {
        const before = received
        received += bytes.toString("latin1")
        if (received.includes("first") && !before.includes("first")) socket.write("5\r\nbegun\r\n")
        if (received.endsWith("0\r\n\r\n")) socket.write("4\r\nlast\r\n0\r\n\r\n")
      })
    })
    using to = poolTo(service.port)
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    const reply = await to.ask({ method: "POST", body: readable })
    await writer.write(Buffer.from("first"))
    const reader = (reply.body as ReadableStream<Uint8Array>).getReader()
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("begun")
    await writer.close()
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("last")
    expect((await reader.read()).done).toBe(true)
    expect(to.pool.size).toEqual({ open: 1, idle: 1, waiting: 0 })
  })

  it.each<[string, string[], string]>([
    ["longer than its length", ["hello", "GET /evil HTTP/1.1\r\n\r\n"], "hello"],
    ["longer in one piece", ["helloGET /evil HTTP/1.1\r\n\r\n"], ""],
    ["shorter than its length", ["hel"], "hel"],
  ])("that is %s never sends what could be another request, and closes the connection", async (_, pieces, sent) => {
    let received = ""
    const ended = Promise.withResolvers<void>()
    using service = await listener((socket) => {
      socket.on("data", (bytes: Buffer) => (received += bytes.toString("latin1")))
      socket.once("close", () => ended.resolve())
    })
    using to = poolTo(service.port)
    const asked: Asked = { method: "POST", headers: { "content-length": "5" }, body: streamOf(...pieces) }
    expect(await failureOf(() => to.ask(asked))).toMatchObject({ code: "unreachable" })
    await ended.promise
    expect(sent.startsWith(received.slice(received.indexOf("\r\n\r\n") + 4))).toBe(true)
    expect(received).not.toContain("evil")
    expect(to.pool.size.open).toBe(0)
  })

  it("fails with a body that fails, and closes the connection", async () => {
    using service = await rawUpstream()
    using to = poolTo(service.port)
    const reason = new GatewayError("body_too_large", "The body is larger than 1 kB.")
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from("ab")),
      pull: (controller) => controller.error(reason),
    })
    expect(await failureOf(() => to.ask({ method: "POST", body }))).toBe(reason)
    await until(() => to.pool.size.open === 0)
    expect(service.received.filter(({ complete }) => complete)).toEqual([])
  })

  it("begins nothing with a body that somebody else reads, and keeps no connection for it", async () => {
    using service = await rawUpstream()
    using to = poolTo(service.port)
    const body = streamOf("x")
    const reader = body.getReader()
    expect(await failureOf(() => to.ask({ method: "POST", body }))).toMatchObject({ cause: { name: "TypeError" } })
    expect(to.pool.size.open).toBe(0)
    expect(service.received).toEqual([])
    await reader.cancel()
  })
})
