import { readdirSync } from "node:fs"
import { createConnection, type Socket } from "node:net"

import { describe, expect, it } from "vitest"

import type { Reply } from "../../../src/core/reply.ts"
import { ask, connect, requestText } from "../../support/raw.ts"
import { echo, listening, reply } from "./listening.ts"

const turns = async (count = 20): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
}

const openFiles = (): number => readdirSync("/proc/self/fd").length

/** A connection that may end its half alone, and what comes over it. */
async function halfOpen(port: number): Promise<{ socket: Socket; rest: Promise<string> }> {
  const socket = createConnection({ port, host: "127.0.0.1", allowHalfOpen: true })
  await new Promise((resolve) => socket.once("connect", resolve))
  let came = ""
  const rest = new Promise<string>((resolve) => {
    socket.on("data", (data: Buffer) => (came += data.toString("latin1")))
    socket.on("end", () => resolve(came))
    socket.on("error", () => resolve(came))
  })
  return { socket, rest }
}

describe("http1Listener().stop()", () => {
  it("takes no new connections, and settles when nobody is under way", async () => {
    using made = listening(echo)
    await made.listener.stop()
    await expect(connect(made.url)).rejects.toThrow(/ECONNREFUSED/)
  })

  it("ends idle connections at once", async () => {
    using made = listening(echo)
    using fresh = await connect(made.url)
    using used = await connect(made.url)
    used.send(requestText("/"))
    await used.response()
    await made.listener.stop()
    expect(await fresh.rest()).toBe("")
    expect(await used.rest()).toBe("")
  })

  it("waits for exchanges under way, which say that the connection ends", async () => {
    const slow = Promise.withResolvers<Reply>()
    using made = listening(() => slow.promise)
    using client = await connect(made.url)
    client.send(requestText("/"))
    while (made.came.length === 0) await turns(1)
    let stopped = false
    const stopping = made.listener.stop().then(() => (stopped = true))
    await turns(100)
    expect(stopped).toBe(false)
    slow.resolve(reply("done"))
    expect(await client.response()).toMatchObject({ body: "done", complete: true })
    expect(await client.rest()).toBe("")
    await stopping
  })

  it("answers the request under way, and none of those behind it", async () => {
    const slow = Promise.withResolvers<Reply>()
    using made = listening(() => slow.promise)
    using client = await connect(made.url)
    client.send(requestText("/1") + requestText("/2"))
    while (made.came.length === 0) await turns(1)
    const stopping = made.listener.stop()
    slow.resolve(reply("done"))
    const answer = await client.response()
    expect(answer).toMatchObject({ body: "done" })
    expect(answer?.get("connection")).toBe("close")
    expect(await client.rest()).toBe("")
    await stopping
    expect(made.came).toHaveLength(1)
  })

  it("answers a request whose head was under way, and then ends the connection", async () => {
    using made = listening(echo)
    using client = await connect(made.url)
    client.send("GET /late HTTP/1.1\r\nHo")
    await turns()
    await made.listener.stop()
    client.send("st: a\r\n\r\n")
    const answer = await client.response()
    expect(answer).toMatchObject({ body: "/late" })
    expect(answer?.get("connection")).toBe("close")
    expect(await client.rest()).toBe("")
  })

  it("does not wait for a body that nobody reads", async () => {
    using made = listening(echo)
    using client = await connect(made.url)
    client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n")
    expect((await client.response())?.get("connection")).toBeUndefined()
    await made.listener.stop()
    expect(await client.rest()).toBe("")
  })

  it("waits until the client has taken an answer that is on its way", async () => {
    const size = 20_000_000
    using made = listening(() => reply("x".repeat(size)))
    using client = await connect(made.url)
    client.socket.pause()
    client.send(requestText("/"))
    while (made.came.length === 0) await turns(1)
    await turns()
    let stopped = false
    const stopping = made.listener.stop().then(() => (stopped = true))
    await turns(100)
    expect(stopped).toBe(false)
    client.socket.resume()
    expect((await client.response())?.body.length).toBe(size)
    await stopping
  })
})

