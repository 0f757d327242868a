import { afterAll, beforeAll, describe, expect, it } from "vitest"

import type { Reply } from "../../../src/core/reply.ts"
import { type Authority, authority, type Certificate } from "../../support/certificates.ts"
import { connect, requestText } from "../../support/raw.ts"
import { listening, reply } from "./listening.ts"

let signer: Authority
let certificate: Certificate

beforeAll(async () => {
  signer = await authority()
  certificate = await signer.signed("localhost", "DNS:localhost")
})

afterAll(() => signer[Symbol.dispose]())

const turns = async (count = 20): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
}

const mb = 1024 * 1024

/** A body of so many pieces of a megabyte, each with its number in every byte, and how many of them were asked for. */
function pieces(count: number): { stream: ReadableStream<Uint8Array>; asked: () => number } {
  let asked = 0
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (asked === count) controller.close()
        else controller.enqueue(new Uint8Array(mb).fill(asked++ % 251))
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, asked: () => asked }
}

const isRight = (body: string, count: number): boolean =>
  body.length === count * mb &&
  Array.from({ length: count }, (_, index) => index).every(
    (index) => body.charCodeAt(index * mb) === index % 251 && body.charCodeAt((index + 1) * mb - 1) === index % 251,
  )

describe.each([
  ["plain", () => ({})],
  ["TLS", () => ({ tls: certificate })],
])("over %s", (_, options) => {
  it.each([
    ["chunks", "HTTP/1.1", []],
    ["a length", "HTTP/1.1", ["content-length", String(60 * mb)]],
    ["the end of the connection", "HTTP/1.0", []],
  ])("an answer in %s goes no faster than its client reads, and comes whole", async (__, version, lines) => {
    const { stream, asked } = pieces(60)
    using made = listening(() => reply(stream, 200, ...lines), options())
    using client = await connect(made.url)
    client.socket.pause()
    client.send(`GET / ${version}\r\nHost: a\r\n\r\n`)
    while (asked() === 0) await turns(1)
    await turns(300)
    expect(asked()).toBeLessThan(30)
    client.socket.resume()
    const answer = await client.response()
    expect(answer).toMatchObject({ complete: true })
    expect(isRight(answer?.body ?? "", 60)).toBe(true)
  })

  it("a body goes no faster than it is read, and comes whole", async () => {
    const read = Promise.withResolvers<Reply>()
    using made = listening(async ({ body }) => {
      await read.promise
      let came = ""
      for await (const piece of body ?? []) came += Buffer.from(piece).toString("latin1")
      return reply(String(isRight(came, 60)))
    }, options())
    using client = await connect(made.url)
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${60 * mb}\r\n\r\n`)
    for (let index = 0; index < 60; index++) client.socket.write(new Uint8Array(mb).fill(index % 251))
    while (made.came.length === 0) await turns(1)
    await turns(300)
    expect(client.socket.writableLength).toBeGreaterThan(30 * mb)
    read.resolve(reply(null))
    expect((await client.response())?.body).toBe("true")
  })

  it("a body that is sent back as it comes passes both ways at once", async () => {
    using made = listening(({ body }) => reply(body), options())
    using client = await connect(made.url)
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${20 * mb}\r\n\r\n`)
    for (let index = 0; index < 20; index++) client.socket.write(new Uint8Array(mb).fill(index))
    const answer = await client.response()
    expect(isRight(answer?.body ?? "", 20)).toBe(true)
    client.send(requestText("/"))
    expect(await client.response()).toMatchObject({ status: 200, body: "" })
  })

  it("a client that leaves in the middle of its answer stops whoever writes it", async () => {
    const cancelled = Promise.withResolvers<unknown>()
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(mb)),
      cancel: cancelled.resolve,
    })
    using made = listening(() => reply(body), options())
    const client = await connect(made.url)
    client.send(requestText("/"))
    await new Promise((resolve) => client.socket.once("data", resolve))
    client.socket.destroy()
    expect(await cancelled.promise).toMatchObject({ code: "client_gone" })
  })

  it("requests follow each other, also many at once and large ones", async () => {
    using made = listening(({ body, path }) => reply(body ?? path), options())
    using client = await connect(made.url)
    for (let round = 0; round < 3; round++) {
      client.send(
        requestText("/1") + requestText("/2", { method: "POST", body: "x".repeat(200_000) }) + requestText("/3"),
      )
      expect((await client.response())?.body).toBe("/1")
      expect((await client.response())?.body.length).toBe(200_000)
      expect((await client.response())?.body).toBe("/3")
    }
  })
})
