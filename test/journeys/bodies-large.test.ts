import { readFileSync, writeFileSync } from "node:fs"
import type { Socket } from "node:net"

import { describe, expect, it } from "vitest"

import { type Gateway, gateway } from "../support/gateway.ts"
import { ask, connect } from "../support/raw.ts"
import { type Listener, listener } from "../support/upstream.ts"

const mb = 1024 * 1024
const piece = Buffer.alloc(256 * 1024, "0123456789abcdef")

/** Writes so many bytes as fast as the other side takes them; says how many it took. */
function pour(socket: Socket, total: number): { readonly sent: number; readonly done: Promise<void> } {
  const poured = { sent: 0, done: Promise.resolve() }
  poured.done = new Promise((resolve) => {
    const more = (): void => {
      while (poured.sent < total) {
        const size = Math.min(piece.length, total - poured.sent)
        poured.sent += size
        if (!socket.write(size === piece.length ? piece : piece.subarray(0, size))) return
      }
      socket.off("drain", more)
      resolve()
    }
    socket.on("drain", more)
    more()
  })
  return poured
}

/** Counts what comes behind the head, whatever its framing, and digests it. */
function count(socket: Socket, total: number): { readonly head: Promise<string>; readonly done: Promise<string> } {
  const hash = new Bun.CryptoHasher("blake2b256")
  const head = Promise.withResolvers<string>()
  const done = Promise.withResolvers<string>()
  let before: Buffer | undefined = Buffer.alloc(0)
  let data = (chunk: Buffer): Buffer[] => [chunk]
  let size = 0
  socket.on("data", (chunk: Buffer) => {
    let body = chunk
    if (before) {
      before = Buffer.concat([before, chunk])
      const end = before.indexOf("\r\n\r\n")
      if (end < 0) return
      body = before.subarray(end + 4)
      const lines = before.toString("latin1", 0, end)
      before = undefined
      if (/^transfer-encoding: *chunked/im.test(lines)) data = unchunked()
      head.resolve(lines)
    }
    for (const part of data(body)) {
      size += part.length
      hash.update(part)
    }
    if (size >= total) done.resolve(size === total ? hash.digest("hex") : `${size} bytes`)
  })
  socket.on("close", () => done.resolve(`closed after ${size} bytes`))
  return { head: head.promise, done: done.promise }
}

/** Takes the data out of chunks that come in pieces. */
function unchunked(): (chunk: Buffer) => Buffer[] {
  let line = ""
  let left = 0
  return (chunk) => {
    const parts: Buffer[] = []
    for (let at = 0; at < chunk.length;) {
      if (left > 0) {
        const part = chunk.subarray(at, at + left)
        parts.push(part)
        left -= part.length
        at += part.length
        continue
      }
      line += String.fromCharCode(chunk[at++] ?? 0)
      // The line before a size is the empty end of the chunk before it.
      if (line === "\r\n") line = ""
      else if (line.endsWith("\r\n")) {
        left = Number.parseInt(line, 16)
        line = ""
      }
    }
    return parts
  }
}

/** The digest of what pour() pours. */
function digestOf(total: number): string {
  const hash = new Bun.CryptoHasher("blake2b256")
  for (let sent = 0; sent < total; sent += piece.length)
    hash.update(piece.subarray(0, Math.min(piece.length, total - sent)))
  return hash.digest("hex")
}

const memory = (pid: number, field: "VmRSS" | "VmHWM"): number =>
  Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024

/** By how many megabytes the memory of a process grew at most while something happened. */
async function growth(pid: number, work: () => Promise<void>): Promise<number> {
  writeFileSync(`/proc/${pid}/clear_refs`, "5")
  const before = memory(pid, "VmRSS")
  await work()
  return memory(pid, "VmHWM") - before
}

async function through(
  connected: (socket: Socket) => void,
): Promise<AsyncDisposable & { service: Listener; bellhop: Gateway }> {
  const service = await listener(connected)
  const bellhop = await gateway({
    services: { shop: service.url },
    routes: { "/*": "shop", "/small": { reply: { body: "small" } } },
  })
  for (let round = 0; round < 50; round++) await ask(bellhop.url, "/small")
  return {
    service,
    bellhop,
    async [Symbol.asyncDispose]() {
      await bellhop[Symbol.asyncDispose]()
      service[Symbol.dispose]()
    },
  }
}

