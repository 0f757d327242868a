import { createConnection } from "node:net"

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { bytesOf, type Reply } from "../../../src/core/reply.ts"
import { connect, type RawClient, requestText } from "../../support/raw.ts"
import { echo, listening, reply } from "./listening.ts"

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] })
})

afterEach(() => {
  vi.useRealTimers()
})

const turns = async (count = 20): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
}

/** So many seconds go by, and what follows from it happens. */
async function pass(seconds: number): Promise<void> {
  vi.advanceTimersByTime(seconds * 1000)
  await turns()
}

/** Whether the other side has ended the connection by now. */
async function isOpen(client: RawClient): Promise<boolean> {
  let closed = false
  void client.closed.then(() => (closed = true))
  await turns()
  return !closed
}

describe("a connection without a request", () => {
  it.each([
    ["new", async () => undefined],
    ["used", async (client: RawClient) => void (await answered(client))],
    [
      "used, with an empty line behind the request",
      async (client: RawClient) => {
        await answered(client)
        client.send("\r\n")
        await turns()
      },
    ],
  ])("is ended after a minute: %s", async (_, before) => {
    using made = listening(echo)
    using client = await connect(made.url)
    await before(client)
    await pass(59)
    expect(await isOpen(client)).toBe(true)
    await pass(6)
    expect(await client.rest()).toBe("")
  })

  it("has a minute from the end of its last answer, however long that took", async () => {
    const slow = Promise.withResolvers<Reply>()
    using made = listening(({ path }) => (path === "/slow" ? slow.promise : reply("next")))
    using client = await connect(made.url)
    client.send(requestText("/slow"))
    while (made.came.length === 0) await turns(1)
    await pass(300)
    slow.resolve(reply("slow"))
    expect((await client.response())?.body).toBe("slow")
    await pass(50)
    expect(await isOpen(client)).toBe(true)
    client.send(requestText("/next"))
    expect((await client.response())?.body).toBe("next")
  })
})

describe("a head", () => {
  it("that is not there after 20 seconds is answered 408, however busily it drips", async () => {
    using made = listening(echo)
    using client = await connect(made.url)
    for (const letter of "GET / HTTP/1.1\r\nX: ") {
      client.send(letter)
      await turns(1)
      await pass(1)
    }
    expect(await isOpen(client)).toBe(true)
    await pass(8)
    expect(await client.response()).toMatchObject({ status: 408 })
    expect(await client.rest()).toBe("")
    expect(made.came).toHaveLength(0)
  })

  it.each(["\r", "G", "GET / HTTP/1.1\r\nHost: a\r\n\r"])("that stops after %j is answered 408", async (begun) => {
    using made = listening(echo)
    using client = await connect(made.url)
    await pass(40)
    client.send(begun)
    await turns()
    await pass(19)
    expect(await isOpen(client)).toBe(true)
    await pass(6)
    expect((await client.response())?.status).toBe(408)
  })

  it("has its 20 seconds also when it begins behind a slow request", async () => {
    const slow = Promise.withResolvers<Reply>()
    using made = listening(({ path }) => (path === "/slow" ? slow.promise : reply("next")))
    using client = await connect(made.url)
    client.send(requestText("/slow"))
    while (made.came.length === 0) await turns(1)
    await pass(100)
    client.send("GET /next HTTP/1.1\r\n")
    await turns()
    slow.resolve(reply("slow"))
    expect((await client.response())?.body).toBe("slow")
    await pass(15)
    client.send("Host: a\r\n\r\n")
    expect((await client.response())?.body).toBe("next")
  })
})

