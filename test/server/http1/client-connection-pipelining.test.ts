import { describe, expect, it } from "vitest"

import { bytesOf, type Reply } from "../../../src/core/reply.ts"
import { connect, requestText } from "../../support/raw.ts"
import { echo, listening, reply } from "./listening.ts"

const turns = async (count = 20): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
}

describe("requests sent at once", () => {
  it("are answered in order, the next one begun when the one before has its answer", async () => {
    const held = new Map<string, PromiseWithResolvers<Reply>>()
    using made = listening(({ path }) => {
      const one = Promise.withResolvers<Reply>()
      held.set(path, one)
      return one.promise
    })
    using client = await connect(made.url)
    client.send(["/1", "/2", "/3"].map((path) => requestText(path)).join(""))
    for (const path of ["/1", "/2", "/3"]) {
      while (!held.has(path)) await turns(1)
      await turns()
      expect([...held.keys()].at(-1)).toBe(path)
      held.get(path)?.resolve(reply(path))
      expect((await client.response())?.body).toBe(path)
    }
  })

  it("keep their bodies to themselves", async () => {
    using made = listening(async ({ body }) => reply(Buffer.from((await bytesOf(body, 1e6)) ?? [])))
    using client = await connect(made.url)
    const chunks = (body: string): string =>
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
    const inner = requestText("/inner")
    const sent = ["a", inner, "", "b".repeat(3000), `${inner}${inner}`]
    const bytes = sent.map((body, index) =>
      index % 2 === 0 ? requestText("/", { method: "POST", body }) : chunks(body),
    )
    for (const pieces of [[bytes.join("")], [...bytes.join("")]]) {
      for (const piece of pieces) client.send(piece)
      for (const body of sent) expect((await client.response())?.body).toBe(body)
    }
    expect(made.came).toHaveLength(sent.length * 2)
  })

  it("with bodies that nobody reads are answered all the same", async () => {
    using made = listening(echo)
    using client = await connect(made.url)
    const paths = ["/1", "/2", "/3"]
    client.send(paths.map((path) => requestText(path, { method: "POST", body: "unread".repeat(5000) })).join(""))
    for (const path of paths) expect((await client.response())?.body).toBe(path)
  })

  it("behind one that ends the connection are never begun", async () => {
    using made = listening(echo)
    using client = await connect(made.url)
    client.send(requestText("/1", { headers: ["Connection: close"] }) + requestText("/2"))
    expect((await client.response())?.get("connection")).toBe("close")
    expect(await client.rest()).toBe("")
    expect(made.came.map(({ path }) => path)).toEqual(["/1"])
  })

  it("behind an answer that ends the connection are never begun", async () => {
    using made = listening(() => reply("1", 200, "connection", "close"))
    using client = await connect(made.url)
    client.send(requestText("/1") + requestText("/2"))
    expect((await client.response())?.get("connection")).toBe("close")
    expect(await client.rest()).toBe("")
    expect(made.came.map(({ path }) => path)).toEqual(["/1"])
  })

  it("are answered up to the one that cannot be understood", async () => {
    using made = listening(echo)
    using client = await connect(made.url)
    client.send(`${requestText("/1")}${requestText("/2")}GET /3 HTTP/3\r\n\r\n${requestText("/4")}`)
    expect((await client.response())?.body).toBe("/1")
    expect((await client.response())?.body).toBe("/2")
    expect((await client.response())?.status).toBe(505)
    expect(await client.rest()).toBe("")
    expect(made.came).toHaveLength(2)
  })

  it("by the ten thousand are answered in order, and no more than a few wait", async () => {
    const count = 10_000
    let under = 0
    let most = 0
    using made = listening(async (exchange) => {
      most = Math.max(most, ++under)
      if (under % 7 === 0) await new Promise(setImmediate)
      under--
      return echo(exchange)
    })
    using client = await connect(made.url)
    for (let at = 0; at < count; at += 100)
      client.send(Array.from({ length: 100 }, (_, index) => requestText(`/${at + index}`)).join(""))
    for (let at = 0; at < count; at++) {
      const body = (await client.response())?.body
      if (body !== `/${at}`) expect(body).toBe(`/${at}`)
    }
    expect(most).toBe(1)
    expect(made.metrics.inFlight).toBe(0)
  })

  it("wait while the client does not read its answers, and go on when it does", async () => {
    const size = 300_000
    using made = listening(({ path }) => reply(path.padEnd(size, ".")))
    using client = await connect(made.url)
    client.socket.pause()
    for (let at = 0; at < 800; at++) {
      client.send(requestText(`/${at}`))
      await turns(2)
    }
    let before = -1
    // As many as fit between the two, and not one more.
    while (made.came.length > before) {
      before = made.came.length
      await turns(200)
    }
    expect(before).toBeLessThan(200)
    client.socket.resume()
    for (let at = 0; at < 300; at++) expect((await client.response())?.body.startsWith(`/${at}.`)).toBe(true)
  })

  it("wait in the client once there are many of them behind a slow one", async () => {
    const slow = Promise.withResolvers<Reply>()
    using made = listening((exchange) => (exchange.path === "/slow" ? slow.promise : echo(exchange)))
    using client = await connect(made.url)
    client.send(requestText("/slow"))
    const flood = requestText("/fast").repeat(200_000)
    const drained = new Promise<void>((resolve) => client.socket.once("drain", resolve))
    expect(client.socket.write(flood)).toBe(false)
    await turns(300)
    expect(client.socket.writableLength).toBeGreaterThan(0)
    slow.resolve(reply("slow"))
    expect((await client.response())?.body).toBe("slow")
    for (let at = 0; at < 1000; at++) expect((await client.response())?.body).toBe("/fast")
    client.socket.resume()
    await drained
  })
})
