import { describe, expect, it } from "vitest"

import { GatewayError } from "../../src/core/errors.ts"
import { type Asked, failureOf, streamOf, textOf } from "../support/exchange.ts"
import { endHeaders, endStream, frame, frameService, headerBlock, http2Service, word } from "../support/http2.ts"
import { http2PoolTo } from "./transport/http2-pool-of.ts"
import { endless, stopped, until } from "./transport/pool-of.ts"

const mega = 1024 * 1024

describe("sendHttp2(), of a request body,", () => {
  it("sends it piece by piece, with the length that the client told", async () => {
    using service = await http2Service(({ stream }) => {
      let received = ""
      stream.on("data", (bytes: Buffer) => (received += bytes.toString()))
      stream.on("end", () => {
        stream.respond({ ":status": 200 })
        stream.end(received)
      })
    })
    using to = http2PoolTo(service.port)
    const told = { method: "POST", headers: { "content-length": "5" } }
    const replies = [
      await to.ask({ ...told, body: streamOf("he", "", "llo") }),
      await to.ask({ method: "POST", body: streamOf("hello") }),
      await to.ask({ method: "POST", body: streamOf() }),
    ]
    expect(await Promise.all(replies.map(({ body }) => textOf(body)))).toEqual(["hello", "hello", ""])
    expect(service.received.map(({ headers }) => headers["content-length"])).toEqual(["5", undefined, undefined])
  })

  it("announces no body that is not there", async () => {
    using service = await http2Service()
    using to = http2PoolTo(service.port)
    await to.ask({ headers: { "content-length": "5" } })
    await to.ask({ method: "POST", headers: { "content-length": "0" } })
    expect(service.received.map(({ headers }) => headers["content-length"])).toEqual([undefined, "0"])
  })

  it("takes no more of it than the service takes", async () => {
    let received = 0
    using service = await http2Service(({ stream }) => {
      stream.pause()
      stream.on("data", (bytes: Buffer) => (received += bytes.byteLength))
      stream.pause()
    })
    using to = http2PoolTo(service.port)
    const { body, taken, cancelled } = endless()
    const asked = failureOf(() => to.ask({ method: "POST", body }))
    const { stream } = await service.next()
    const first = await stopped(taken)
    expect(first).toBeLessThan(2 * mega)
    stream.resume()
    await until(() => received > first + 16 * mega)
    stream.close(2)
    await asked
    await cancelled
  })

  it("keeps nobody out while large uploads wait for the service", async () => {
    using service = await http2Service(({ stream, path }) => {
      if (path === "/slow") return void stream.pause()
      stream.respond({ ":status": 200 })
      stream.end("ok")
    })
    using to = http2PoolTo(service.port)
    const large = (): ReadableStream<Uint8Array> => endless(mega).body
    const uploads = Array.from({ length: 40 }, () =>
      failureOf(() => to.ask({ path: "/slow", method: "POST", body: large() })),
    )
    await until(() => service.received.length === 40)
    expect((await to.ask({ path: "/fast" })).status).toBe(200)
    service[Symbol.dispose]()
    await Promise.all(uploads)
  })

  it("relays an answer that comes before the body is sent, and ends the stream", async () => {
    using service = await http2Service(({ stream }) => {
      stream.respond({ ":status": 413 })
      stream.end("big")
    })
    using to = http2PoolTo(service.port)
    const { body, cancelled } = endless()
    const reply = await to.ask({ method: "POST", body })
    expect([reply.status, await textOf(reply.body)]).toEqual([413, "big"])
    await cancelled
    await until(() => to.pool.busy === 0)
    expect(to.pool.size.open).toBe(1)
  })

  it("goes on sending while the answer comes", async () => {
    using service = await http2Service(({ stream }) => {
      stream.respond({ ":status": 200 })
      stream.once("data", () => stream.write("begun"))
      stream.on("end", () => stream.end("last"))
    })
    using to = http2PoolTo(service.port)
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    const reply = await to.ask({ method: "POST", body: readable })
    await writer.write(Buffer.from("first"))
    const reader = (reply.body as ReadableStream<Uint8Array>).getReader()
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("begun")
    await writer.close()
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("last")
    expect((await reader.read()).done).toBe(true)
    await until(() => to.pool.busy === 0)
  })

  it.each<[string, string[]]>([
    ["longer than its length", ["hello", "more"]],
    ["longer in one piece", ["hellomore"]],
    ["shorter than its length", ["hel"]],
  ])("that is %s ends the stream", async (_, pieces) => {
    using service = await http2Service(({ stream }) => void stream.resume())
    using to = http2PoolTo(service.port)
    const asked: Asked = { method: "POST", headers: { "content-length": "5" }, body: streamOf(...pieces) }
    expect(await failureOf(() => to.ask(asked))).toMatchObject({ code: "unreachable" })
    await until(() => to.pool.busy === 0)
  })

  it("fails with a body that fails", async () => {
    using service = await http2Service(({ stream }) => void stream.resume())
    using to = http2PoolTo(service.port)
    const reason = new GatewayError("body_too_large", "The body is larger than 1 kB.")
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from("ab")),
      pull: (controller) => controller.error(reason),
    })
    expect(await failureOf(() => to.ask({ method: "POST", body }))).toBe(reason)
    expect(await (await service.next()).gone).toBe(8)
  })

  it("begins nothing with a body that somebody else reads, and keeps no place for it", async () => {
    using service = await http2Service()
    using to = http2PoolTo(service.port)
    const body = streamOf("x")
    const reader = body.getReader()
    expect(await failureOf(() => to.ask({ method: "POST", body }))).toMatchObject({ cause: { name: "TypeError" } })
    expect(to.pool.busy).toBe(0)
    expect(service.received).toEqual([])
    await reader.cancel()
  })
})

