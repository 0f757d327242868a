import { describe, expect, it } from "vitest"

import { connect, type RawClient, requestText } from "../../support/raw.ts"
import { type Answer, echo, listening, reply } from "./listening.ts"

const post = (length: number, path = "/first"): string =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`
const chunked = "POST /first HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

const mb = 1024 * 1024

/** Answers nobody whose body it reads: as soon as the head is there. */
const answers: Record<string, Answer> = {
  "a text": ({ path }) => reply(path, 413),
  "a stream": ({ path }) => reply(new Response(path).body, 413),
  "nothing, to HEAD": ({ path }) => reply(path, 413),
}

/** Sends a piece again and again, as fast as it is taken, until it is told to stop; fails when the connection breaks. */
async function sending(client: RawClient, piece: Uint8Array | string, until: Promise<unknown>): Promise<number> {
  let [over, sent] = [false, 0]
  void until.finally(() => (over = true))
  const broken = new Promise<never>((_, reject) => client.socket.once("error", reject))
  broken.catch(() => undefined)
  while (!over) {
    const taken = client.socket.write(piece)
    sent += piece.length
    const drained = taken ? new Promise(setImmediate) : new Promise((resolve) => client.socket.once("drain", resolve))
    await Promise.race([drained, broken, until])
  }
  return sent
}

describe("a body that nobody reads", () => {
  it.each(Object.entries(answers))(
    "is dropped where it is small, and the connection goes on: %s",
    async (name, answer) => {
      using made = listening((exchange) => (exchange.path === "/first" ? answer(exchange) : echo(exchange)))
      const method = name.includes("HEAD") ? "HEAD" : "POST"
      for (const size of [1, 5, 300_000, mb]) {
        using client = await connect(made.url)
        client.send(post(size).replace("POST", method))
        const first = await client.response(method)
        expect(first).toMatchObject({ status: 413, complete: true })
        expect(first?.get("connection")).toBeUndefined()
        client.send("x".repeat(size) + requestText("/next"))
        expect((await client.response())?.body).toBe("/next")
      }
    },
  )

  it("is dropped where it came with the head", async () => {
    using made = listening(echo)
    using client = await connect(made.url)
    client.send(post(5) + "hello" + requestText("/next"))
    expect((await client.response())?.body).toBe("/first")
    expect((await client.response())?.body).toBe("/next")
  })

  it.each([
    ["a length of more than 1 MB", post(mb + 1)],
    ["chunks", chunked],
  ])("ends the connection where it may be large, and says so: %s", async (_, head) => {
    using made = listening(echo)
    using client = await connect(made.url)
    client.send(head)
    const first = await client.response()
    expect(first).toMatchObject({ status: 200, body: "/first" })
    expect(first?.get("connection")).toBe("close")
    expect(await client.rest()).toBe("")
  })

  it("ends the connection behind a stream that did not know it yet when it began", async () => {
    using made = listening(({ path }) => reply(new Response(path).body))
    using client = await connect(made.url)
    client.send(`${chunked}5\r\nhello\r\n`)
    const first = await client.response()
    expect(first).toMatchObject({ body: "/first", complete: true })
    expect(first?.get("connection")).toBeUndefined()
    expect(await client.rest()).toBe("")
  })

  it.each(Object.entries(answers).slice(0, 2))(
    "does not cost a client its answer that goes on sending: %s",
    async (_, answer) => {
      using made = listening(answer)
      using client = await connect(made.url)
      client.send(post(1e12))
      const answered = client.response()
      await sending(client, Buffer.alloc(65_536), answered)
      expect(await answered).toMatchObject({ status: 413, body: "/first", complete: true })
      // It takes a while until a client is ready to look at its answer.
      const later = new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
      expect(await sending(client, Buffer.alloc(65_536), later)).toBeGreaterThan(0)
      client.socket.end()
      await client.closed
    },
  )

  it("does not cost a client a long answer that it reads late", async () => {
    const size = 3 * mb
    using made = listening(() => reply("x".repeat(size), 413))
    using client = await connect(made.url)
    client.socket.pause()
    client.send(post(1e9))
    while (made.came.length === 0) await new Promise(setImmediate)
    for (let piece = 0; piece < 50; piece++) {
      client.send(Buffer.alloc(10_000))
      await new Promise(setImmediate)
    }
    client.socket.resume()
    expect(await client.response()).toMatchObject({ status: 413, complete: true })
  })

  it("is not waited for by the service that broke it off: what was read so far is told to be broken", async () => {
    const failed = Promise.withResolvers<unknown>()
    using made = listening(({ body }) => {
      const reader = body?.getReader()
      void (async () => {
        for (;;) await reader?.read()
      })().catch(failed.resolve)
      return reply("early")
    })
    using client = await connect(made.url)
    client.send(post(100) + "some")
    expect((await client.response())?.body).toBe("early")
    expect(await failed.promise).toMatchObject({ message: "The answer was there before the whole body." })
  })
})

describe("an answer that ends the connection", () => {
  it("is not lost by what the client sent behind its request and nobody reads", async () => {
    const size = 3 * mb
    using made = listening(() => reply("x".repeat(size)))
    using client = await connect(made.url)
    client.socket.pause()
    client.send(requestText("/1", { headers: ["Connection: close"] }) + requestText("/2").repeat(100))
    while (made.came.length === 0) await new Promise(setImmediate)
    for (let more = 0; more < 50; more++) {
      client.send(requestText("/3"))
      await new Promise(setImmediate)
    }
    client.socket.resume()
    expect(await client.response()).toMatchObject({ status: 200, complete: true })
    expect(await client.rest()).toBe("")
    expect(made.came).toHaveLength(1)
  })

  it("is not lost by a request that the client sent before it knew", async () => {
    const size = 3 * mb
    using made = listening(() => reply("x".repeat(size), 200, "connection", "close"))
    using client = await connect(made.url)
    client.socket.pause()
    client.send(requestText("/1"))
    while (made.came.length === 0) await new Promise(setImmediate)
    for (let more = 0; more < 50; more++) {
      client.send(requestText("/2"))
      await new Promise(setImmediate)
    }
    client.socket.resume()
    expect(await client.response()).toMatchObject({ status: 200, complete: true })
    expect(made.came).toHaveLength(1)
  })

  it("is whole for a client that reads slowly, though it is larger than what is taken at once", async () => {
    const size = 20 * mb
    using made = listening(() => reply("x".repeat(size), 200, "connection", "close"))
    using client = await connect(made.url)
    client.socket.pause()
    client.send(requestText("/1"))
    while (made.came.length === 0) await new Promise(setImmediate)
    client.socket.resume()
    const got = await client.response()
    expect(got).toMatchObject({ complete: true })
    expect(got?.body.length).toBe(size)
    expect(await client.rest()).toBe("")
  })
})
