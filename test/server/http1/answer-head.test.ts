import { describe, expect, it } from "vitest"

import type { Reply, ReplyBody } from "../../../src/core/reply.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { answerHead, type Framing, framingOf, upgradeHead } from "../../../src/server/http1/answer-head.ts"
import { reply } from "./listening.ts"

const stream = (): ReadableStream<Uint8Array> => new ReadableStream()

/** What a body may be: how it is made, what headers come with it, and how it is framed where it is sent. */
const bodies: Record<string, { make: () => ReplyBody; lines: string[]; sent: Framing; sentOld: Framing }> = {
  "no body": { make: () => null, lines: [], sent: 0, sentOld: 0 },
  "an empty text": { make: () => "", lines: [], sent: 0, sentOld: 0 },
  "a text": { make: () => "g\u00fcn", lines: [], sent: 4, sentOld: 4 },
  "a text whose length is said wrong": { make: () => "abc", lines: ["content-length", "7"], sent: 3, sentOld: 3 },
  bytes: { make: () => new Uint8Array(9), lines: [], sent: 9, sentOld: 9 },
  "no bytes": { make: () => new Uint8Array(), lines: [], sent: 0, sentOld: 0 },
  "no body with a length": { make: () => null, lines: ["content-length", "7"], sent: 0, sentOld: 0 },
  "a stream": { make: stream, lines: [], sent: "chunked", sentOld: "close" },
  "a stream with a length": { make: stream, lines: ["content-length", "7"], sent: 7, sentOld: 7 },
  "a stream with the length 0": { make: stream, lines: ["content-length", "0"], sent: 0, sentOld: 0 },
  "a stream with no sensible length": {
    make: stream,
    lines: ["content-length", "-7"],
    sent: "chunked",
    sentOld: "close",
  },
  "a stream in chunks of somebody else": {
    make: stream,
    lines: ["transfer-encoding", "chunked"],
    sent: "chunked",
    sentOld: "close",
  },
}
const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]
const statuses = [
  200, 201, 202, 203, 204, 205, 206, 207, 226, 300, 301, 303, 304, 308, 400, 404, 416, 426, 451, 500, 511, 599,
]
const versions = [
  ["HTTP/1.1", false],
  ["HTTP/1.0", true],
] as const

describe("framingOf()", () => {
  const cases = Object.entries(bodies).flatMap(([name, body]) =>
    versions.map(([version, old]) => [name, version, { ...body, old }] as const),
  )
  it.each(cases)("ends %s as every method, status and %s want it", (_, __, { make, lines, sent, sentOld, old }) => {
    for (const method of methods)
      for (const status of statuses) {
        const expected =
          status === 205 ? 0 : method === "HEAD" || status === 204 || status === 304 ? "none" : old ? sentOld : sent
        expect([method, status, framingOf(method, reply(make(), status, ...lines), old)]).toEqual([
          method,
          status,
          expected,
        ])
      }
  })

  it.each<[string, ReplyBody, string[], string | undefined]>([
    ["a text, in bytes", "g\u00fcn", [], "4"],
    ["bytes", new Uint8Array(9), ["content-length", "7"], "9"],
    ["a body that is not there, as it was said", null, ["content-length", "7"], "7"],
    ["nothing that is known", null, [], undefined],
    ["a stream, as it was said", stream(), ["content-length", "7"], "7"],
  ])("tells HEAD the length that GET would get: of %s", (_, body, lines, length) => {
    const made = reply(body, 200, ...lines)
    expect(framingOf("HEAD", made, false)).toBe("none")
    expect(made.headers.get("content-length")).toBe(length)
  })

  it("takes the length from 204, which has none, and leaves that of 304, which is that of another answer", () => {
    for (const [status, length] of [
      [204, undefined],
      [304, "7"],
    ] as const) {
      const made = reply("x", status, "content-length", "7")
      framingOf("GET", made, false)
      expect(made.headers.get("content-length")).toBe(length)
    }
  })
})

/** The lines of a head but the date, which it has to have. */
function linesOf(made: Reply, framing: Framing, connection: "" | "close" | "keep-alive" = ""): string[] {
  const head = answerHead(made, framing, connection)
  expect(head.endsWith("\r\n\r\n")).toBe(true)
  const lines = head.slice(0, -4).split("\r\n")
  expect(lines.filter((line) => line.startsWith("date: "))).toHaveLength(1)
  return lines.filter((line) => !line.startsWith("date: "))
}

