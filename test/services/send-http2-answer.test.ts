import { describe, expect, it } from "vitest"

import { failureOf, linesOf, textOf } from "../support/exchange.ts"
import { endHeaders, endStream, frame, frameService, headerBlock, word } from "../support/http2.ts"
import { http2PoolTo } from "./transport/http2-pool-of.ts"
import { until } from "./transport/pool-of.ts"

const status = (code: string): [string, string] => [":status", code]
const ok = headerBlock(status("200"))

const head = (stream: number, lines: readonly [string, string][], flags: number = endStream): Buffer =>
  frame("headers", stream, headerBlock(...lines), flags | endHeaders)

describe("sendHttp2(), of an answer,", () => {
  const broken: [string, string, (stream: number) => readonly Uint8Array[]][] = [
    ["a head with a line break in it", "bad_upstream", (id) => [head(id, [status("200"), ["x-a", "1\r\nx-b: 2"]])]],
    ["a head with a NUL in it", "bad_upstream", (id) => [head(id, [status("200"), ["x-a", "1\0"]])]],
    ["a name in upper case", "bad_upstream", (id) => [head(id, [status("200"), ["X-A", "1"]])]],
    ["a name that is none", "bad_upstream", (id) => [head(id, [status("200"), ["a b", "1"]])]],
    ["a header of HTTP/1.1", "bad_upstream", (id) => [head(id, [status("200"), ["transfer-encoding", "chunked"]])]],
    ["no status", "bad_upstream", (id) => [head(id, [["x-a", "1"]])]],
    ["two", "bad_upstream", (id) => [head(id, [status("200"), status("404")])]],
    ["one that is no number", "bad_upstream", (id) => [head(id, [status("abc")])]],
    ["999", "bad_upstream", (id) => [head(id, [status("999")])]],
    ["101", "bad_upstream", (id) => [head(id, [status("101")])]],
    ["100 and nothing else", "bad_upstream", (id) => [head(id, [status("100")], endStream)]],
    ["103 again and again", "bad_upstream", (id) => Array.from({ length: 20 }, () => head(id, [status("103")], 0))],
    [
      "two lengths",
      "bad_upstream",
      (id) => [head(id, [status("200"), ["content-length", "1"], ["content-length", "2"]])],
    ],
    ["a length that is no number", "bad_upstream", (id) => [head(id, [status("200"), ["content-length", "+1"]])]],
    [
      "300 lines",
      "bad_upstream",
      (id) => [
        head(id, [status("200"), ...Array.from({ length: 300 }, (_, at): [string, string] => [`x-${at}`, "1"])]),
      ],
    ],
    ["a body before the head", "bad_upstream", (id) => [frame("data", id, Buffer.from("x"), endStream)]],
    ["no HTTP/2 any more", "bad_upstream", () => [Buffer.from("HTTP/1.1 200 OK\r\n\r\n")]],
    ["a compressed head that is not valid", "bad_upstream", (id) => [frame("headers", id, Buffer.alloc(6, 255), 5)]],
    ["a stream that is broken off", "unreachable", (id) => [frame("reset", id, word(2))]],
    ["a stream that is broken off in peace", "unreachable", (id) => [frame("reset", id, word(0))]],
    ["a connection that is broken off", "unreachable", () => [frame("goAway", 0, word(1, 2))]],
  ]

  it.each(broken)("fails at %s", async (_, code, answer) => {
    using service = await frameService((id, socket) => void socket.write(Buffer.concat(answer(id))))
    using to = http2PoolTo(service.port)
    expect(await failureOf(() => to.ask({ method: "POST" }))).toMatchObject({ code, status: 502, sent: true })
    await until(() => to.pool.busy === 0)
  })

  it.each<[string, (stream: number) => readonly Uint8Array[]]>([
    ["is broken off", (id) => [frame("reset", id, word(2))]],
    ["is called off", (id) => [frame("reset", id, word(8))]],
    ["is broken off in peace", (id) => [frame("reset", id, word(0))]],
    ["gets lost with its connection", () => [frame("goAway", 0, word(1, 2))]],
    ["is longer than it said", (id) => [frame("data", id, Buffer.from("too much"), endStream)]],
    ["is shorter than it said", (id) => [frame("data", id, Buffer.from(""), endStream)]],
  ])("breaks a body off that %s", async (_, rest) => {
    let breakOff: (() => void) | undefined
    using service = await frameService((id, socket) => {
      socket.write(head(id, [status("200"), ["content-length", "8"]], 0))
      socket.write(frame("data", id, Buffer.from("half")))
      breakOff = () => void socket.write(Buffer.concat(rest(id)))
    })
    using to = http2PoolTo(service.port)
    const { status: code, body } = await to.ask()
    expect(code).toBe(200)
    breakOff?.()
    await failureOf(() => textOf(body))
    await until(() => to.pool.busy === 0)
  })

  it.each([
    ["HEAD", "200"],
    ["GET", "204"],
    ["GET", "304"],
  ])("takes no body of an answer to %s with %s, whatever length it tells", async (method, code) => {
    using service = await frameService((id, socket) => {
      socket.write(head(id, [status(code), ["content-length", "8"]], 0))
      socket.write(frame("data", id, Buffer.from("none of this"), endStream))
    })
    using to = http2PoolTo(service.port)
    expect(await to.ask({ method })).toMatchObject({ status: Number(code), body: null })
  })

  it("drops interim answers and trailers", async () => {
    using service = await frameService((id, socket) => {
      socket.write(head(id, [status("103"), ["link", "x"]], 0))
      socket.write(head(id, [status("200")], 0))
      socket.write(frame("data", id, Buffer.from("ok")))
      socket.write(head(id, [["x-late", "1"]]))
    })
    using to = http2PoolTo(service.port)
    const { headers, body } = await to.ask()
    expect([linesOf(headers), await textOf(body)]).toEqual([[], "ok"])
  })

  it("keeps the bytes of a header", async () => {
    using service = await frameService(
      (id, socket) => void socket.write(head(id, [status("200"), ["x-a", "\xe9\xff"]])),
    )
    using to = http2PoolTo(service.port)
    expect(linesOf((await to.ask()).headers)).toEqual([["x-a", "\xe9\xff"]])
  })

  it("does not let the length of compressed secrets tell about them", async () => {
    const blocks: Buffer[] = []
    using service = await frameService(
      (id, socket) => void socket.write(frame("headers", id, ok, endHeaders | endStream)),
      (kind, payload) => kind === 1 && blocks.push(payload),
    )
    using to = http2PoolTo(service.port)
    for (let time = 0; time < 2; time++)
      await to.ask({ headers: { authorization: "Bearer aaaaaaaa", cookie: `a=${"b".repeat(50)}` } })
    // RFC 7541 section 6.2.3: never indexed, with names from the static table (authorization 23, cookie 32).
    for (const block of blocks) {
      expect(block.includes(Buffer.from([0x1f, 23 - 15]))).toBe(true)
      expect(block.includes(Buffer.from([0x1f, 32 - 15]))).toBe(true)
    }
    expect(blocks).toHaveLength(2)
  })
})
