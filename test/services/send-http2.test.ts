import { describe, expect, it } from "vitest"

import { GatewayError } from "../../src/core/errors.ts"
import { exchange, failureOf, linesOf, streamOf, textOf } from "../support/exchange.ts"
import {
  endHeaders,
  endStream,
  frame,
  frames,
  frameService,
  headerBlock,
  http2Ok,
  http2Service,
  word,
} from "../support/http2.ts"
import { freePort, rawUpstream } from "../support/upstream.ts"
import { http2PoolTo } from "./transport/http2-pool-of.ts"

const ok = headerBlock([":status", "200"])

describe("sendHttp2()", () => {
  it("carries the request and the answer, without what belongs to a connection", async () => {
    using service = await http2Service(({ stream }) => {
      stream.respond({ ":status": 201, "x-made": ["1", "2"], "set-cookie": ["a=1", "b=2"], "x-bellhop-source": "x" })
      stream.end("ok")
    })
    using to = http2PoolTo(service.port)
    const reply = await to.ask({
      method: "PUT",
      path: "//a/b|\"'^?c=d%2Fe",
      headers: [
        ["x-a", "é"],
        ["connection", "x-b"],
        ["keep-alive", "timeout=5"],
        ["te", "trailers"],
        ["upgrade", "h2c"],
        ["http2-settings", "AAA"],
        ["expect", "100-continue"],
        ["host", "elsewhere"],
        ["x-forwarded-for", "1.2.3.4"],
        ["x-bellhop-me", "1"],
        ["cookie", "a=1"],
        ["__proto__", "p"],
      ],
      body: "hello",
    })
    expect([
      reply.status,
      linesOf(reply.headers).filter(([name]) => name !== "date"),
      await textOf(reply.body),
    ]).toEqual([
      201,
      expect.arrayContaining([
        ["x-made", "1"],
        ["x-made", "2"],
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
      ]),
      "ok",
    ])
    expect(reply.headers.has("x-bellhop-source")).toBe(false)
    const { lines } = await service.next()
    expect(lines).toEqual(
      [
        [":method", "PUT", ":scheme", "http", ":authority", "service.internal", ":path", "//a/b|\"'^?c=d%2Fe"],
        ["x-a", "é", "cookie", "a=1", "__proto__", "p"],
        ["x-forwarded-for", "192.0.2.7", "x-forwarded-host", "shop.example", "x-forwarded-proto", "http"],
      ].flat(),
    )
  })
})