describe("answerHead()", () => {
  it("begins with the status and its words, also where there are none", () => {
    expect(linesOf(reply(null, 404), 0)[0]).toBe("HTTP/1.1 404 Not Found")
    expect(linesOf(reply(null, 299), 0)[0]).toBe("HTTP/1.1 299 Unknown")
  })

  it("says how the body ends, and that alone", () => {
    const lies = ["content-length", "1", "x-a", "1", "content-length", "2", "transfer-encoding", "gzip", "trailer", "a"]
    expect(linesOf(reply(null, 200, ...lies), 5)).toEqual(["HTTP/1.1 200 OK", "x-a: 1", "content-length: 5"])
    expect(linesOf(reply(null, 200, ...lies), 0)).toEqual(["HTTP/1.1 200 OK", "x-a: 1", "content-length: 0"])
    expect(linesOf(reply(null, 200, ...lies), "chunked")).toEqual([
      "HTTP/1.1 200 OK",
      "x-a: 1",
      "transfer-encoding: chunked",
    ])
    expect(linesOf(reply(null, 200, ...lies), "close")).toEqual(["HTTP/1.1 200 OK", "x-a: 1"])
    expect(linesOf(reply(null, 304, "content-length", "7", "transfer-encoding", "chunked"), "none")).toEqual([
      "HTTP/1.1 304 Not Modified",
      "content-length: 7",
    ])
  })

  it("decides about the connection, whatever the answer says about it", () => {
    const said = ["connection", "x-a", "keep-alive", "timeout=5", "proxy-connection", "close", "te", "trailers"]
    expect(linesOf(reply(null, 200, ...said), 0)).toEqual(["HTTP/1.1 200 OK", "content-length: 0"])
    expect(linesOf(reply(null, 200, ...said), 0, "close")).toContain("connection: close")
    expect(linesOf(reply(null, 200), 0, "keep-alive")).toContain("connection: keep-alive")
  })

  it("names the upgrade that a 426 asks for", () => {
    const made = reply(null, 426, "upgrade", "websocket")
    expect(linesOf(made, 0)).toEqual([
      "HTTP/1.1 426 Upgrade Required",
      "upgrade: websocket",
      "content-length: 0",
      "connection: upgrade",
    ])
    expect(linesOf(made, 0, "close")).toContain("connection: upgrade, close")
  })

  it("keeps the lines in order, twice-sent ones twice, with every letter as one byte", () => {
    const lines = ["set-cookie", "a=1", "x", "\u00e9\u00ff", "set-cookie", "b=2"]
    expect(linesOf(reply(null, 200, ...lines), "none").slice(1)).toEqual([
      "set-cookie: a=1",
      "x: \u00e9\u00ff",
      "set-cookie: b=2",
    ])
  })

  it("has the date of now, unless the answer has one", () => {
    const [, date = ""] = /\r\ndate: ([^\r]*)\r\n/.exec(answerHead(reply(null), 0, "")) ?? []
    expect(date).toMatch(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/)
    expect(Math.abs(Date.parse(date) - Date.now())).toBeLessThan(10_000)
    const given = "Tue, 15 Nov 1994 08:12:31 GMT"
    expect(answerHead(reply(null, 200, "date", given), 0, "")).toBe(
      `HTTP/1.1 200 OK\r\ndate: ${given}\r\ncontent-length: 0\r\n\r\n`,
    )
  })
})

describe("upgradeHead()", () => {
  it("accepts, with the lines of the service that are not about its connection", () => {
    const lines = [
      "connection",
      "upgrade",
      "upgrade",
      "x",
      "content-length",
      "5",
      "set-cookie",
      "a=1",
      "keep-alive",
      "1",
    ]
    expect(upgradeHead(new HeaderList(lines), "key", undefined)).toBe(
      "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nset-cookie: a=1\r\nsec-websocket-accept: key\r\n\r\n",
    )
    expect(upgradeHead(new HeaderList(), "key", "permessage-deflate")).toContain(
      "\r\nsec-websocket-extensions: permessage-deflate\r\n",
    )
  })
})
