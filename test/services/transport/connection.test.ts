import type { Socket } from "node:net"

import { describe, expect, it } from "vitest"

import type { Reply } from "../../../src/core/reply.ts"
import { Connection } from "../../../src/services/transport/connection.ts"
import { dial } from "../../../src/services/transport/dial.ts"
import { failureOf, textOf } from "../../support/exchange.ts"
import { listener, type RawUpstream, rawUpstream } from "../../support/upstream.ts"
import { poolTo, stopped, type TestPool, until } from "./pool-of.ts"

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

/** A service whose answer to `/held` the test writes piece by piece, and a reply whose head has come. */
async function begun(
  service: RawUpstream,
  to: TestPool,
  head: string,
): Promise<{ socket: Socket; reply: Reply; gone: Promise<void> }> {
  const asked = to.ask({ path: "/held" })
  const { socket, gone } = await service.next("/held")
  socket.write(head)
  return { socket, reply: await asked, gone }
}

const held = (): Promise<RawUpstream> => rawUpstream(({ target }) => (target === "/held" ? undefined : ok))

describe("Connection, of an answer that is there at once,", () => {
  it("hands over the body as one piece of bytes", async () => {
    using service = await rawUpstream(() => ok)
    using to = poolTo(service.port)
    const { body } = await to.ask()
    expect(body).toBeInstanceOf(Uint8Array)
    expect(await textOf(body)).toBe("ok")
  })

  it("joins the chunks of a body", async () => {
    const chunks = "abcdefghijkl".split("").map((letter) => `1\r\n${letter}\r\n`)
    using service = await rawUpstream(() => `${chunked}${chunks.join("")}0\r\n\r\n`)
    using to = poolTo(service.port)
    const { body } = await to.ask()
    expect(body).toBeInstanceOf(Uint8Array)
    expect(await textOf(body)).toBe("abcdefghijkl")
  })

  it.each([
    ["HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"],
    ["GET", "HTTP/1.1 204 No Content\r\n\r\n"],
    ["GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n"],
    ["GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"],
  ])("has no body where there is none, and uses the connection again: %s %j", async (method, bytes) => {
    using service = await rawUpstream(() => bytes)
    using to = poolTo(service.port)
    for (let round = 0; round < 2; round++) expect((await to.ask({ method })).body).toBeNull()
    expect(new Set(service.received.map(({ socket }) => socket)).size).toBe(1)
  })

  it.each([
    ["an answer", `${ok}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison`],
    ["half an answer", `${ok}HTTP/1.1 200 OK\r\n`],
    ["one byte", `${ok}!`],
    ["a line end", `${ok}\r\n`],
    ["a body longer than its length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok, and more"],
    ["something behind chunks", `${chunked}2\r\nok\r\n0\r\n\r\nmore`],
  ])("drops %s behind it with the connection", async (_, bytes) => {
    using service = await rawUpstream(({ target }) => (target === "/bad" ? bytes : ok))
    using to = poolTo(service.port)
    expect(await textOf((await to.ask({ path: "/bad" })).body)).toBe("ok")
    expect(to.pool.size.open).toBe(0)
    await (
      await service.next("/bad")
    ).gone
    expect(await textOf((await to.ask({ path: "/good" })).body)).toBe("ok")
    expect(service.received.map(({ socket }) => socket)).toHaveLength(2)
  })

  it("closes a connection that the service wants closed, politely", async () => {
    using service = await rawUpstream(() => ok.replace("\r\n", "\r\nConnection: close\r\n"))
    using to = poolTo(service.port)
    await to.ask()
    const { socket, gone } = await service.next()
    const broken: Error[] = []
    socket.on("error", (error) => broken.push(error))
    await gone
    expect(broken).toEqual([])
    expect(to.pool.size.open).toBe(0)
  })
})