describe("a body", () => {
  it.each([
    ["none of it came", "\r\n", "500"],
    ["some of it came", "\r\nsome", "500"],
    ["some of its chunks came", "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", undefined],
  ])("that does not go on for a minute is answered 408: %s", async (_, rest, length) => {
    using made = listening(async ({ body }) => reply(await bytesOf(body, 1e6).then(() => "read")))
    using client = await connect(made.url)
    client.send(`POST / HTTP/1.1\r\nHost: a\r\n${length === undefined ? "" : `Content-Length: ${length}\r\n`}${rest}`)
    while (made.came.length === 0) await turns(1)
    await pass(59)
    expect(await isOpen(client)).toBe(true)
    await pass(7)
    expect((await client.response())?.status).toBe(408)
    expect(await client.rest()).toBe("")
    expect(made.metrics.inFlight).toBe(0)
  })

  it("may take as long as it likes as long as it goes on", async () => {
    using made = listening(async ({ body }) => reply(String((await bytesOf(body, 1e6))?.byteLength)))
    using client = await connect(made.url)
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n")
    for (let sent = 0; sent < 20; sent++) {
      await pass(50)
      client.send("x")
      await turns()
    }
    expect((await client.response())?.body).toBe("20")
  })

  it("is not the client's fault while nobody reads it", async () => {
    const read = Promise.withResolvers<Reply>()
    using made = listening(async ({ body }) => {
      await read.promise
      return reply(String((await bytesOf(body, 1e9))?.byteLength))
    })
    using client = await connect(made.url)
    const size = 20_000_000
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`)
    client.socket.write(Buffer.alloc(size))
    await turns(200)
    await pass(600)
    read.resolve(reply(null))
    await turns(1)
    vi.advanceTimersByTime(6000)
    expect((await client.response())?.body).toBe(String(size))
  })

  it("is not waited for while the client waits for a 100", async () => {
    const read = Promise.withResolvers<Reply>()
    using made = listening(() => read.promise)
    using client = await connect(made.url)
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 20\r\n\r\n")
    while (made.came.length === 0) await turns(1)
    await pass(600)
    read.resolve(reply("late"))
    expect((await client.response())?.body).toBe("late")
  })

  it("that does not go on ends the connection also where the handler does not care", async () => {
    using made = listening(() => new Promise(() => {}))
    using client = await connect(made.url)
    client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n")
    while (made.came.length === 0) await turns(1)
    await pass(66)
    expect(made.came[0]?.isOver).toBe(true)
    await pass(10)
    expect(await isOpen(client)).toBe(false)
  })

  it("that is read for nobody is waited for no longer than any", async () => {
    using made = listening(echo)
    using client = await connect(made.url)
    client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n")
    expect((await client.response())?.body).toBe("/x")
    await pass(66)
    expect(await isOpen(client)).toBe(false)
  })
})

describe("an answer", () => {
  const endless = (): ReadableStream<Uint8Array> =>
    new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1_000_000)) })

  it.each<[string, () => Reply]>([
    ["a stream", () => reply(endless())],
    ["a text", () => reply("x".repeat(50_000_000))],
    ["the last text", () => reply("x".repeat(50_000_000), 200, "connection", "close")],
  ])("that the client does not take for a minute ends the connection: %s", async (_, answer) => {
    using made = listening(answer)
    using client = await connect(made.url)
    client.socket.pause()
    client.send(requestText("/"))
    while (made.came.length === 0) await turns(1)
    await turns(200)
    await pass(66)
    client.socket.resume()
    expect((await client.rest()).length).toBeLessThan(50_000_000)
  })

  it("that came late is not taken from a client that had no time to read it", async () => {
    const late = Promise.withResolvers<Reply>()
    using made = listening(() => late.promise)
    using client = await connect(made.url)
    client.socket.pause()
    client.send(requestText("/"))
    while (made.came.length === 0) await turns(1)
    await pass(300)
    late.resolve(reply("x".repeat(50_000_000)))
    await turns()
    await pass(50)
    client.socket.resume()
    expect((await client.response())?.body.length).toBe(50_000_000)
  })

  it("may be silent for as long as it likes", async () => {
    let say: (() => void) | undefined
    using made = listening(() =>
      reply(
        new ReadableStream({
          start(controller) {
            say = () => controller.enqueue(Buffer.from("event"))
          },
        }),
      ),
    )
    using client = await connect(made.url)
    client.send(requestText("/"))
    while (!say) await turns(1)
    await pass(1000)
    const event = new Promise<string>((resolve) =>
      client.socket.on("data", (data: Buffer) => void (String(data).includes("event") && resolve("event"))),
    )
    say()
    expect(await event).toBe("event")
  })

  it("that ended the connection leaves the client half a minute to close it", async () => {
    using made = listening(() => reply("bye", 200, "connection", "close"))
    const socket = createConnection({ port: made.listener.port, host: "127.0.0.1", allowHalfOpen: true })
    const error = new Promise<string>((resolve) => socket.once("error", ({ message }) => resolve(message)))
    const ended = new Promise((resolve) => socket.once("end", resolve))
    socket.resume()
    socket.write(requestText("/"))
    await ended
    let broken = false
    void error.then(() => (broken = true))
    for (let round = 0; round < 5; round++) {
      await pass(5)
      socket.write("still here")
      await turns()
    }
    expect(broken).toBe(false)
    await pass(11)
    while (!broken) {
      socket.write("still here")
      await turns()
    }
    expect(await error).toMatch(/EPIPE|ECONNRESET/)
  })
})

async function answered(client: RawClient): Promise<void> {
  client.send(requestText("/"))
  await client.response()
}