// Megabytes: what a server of a test may have in its hands.
const roomy = { maxSessionMemory: 256 }

describe("sendHttp2(), of the body of an answer,", () => {
  it("hands on what is whole at once, and streams the rest", async () => {
    using service = await http2Service(({ stream, path }) => {
      stream.respond({ ":status": 200 })
      if (path === "/whole") stream.end("whole")
      else stream.write("begun")
    })
    using to = http2PoolTo(service.port)
    expect((await to.ask({ path: "/whole" })).body).toBeInstanceOf(Uint8Array)
    const { body } = await to.ask({ path: "/begun" })
    const reader = (body as ReadableStream<Uint8Array>).getReader()
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("begun")
    await reader.cancel()
  })

  it("makes the service wait for a slow reader, and nobody else", async () => {
    let sent = 0
    using service = await http2Service(({ stream, path }) => {
      stream.respond({ ":status": 200 })
      if (path === "/fast") return stream.end("ok")
      const piece = Buffer.alloc(64 * 1024)
      const more = (): void => {
        while (!stream.destroyed && sent < 512 * mega) {
          sent += piece.byteLength
          if (!stream.write(piece)) return void stream.once("drain", more)
        }
      }
      more()
    })
    using to = http2PoolTo(service.port)
    const { body } = await to.ask({ path: "/slow" })
    const reader = (body as ReadableStream<Uint8Array>).getReader()
    const first = await stopped(() => sent)
    expect(first).toBeLessThan(4 * mega)
    expect(await textOf((await to.ask({ path: "/fast" })).body)).toBe("ok")
    for (let read = 0; read < 16 * mega;) read += (await reader.read()).value?.byteLength ?? 0
    expect(await stopped(() => sent)).toBeLessThan(first + 20 * mega)
    await reader.cancel()
    await until(() => to.pool.busy === 0)
    expect(service.sessions).toHaveLength(1)
  })

  it("is whole for a slow reader when the service ends the stream behind an early answer", async () => {
    const size = 400_000
    const piece = Buffer.alloc(16_000, "x")
    using service = await frameService((id, socket) => {
      socket.write(frame("headers", id, headerBlock([":status", "413"], ["content-length", String(size)]), endHeaders))
      for (let left = size; left > 0; left -= piece.byteLength)
        socket.write(frame("data", id, piece, left === piece.byteLength ? endStream : 0))
      socket.write(frame("reset", id, word(0)))
    })
    using to = http2PoolTo(service.port)
    const { body: sending, cancelled } = endless()
    const { body } = await to.ask({ method: "POST", body: sending })
    const reader = (body as ReadableStream<Uint8Array>).getReader()
    let read = 0
    for (;;) {
      await stopped(() => read)
      const { done, value } = await reader.read()
      if (done) break
      read += value.byteLength
    }
    expect(read).toBe(size)
    await cancelled
  })

  it("keeps every byte of many bodies at once", async () => {
    const bytes = Buffer.from(Array.from({ length: 251 }, (_, at) => at))
    const whole = Buffer.alloc(2 * mega, bytes)
    using service = await http2Service(({ stream, path }) => {
      stream.respond({ ":status": 200, "content-length": whole.byteLength })
      stream.end(Buffer.concat([whole.subarray(Number(path.slice(1))), whole.subarray(0, Number(path.slice(1)))]))
    }, roomy)
    using to = http2PoolTo(service.port)
    const sums = await Promise.all(
      [0, 1, 2, 3, 4, 5, 6, 7].map(async (shift) => {
        const { body } = await to.ask({ path: `/${shift}` })
        const read = Buffer.from(await new Response(body as ReadableStream<Uint8Array>).arrayBuffer())
        return read.equals(Buffer.concat([whole.subarray(shift), whole.subarray(0, shift)]))
      }),
    )
    expect(new Set(sums)).toEqual(new Set([true]))
  })
})