describe("Connection, of an answer that comes in pieces,", () => {
  it("hands over the head at once, and the body as it comes", async () => {
    using service = await held()
    using to = poolTo(service.port)
    const { socket, reply } = await begun(service, to, `${chunked}3\r\none\r\n`)
    const reader = (reply.body as ReadableStream<Uint8Array>).getReader()
    const next = async (): Promise<string> => Buffer.from((await reader.read()).value ?? []).toString()
    const seen = [await next()]
    socket.write("3\r\ntwo\r\n")
    seen.push(await next())
    expect(to.pool.size.idle).toBe(0)
    socket.write("0\r\n\r\n")
    expect((await reader.read()).done).toBe(true)
    expect(seen).toEqual(["one", "two"])
    expect((await to.ask()).status).toBe(200)
    expect(service.received.at(-1)?.socket === socket).toBe(true)
  })

  it("reads a body to the end of the connection", async () => {
    using service = await held()
    using to = poolTo(service.port)
    const { socket, reply } = await begun(service, to, "HTTP/1.0 200 OK\r\n\r\nfirst, ")
    socket.end("last")
    expect(await textOf(reply.body)).toBe("first, last")
    expect(to.pool.size.open).toBe(0)
  })

  it.each([
    ["of a length", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"],
    ["in chunks", `${chunked}4\r\nhalf\r\n`],
    ["in a chunk", `${chunked}9\r\nhalf`],
    ["in trailers", `${chunked}4\r\nhalf\r\n0\r\nA: b\r\n`],
  ])("breaks a body off that the service breaks off: %s", async (_, bytes) => {
    using service = await held()
    using to = poolTo(service.port)
    const { socket, reply } = await begun(service, to, bytes)
    socket.end()
    expect(await failureOf(() => textOf(reply.body))).toMatchObject({ name: "ResponseError" })
    expect(to.pool.size.open).toBe(0)
  })

  it("breaks a body off when the connection is reset, even one that lasts to its end", async () => {
    using service = await held()
    using to = poolTo(service.port)
    const { socket, reply } = await begun(service, to, "HTTP/1.1 200 OK\r\n\r\nhalf")
    socket.resetAndDestroy()
    expect(await failureOf(() => textOf(reply.body))).toMatchObject({ code: "ECONNRESET" })
    expect(to.pool.size.open).toBe(0)
  })

  it("breaks a body off that goes wrong, and closes the connection", async () => {
    using service = await held()
    using to = poolTo(service.port)
    const { socket, reply, gone } = await begun(service, to, `${chunked}3\r\none\r\n`)
    socket.write("0x3\r\ntwo\r\n")
    expect(await failureOf(() => textOf(reply.body))).toMatchObject({ name: "ResponseError" })
    await gone
    expect(to.pool.size.open).toBe(0)
  })

  it("closes the connection when the reader does not want the rest", async () => {
    using service = await held()
    using to = poolTo(service.port)
    const { reply, gone } = await begun(service, to, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
    await (reply.body as ReadableStream<Uint8Array>).cancel()
    await gone
    expect(to.pool.size.open).toBe(0)
    expect((await to.ask()).status).toBe(200)
  })

  it("keeps the connection when the reader leaves behind the end", async () => {
    using service = await held()
    using to = poolTo(service.port)
    const { socket, reply } = await begun(service, to, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha")
    socket.write("lf")
    await until(() => to.pool.size.idle === 1)
    await (reply.body as ReadableStream<Uint8Array>).cancel()
    expect((await to.ask()).status).toBe(200)
    expect(service.received.at(-1)?.socket === socket).toBe(true)
  })
})

describe("Connection, with a slow reader,", () => {
  it("stops the service, goes on with the reader, and ends with it", async () => {
    let written = 0
    const gone = Promise.withResolvers<void>()
    using service = await listener((socket) => {
      const piece = Buffer.alloc(64 * 1024)
      const more = (): void =>
        void socket.write(piece, (error) => {
          if (error) return
          written += piece.length
          more()
        })
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n")
        more()
      })
      socket.once("close", () => gone.resolve())
    })
    using to = poolTo(service.port)
    const reader = ((await to.ask()).body as ReadableStream<Uint8Array>).getReader()
    const first = await stopped(() => written)
    // What the kernel takes on both sides, and what waits here.
    expect(first).toBeLessThan(24 * 1024 * 1024)
    let read = 0
    while (read < first + 32 * 1024 * 1024) read += (await reader.read()).value?.byteLength ?? 0
    expect(await stopped(() => written)).toBeLessThan(read + 24 * 1024 * 1024)
    await reader.cancel()
    await gone.promise
    expect(to.pool.size.open).toBe(0)
  })

  it("gives every byte, in order, however slowly it reads", async () => {
    const sent = Buffer.alloc(6 * 1024 * 1024, "0123456789abcdefghijklmnopqrstuvwxyz-")
    using service = await rawUpstream(({ socket }) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${sent.length}\r\n\r\n`)
      socket.write(sent)
      return undefined
    })
    using to = poolTo(service.port)
    for (let round = 0; round < 2; round++) {
      const hash = new Bun.CryptoHasher("sha256")
      for await (const piece of (await to.ask()).body as ReadableStream<Uint8Array>) {
        hash.update(piece)
        await stopped(() => 0)
      }
      expect(hash.digest("hex")).toBe(new Bun.CryptoHasher("sha256").update(sent).digest("hex"))
    }
    expect(new Set(service.received.map(({ socket }) => socket)).size).toBe(1)
  })

  it("leaves no connection asleep whose last bytes filled what may wait", async () => {
    const [most, last] = [256 * 1024 - 100, 1000]
    using service = await held()
    using to = poolTo(service.port)
    const head = `HTTP/1.1 200 OK\r\nContent-Length: ${most + last}\r\n\r\n`
    const { socket, reply } = await begun(service, to, `${head}${"x".repeat(most)}`)
    socket.write("x".repeat(last))
    await until(() => to.pool.size.idle === 1)
    expect((await to.ask()).status).toBe(200)
    expect(service.received.at(-1)?.socket === socket).toBe(true)
    expect(await textOf(reply.body)).toHaveLength(most + last)
  })

  it("does not pay for every chunk of a flood of small ones", async () => {
    const count = 20_000
    using service = await rawUpstream(() => `${chunked}${"1\r\nx\r\n".repeat(count)}`)
    using to = poolTo(service.port)
    const reader = ((await to.ask()).body as ReadableStream<Uint8Array>).getReader()
    let [pieces, read] = [0, 0]
    while (read < count) {
      read += (await reader.read()).value?.byteLength ?? 0
      pieces++
    }
    expect(pieces).toBeLessThan(count / 20)
    await reader.cancel()
  })
})

describe("Connection, outside of a pool,", () => {
  const outgoing = { method: "GET", head: "GET / HTTP/1.1\r\n\r\n", body: null, length: undefined }
  async function opened(port: number): Promise<{ connection: Connection; freed: boolean[] }> {
    const freed: boolean[] = []
    const connection = new Connection((_, reusable) => void freed.push(reusable))
    await dial(connection, { hostname: "127.0.0.1", port, tls: undefined, connectTimeout: 10_000 })
    return { connection, freed }
  }

  it("closes its socket when its exchange fails", async () => {
    using service = await held()
    const { connection, freed } = await opened(service.port)
    const answer = failureOf(() => connection.send({ ...outgoing, head: "GET /held HTTP/1.1\r\n\r\n" }))
    const { gone } = await service.next("/held")
    connection.fail(new Error("Nobody waits."))
    expect(await answer).toMatchObject({ message: "Nobody waits." })
    await gone
    expect([connection.closed, freed]).toEqual([true, [false]])
  })

  it("says after each exchange whether it can be used again", async () => {
    using service = await rawUpstream(({ target }) => (target === "/last" ? `${ok}!` : ok))
    const { connection, freed } = await opened(service.port)
    for (const target of ["/", "/", "/last"]) {
      const { body } = await connection.send({ ...outgoing, head: `GET ${target} HTTP/1.1\r\n\r\n` })
      expect(await textOf(body)).toBe("ok")
    }
    expect([connection.closed, freed, connection.uses]).toEqual([true, [true, true, false], 3])
  })

  it("fails at once when it is closed already", async () => {
    using service = await rawUpstream()
    const { connection } = await opened(service.port)
    connection.close()
    expect(await failureOf(() => connection.send(outgoing))).toMatchObject({ name: "ConnectionLost" })
    expect(service.received).toEqual([])
  })
})
