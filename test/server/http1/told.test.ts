import { describe, expect, it } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import type { Ended } from "../../../src/core/observer.ts"
import { bytesOf } from "../../../src/core/reply.ts"
import { connect, requestText } from "../../support/raw.ts"
import { echo, listening, reply } from "./listening.ts"

const facts = ({ exchange, status, outcome, code, received, sent }: Ended): unknown[] => [
  `${exchange.method} ${exchange.sentPath}${exchange.sentSearch}`,
  status,
  outcome,
  code,
  received,
  sent,
]

const streamOf = (...pieces: readonly (string | Error)[]): ReadableStream<Uint8Array> => {
  const left = pieces.values()
  return new ReadableStream({
    pull(controller) {
      const { value, done } = left.next()
      if (done) controller.close()
      else if (value instanceof Error) controller.error(value)
      else controller.enqueue(Buffer.from(value))
    },
  })
}

describe("an observer", () => {
  it("is told of each exchange once, in order, with the bytes of its bodies", async () => {
    using made = listening(
      async (exchange) => {
        await bytesOf(exchange.body, 1000)
        return exchange.path === "/stream" ? reply(streamOf("ab", "cde")) : echo(exchange)
      },
      { tells: true },
    )
    using client = await connect(made.url)
    client.send(requestText("/one?x=1"))
    client.send("POST /two HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
    client.send("POST /stream HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
    client.send("HEAD /four HTTP/1.1\r\nHost: a\r\n\r\n")
    await made.ended(4)
    expect(made.told.map(facts)).toEqual([
      ["GET /one?x=1", 200, "whole", undefined, 0, 8],
      ["POST /two", 200, "whole", undefined, 5, 4],
      ["POST /stream", 200, "whole", undefined, 3, 5],
      ["HEAD /four", 200, "whole", undefined, 0, 0],
    ])
    for (const { began, answered, ended, at } of made.told) {
      expect(answered).toBeGreaterThanOrEqual(began)
      expect(ended).toBeGreaterThanOrEqual(answered)
      expect(Math.abs(Date.now() - at)).toBeLessThan(60_000)
    }
  })

  it("is told of what is refused at the door, and of what is no request", async () => {
    using made = listening(echo, { tells: true })
    for (const bad of [
      "TRACE /x HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
      "nonsense\r\n\r\n",
    ]) {
      using client = await connect(made.url)
      client.send(bad)
      await client.response()
    }
    await made.ended(3)
    expect(made.told.map(facts).map((all) => all.slice(0, 4))).toEqual([
      ["TRACE /x", 501, "whole", "not_implemented"],
      ["GET /%zz", 400, "whole", "bad_path"],
      ["GET ", 400, "whole", "bad_request"],
    ])
  })

  it("is told of failures by their code, and of answers that broke off", async () => {
    using made = listening(
      ({ path }) => {
        if (path === "/cut") return reply(streamOf("half", new Error("The service is gone.")))
        throw new GatewayError("rate_limited", "Too much.")
      },
      { tells: true },
    )
    using one = await connect(made.url)
    one.send(requestText("/no"))
    await one.response("GET")
    using two = await connect(made.url)
    two.send(requestText("/cut"))
    await made.ended(2)
    expect(made.told.map(facts).map((all) => all.slice(0, 4))).toEqual([
      ["GET /no", 429, "whole", "rate_limited"],
      ["GET /cut", 200, "cut", "answer_cut"],
    ])
    expect(made.told[1]?.sent).toBe(4)
  })

  it("is told that a client left before its answer, and in the midst of it", async () => {
    const asked = Promise.withResolvers<void>()
    using made = listening(
      (exchange) => {
        if (exchange.path === "/midst")
          return reply(new ReadableStream({ pull: (to) => to.enqueue(Buffer.alloc(65536)) }))
        asked.resolve()
        return exchange.unlessOver(new Promise<never>(() => undefined))
      },
      { tells: true },
    )
    const early = await connect(made.url)
    early.send(requestText("/early"))
    await asked.promise
    early[Symbol.dispose]()
    await made.ended(1)
    const midst = await connect(made.url)
    midst.send(requestText("/midst"))
    midst[Symbol.dispose]()
    await made.ended(2)
    expect(made.told.map(facts).map((all) => all.slice(0, 4))).toEqual([
      ["GET /early", 499, "gone", "client_gone"],
      ["GET /midst", 200, "gone", "client_gone"],
    ])
  })
})
