import { describe, expect, it } from "vitest"

import { bytesOf, type Reply } from "../../../src/core/reply.ts"
import { connect, type RawClient, requestText } from "../../support/raw.ts"
import { type Answer, listening, reply } from "./listening.ts"

const reading: Answer = async ({ body }) => reply(Buffer.from((await bytesOf(body, 1e9)) ?? []))
const expecting = (length: number, version = "HTTP/1.1"): string =>
  `POST / ${version}\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`

/** What comes first: the head of an answer, or of an interim one. */
const first = async (client: RawClient): Promise<string> => (await client.response())?.start ?? "nothing"

describe("a client that waits for a 100", () => {
  it("gets it once somebody reads the body, and then its answer", async () => {
    const read = Promise.withResolvers<void>()
    using made = listening(async (exchange) => {
      await read.promise
      return reading(exchange)
    })
    using client = await connect(made.url)
    client.send(expecting(5))
    while (made.came.length === 0) await new Promise(setImmediate)
    let early = 0
    client.socket.on("data", ({ length }: Buffer) => (early += length))
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
    expect(early).toBe(0)
    read.resolve()
    expect(await first(client)).toBe("HTTP/1.1 100 Continue")
    client.send("hello")
    expect(await client.response()).toMatchObject({ status: 200, body: "hello" })
    client.send(expecting(2))
    expect(await first(client)).toBe("HTTP/1.1 100 Continue")
    client.send("ok")
    expect(await client.response()).toMatchObject({ status: 200, body: "ok" })
  })

  it.each<[string, Answer]>([
    ["that is there at once", () => reply("no", 413)],
    ["that comes later", () => new Promise((resolve) => setImmediate(() => resolve(reply("no", 413))))],
    ["as a stream", () => reply(new Response("no").body, 413)],
    ["whose handler cancels the body", ({ body }) => body?.cancel().then(() => reply("no", 413)) ?? reply("none")],
  ])("gets no 100 but its answer %s, and the connection ends", async (_, answer) => {
    using made = listening(answer)
    using client = await connect(made.url)
    client.send(expecting(5))
    expect(await client.response()).toMatchObject({ status: 413, body: "no" })
    expect(await client.rest()).toBe("")
  })

  it("gets no 100 behind the head of its answer, though somebody reads then", async () => {
    let rest: Promise<unknown> = Promise.resolve()
    using made = listening(({ body }) => {
      const answer = new ReadableStream<Uint8Array>({
        async start(controller) {
          controller.enqueue(Buffer.from("begun"))
          await new Promise(setImmediate)
          rest = bytesOf(body, 1e9).catch(() => undefined)
          await new Promise(setImmediate)
          controller.close()
        },
      })
      return reply(answer)
    })
    using client = await connect(made.url)
    client.send(expecting(5))
    expect(await client.response()).toMatchObject({ status: 200, body: "begun", complete: true })
    expect(await client.rest()).toBe("")
    await rest
  })

  it.each([
    ["its body came with the head", `${expecting(5)}hello`],
    ["some of its body came with the head", `${expecting(5)}he`, "llo"],
    ["it has no body", `GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n`],
    ["its length is 0", expecting(0)],
    ["it speaks HTTP/1.0", expecting(5, "HTTP/1.0"), "hello"],
  ])("gets none where %s", async (_, bytes, then = "") => {
    using made = listening(reading)
    using client = await connect(made.url)
    client.send(bytes)
    while (made.came.length === 0) await new Promise(setImmediate)
    client.send(then)
    expect(await first(client)).toBe("HTTP/1.1 200 OK")
  })

  it.each([
    ["a host that is none", expecting(5).replace("Host: a", "Host: a b"), 400],
    ["a method that is not done", expecting(5).replace("POST", "TRACE"), 501],
    ["another expectation", expecting(5).replace("100-continue", "200-ok"), 417],
    ["a head that is not valid", expecting(5).replace("Host:", "Host :"), 400],
  ])("gets no 100 but its refusal: %s", async (_, bytes, status) => {
    using made = listening(reading)
    using client = await connect(made.url)
    client.send(bytes)
    expect(await client.response()).toMatchObject({ status })
    expect(await client.rest()).toBe("")
  })

  it("that sends its body without waiting is held up until somebody reads, and loses nothing", async () => {
    const read = Promise.withResolvers<Reply>()
    const size = 30_000_000
    using made = listening(async ({ body }) => {
      await read.promise
      return reply(String((await bytesOf(body, 1e9))?.byteLength))
    })
    using client = await connect(made.url)
    client.send(expecting(size))
    while (made.came.length === 0) await new Promise(setImmediate)
    const all = client.socket.write(Buffer.alloc(size))
    const sent = new Promise<void>((resolve) => client.socket.once("drain", resolve))
    expect(all).toBe(false)
    // What is not held up is taken within a few turns.
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate)
    expect(client.socket.writableLength).toBeGreaterThan(size / 3)
    read.resolve(reply(null))
    await sent
    expect(await client.response()).toMatchObject({ status: 200, body: String(size) })
  })

  it("that sends the next request behind the body gets both answers", async () => {
    using made = listening(reading)
    using client = await connect(made.url)
    client.send(expecting(5))
    expect(await first(client)).toBe("HTTP/1.1 100 Continue")
    client.send(`hello${requestText("/next", { method: "POST", body: "next" })}`)
    expect((await client.response())?.body).toBe("hello")
    expect((await client.response())?.body).toBe("next")
  })
})