describe("sendHttp2(), of what was not done,", () => {
  it.each(["GET", "POST"])("sends %s once more when the service refuses the stream", async (method) => {
    let asked = 0
    using service = await frameService((id, socket) => {
      asked++
      socket.write(asked === 1 ? frame("reset", id, word(7)) : frame("headers", id, ok, endHeaders | endStream))
    })
    using to = http2PoolTo(service.port)
    expect(await to.ask({ method })).toMatchObject({ status: 200 })
    expect(asked).toBe(2)
  })

  it("sends it once more on another connection when the service takes no more on this one", async () => {
    const sockets = new Set<unknown>()
    using service = await frameService((id, socket) => {
      if (sockets.size === 0) socket.write(frame("goAway", 0, word(0, 0)))
      else socket.write(frame("headers", id, ok, endHeaders | endStream))
      sockets.add(socket)
    })
    using to = http2PoolTo(service.port)
    expect(await to.ask({ method: "POST" })).toMatchObject({ status: 200 })
    expect(sockets.size).toBe(2)
  })

  it("does not send on and on: nothing was sent, says the failure", async () => {
    let asked = 0
    using service = await frameService((id, socket) => {
      asked++
      socket.write(frame("reset", id, word(7)))
    })
    using to = http2PoolTo(service.port)
    expect(await failureOf(() => to.ask({ method: "POST" }))).toMatchObject({ code: "unreachable", sent: false })
    expect(asked).toBe(2)
  })

  it("sends a body once more from its beginning, as far as it is kept", async () => {
    const lengths: number[] = []
    using service = await frameService(
      (id, socket) => {
        if (lengths.push(0) === 1) setImmediate(() => socket.write(frame("reset", id, word(7))))
      },
      (kind, payload, socket) => {
        if (kind !== frames.data) return
        lengths[lengths.length - 1] = (lengths.at(-1) ?? 0) + payload.byteLength
        if (lengths.length === 2 && lengths[1] === 30_000) socket.write(frame("headers", 3, ok, endHeaders | endStream))
      },
    )
    using to = http2PoolTo(service.port)
    const body = streamOf("a".repeat(20_000), "b".repeat(10_000))
    expect((await to.ask({ method: "POST", headers: { "content-length": "30000" }, body })).status).toBe(200)
    expect(lengths[1]).toBe(30_000)
  })

  it.each([
    ["was refused twice", "x", 2],
    ["is too large to be kept", "x".repeat(3 * 1024 * 1024), 1],
  ])("does not send a body again that %s", async (_, body, times) => {
    let asked = 0
    using service = await frameService(
      () => asked++,
      (kind, _payload, socket) => kind === frames.data && socket.write(frame("reset", 2 * asked - 1, word(7))),
    )
    using to = http2PoolTo(service.port)
    expect(await failureOf(() => to.ask({ method: "PUT", body }))).toMatchObject({
      code: "unreachable",
      sent: true,
      cause: { name: "ConnectionLost" },
    })
    expect(asked).toBe(times)
  })

  it.each([
    ["GET", true],
    ["PUT", true],
    ["POST", false],
  ])("sends %s once more on a connection that was used and is closed just then: %j", async (method, again) => {
    let asked = 0
    using service = await frameService((id, socket) => {
      if (++asked === 2) socket.destroy()
      else socket.write(frame("headers", id, ok, endHeaders | endStream))
    })
    using to = http2PoolTo(service.port)
    await to.ask()
    const second = await to.ask({ method }).catch((error: unknown) => error)
    expect(second).toMatchObject(again ? { status: 200 } : { code: "unreachable", sent: true })
    expect(asked).toBe(again ? 3 : 2)
  })

  it("does not send again on a connection that was new", async () => {
    let asked = 0
    using service = await frameService((_, socket) => {
      asked++
      socket.destroy()
    })
    using to = http2PoolTo(service.port)
    expect(await failureOf(() => to.ask())).toMatchObject({ code: "unreachable", sent: true })
    expect(asked).toBe(1)
  })

  it("says that nothing was sent when nobody listens, or speaks HTTP/2", async () => {
    using old = await rawUpstream()
    for (const port of [await freePort(), old.port]) {
      using to = http2PoolTo(port)
      const error = await failureOf(() => to.ask({ method: "POST" }))
      expect(error).toMatchObject({ code: "unreachable", message: 'Cannot reach service "shop".', sent: false })
    }
  })
})

describe("sendHttp2(), of an exchange that ends,", () => {
  const gone = new GatewayError("client_gone", "The client went away.")

  it("sends nothing when it ended before", async () => {
    using service = await http2Service()
    using to = http2PoolTo(service.port)
    const over = exchange({ path: "/over", method: "POST" })
    over.end(gone)
    await to.ask({ path: "/fine" })
    expect(await failureOf(() => to.ask(over))).toBe(gone)
    await to.ask({ path: "/fine" })
    expect(service.received.map(({ path }) => path)).toEqual(["/fine", "/fine"])
    expect(to.pool.size).toEqual({ open: 1, idle: 1, waiting: 0 })
  })

  it("ends its stream and no other when it waits for the head", async () => {
    const answer = http2Ok()
    using service = await http2Service((received) => received.path !== "/held" && answer(received))
    using to = http2PoolTo(service.port)
    const left = exchange({ path: "/held" })
    const asked = failureOf(() => to.ask(left))
    const { gone: ended } = await service.next()
    const other = to.ask({ path: "/other" })
    left.end(gone)
    expect([await asked, await ended, (await other).status]).toEqual([gone, 8, 200])
    expect(service.sessions).toHaveLength(1)
  })

  it("breaks the body off and ends its stream", async () => {
    using service = await http2Service(({ stream }) => {
      stream.respond({ ":status": 200 })
      stream.write("half")
    })
    using to = http2PoolTo(service.port)
    const left = exchange()
    const { body } = await to.ask(left)
    left.end(gone)
    expect(await failureOf(() => textOf(body))).toBe(gone)
    expect(await (await service.next()).gone).toBe(8)
    expect(to.pool.busy).toBe(0)
  })

  it("ends the stream when nobody reads the body any more", async () => {
    using service = await http2Service(({ stream }) => {
      stream.respond({ ":status": 200 })
      stream.write("half")
    })
    using to = http2PoolTo(service.port)
    const { body } = await to.ask()
    await (body as ReadableStream<Uint8Array>).cancel()
    expect(await (await service.next()).gone).toBe(8)
  })
})