describe.each([
  ["10 MB", 10 * mb],
  ["1 GB", 1024 * mb],
])("a body of %s", (name, size) => {
  it("streams from the service to the client in little memory", { timeout: 60_000 }, async () => {
    await using house = await through((socket) =>
      socket.once("data", (head: Buffer) => {
        const total = Number(/\d+/.exec(head.toString())?.[0])
        socket.write(`HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${total}\r\n\r\n`)
        pour(socket, total)
      }),
    )
    const download = async (total: number): Promise<void> => {
      using client = await connect(house.bellhop.url)
      const counted = count(client.socket, total)
      client.send(`GET /${total} HTTP/1.1\r\nHost: a\r\n\r\n`)
      expect(await counted.done).toBe(digestOf(total))
    }
    const grown = await growth(house.bellhop.pid, () => download(size))
    console.log(`${name} down: +${grown.toFixed(1)} MB`)
    expect(grown).toBeLessThan(50)
  })

  it("streams from the client to the service in little memory", { timeout: 60_000 }, async () => {
    const digests: string[] = []
    let expected = 0
    await using house = await through(async (socket) => {
      const counted = count(socket, expected)
      const head = await counted.head
      expect(head).toMatch(new RegExp(`content-length: ${expected}`, "i"))
      digests.push(await counted.done)
      socket.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
    })
    const upload = async (total: number): Promise<void> => {
      expected = total
      using client = await connect(house.bellhop.url)
      client.send(`POST /big HTTP/1.1\r\nHost: a\r\nContent-Length: ${total}\r\n\r\n`)
      pour(client.socket, total)
      expect(await client.response()).toMatchObject({ status: 200, body: "ok" })
    }
    const grown = await growth(house.bellhop.pid, () => upload(size))
    expect(digests).toEqual([digestOf(size)])
    console.log(`${name} up: +${grown.toFixed(1)} MB`)
    expect(grown).toBeLessThan(50)
  })
})

describe("who is slow", () => {
  const total = 256 * mb

  /** Settles when what is poured stands still, although the gateway works: it answered other requests meanwhile. */
  async function standstill(bellhop: Gateway, poured: { readonly sent: number }): Promise<void> {
    for (let before = -1; before !== poured.sent;) {
      before = poured.sent
      for (let round = 0; round < 100; round++) await ask(bellhop.url, "/small")
    }
  }

  it("as a client makes the service wait, and the memory stays", { timeout: 60_000 }, async () => {
    const began = Promise.withResolvers<ReturnType<typeof pour>>()
    await using house = await through((socket) =>
      socket.once("data", () => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`)
        began.resolve(pour(socket, total))
      }),
    )
    const grown = await growth(house.bellhop.pid, async () => {
      using client = await connect(house.bellhop.url)
      const counted = count(client.socket, total)
      client.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
      await counted.head
      client.socket.pause()
      const poured = await began.promise
      await standstill(house.bellhop, poured)
      expect(poured.sent).toBeLessThan(total / 4)
      client.socket.resume()
      expect(await counted.done).toBe(digestOf(total))
    })
    console.log(`slow client: +${grown.toFixed(1)} MB`)
    expect(grown).toBeLessThan(50)
  })

  it("as a service makes the client wait, and the memory stays", { timeout: 60_000 }, async () => {
    const began = Promise.withResolvers<Socket>()
    const received = Promise.withResolvers<string>()
    await using house = await through(async (socket) => {
      const counted = count(socket, total)
      await counted.head
      socket.pause()
      began.resolve(socket)
      received.resolve(await counted.done)
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    })
    const grown = await growth(house.bellhop.pid, async () => {
      using client = await connect(house.bellhop.url)
      client.send(`POST /big HTTP/1.1\r\nHost: a\r\nContent-Length: ${total}\r\n\r\n`)
      const poured = pour(client.socket, total)
      const service = await began.promise
      await standstill(house.bellhop, poured)
      expect(poured.sent).toBeLessThan(total / 4)
      service.resume()
      expect(await client.response()).toMatchObject({ status: 200 })
      expect(await received.promise).toBe(digestOf(total))
    })
    console.log(`slow service: +${grown.toFixed(1)} MB`)
    expect(grown).toBeLessThan(50)
  })
})