describe("http1Listener().end()", () => {
  it("breaks off what is under way", async () => {
    using made = listening(() => new Promise(() => {}))
    using client = await connect(made.url)
    client.send(requestText("/"))
    while (made.came.length === 0) await turns(1)
    made.listener.end()
    expect(await client.response()).toBeUndefined()
    expect(made.came[0]?.isOver).toBe(true)
  })

  it("resets an answer whose end would not show otherwise", async () => {
    const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(Buffer.from("begun")) })
    using made = listening(() => reply(body))
    using client = await connect(made.url)
    const error = new Promise<string>((resolve) => client.socket.once("error", ({ message }) => resolve(message)))
    const begun = new Promise((resolve) => client.socket.once("data", resolve))
    client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n")
    await begun
    made.listener.end()
    expect(await error).toContain("ECONNRESET")
  })

  it("does not take an answer from a client that has not read it yet", async () => {
    const size = 3_000_000
    using made = listening(() => reply("x".repeat(size), 200, "connection", "close"))
    using client = await connect(made.url)
    client.socket.pause()
    client.send(requestText("/"))
    while (made.came.length === 0) await turns(1)
    await made.listener.stop()
    made.listener.end()
    client.socket.resume()
    expect(await client.response()).toMatchObject({ complete: true })
  })
})

describe("a client that", () => {
  it("closes while it is answered is gone: its exchange ends", async () => {
    using made = listening(() => new Promise(() => {}))
    const client = await connect(made.url)
    client.send(requestText("/"))
    while (made.came.length === 0) await turns(1)
    const over = new Promise<Error>((resolve) => made.came[0]?.whenOver(resolve))
    client[Symbol.dispose]()
    expect(await over).toMatchObject({ code: "client_gone" })
  })

  it("ends its half of the connection is gone, too, as for others who carry requests on", async () => {
    using made = listening(() => new Promise(() => {}))
    const { socket, rest } = await halfOpen(made.listener.port)
    socket.write(requestText("/"))
    while (made.came.length === 0) await turns(1)
    const over = new Promise<Error>((resolve) => made.came[0]?.whenOver(resolve))
    socket.end()
    expect(await over).toMatchObject({ code: "client_gone" })
    expect(await rest).toBe("")
  })

  it("ends its half right behind its request gets an answer that is there at once", async () => {
    using made = listening(echo)
    const { socket, rest } = await halfOpen(made.listener.port)
    socket.end(requestText("/at-once"))
    expect(await rest).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*\/at-once$/)
  })

  it("ends its half in the middle of a head, or of a body, gets nothing", async () => {
    using made = listening(async ({ body }) => reply(await new Response(body).text()))
    for (const bytes of ["GET / HT", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf"]) {
      const { socket, rest } = await halfOpen(made.listener.port)
      socket.end(bytes)
      expect(await rest).toBe("")
    }
    while (made.metrics.inFlight > 0) await turns(1)
    expect(made.came.every(({ isOver }) => isOver)).toBe(true)
  })

  it("was reset before it was accepted leaves no trace", async () => {
    using made = listening(echo)
    const script = `for (let one = 0; one < 20; one++) {
      const socket = require("node:net").connect(${made.listener.port}, "127.0.0.1", () => {
        socket.write("GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n", () => socket.resetAndDestroy())
      })
    }`
    // Nothing is accepted while this waits.
    expect(Bun.spawnSync([process.execPath, "-e", script]).exitCode).toBe(0)
    await turns(100)
    expect((await ask(made.url, "/next")).body).toBe("/next")
    expect(made.errors).toEqual([])
    expect(made.came.filter(({ client }) => !client)).toEqual([])
  })
})

describe("connections", () => {
  it("by the thousand are let go of when they end", async () => {
    using made = listening(echo)
    const before = openFiles()
    for (let round = 0; round < 10; round++)
      await Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          using client = await connect(made.url)
          if (index % 4 === 0) return
          client.send(
            index % 4 === 1 ? "GET / HT" : requestText("/", index % 4 === 2 ? {} : { headers: ["Connection: close"] }),
          )
          if (index % 4 > 1) await client.response()
        }),
      )
    while (openFiles() > before) await turns(1)
    expect((await ask(made.url, "/next")).body).toBe("/next")
    await made.listener.stop()
  })

  it("keep their answers apart, five hundred at once", async () => {
    using made = listening(async (exchange) => {
      await turns(Number(exchange.path.slice(1)) % 5)
      return echo(exchange)
    })
    const paths = Array.from({ length: 500 }, (_, index) => `/${index}`)
    const answers = await Promise.all(paths.map((path) => ask(made.url, path)))
    expect(answers.map(({ body }) => body)).toEqual(paths)
  })
})
