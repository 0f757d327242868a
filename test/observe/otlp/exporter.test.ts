import { describe, expect, it } from "vitest"

import { Exporter, type Sending } from "../../../src/observe/otlp/exporter.ts"
import { otlpOption, type OtlpOptions } from "../../../src/observe/otlp/options.ts"
import { tools } from "../../support/exchange.ts"

interface Asked {
  readonly path: string
  readonly headers: Headers
  readonly items: readonly number[]
}

type Answer = Response | Promise<Response>

/** A receiver of lists of numbers, and an exporter of them. */
function exporting(answer: (number: number) => Answer, more: object = {}) {
  const asked: Asked[] = []
  const waiting: (() => void)[] = []
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    async fetch(request) {
      const bytes = new Uint8Array(await request.arrayBuffer())
      const text = new TextDecoder().decode(request.headers.has("content-encoding") ? Bun.gunzipSync(bytes) : bytes)
      asked.push({
        path: new URL(request.url).pathname,
        headers: request.headers,
        items: JSON.parse(text) as number[],
      })
      for (const look of waiting) look()
      return answer(asked.length)
    },
  })
  const url = `http://127.0.0.1:${server.port}/otlp/`
  const options: OtlpOptions = otlpOption.parse({ url, queue: 256, ...more }, [], ({ message }) => {
    throw new Error(message)
  })
  const sending: Sending<number> = {
    what: "traces",
    sizeOf: (item) => item,
    serialize: (items) => new TextEncoder().encode(JSON.stringify(items)),
    refused: (bytes) =>
      bytes.byteLength > 0 ? { count: Number(new TextDecoder().decode(bytes)), why: "no" } : undefined,
  }
  const { log, logged } = tools()
  return {
    exporter: new Exporter(sending, options, log),
    asked,
    logged,
    /** Settles when so many requests have come. */
    has: (count: number) =>
      new Promise<void>((resolve) => {
        const look = (): void => void (asked.length >= count && resolve())
        waiting.push(look)
        look()
      }),
    [Symbol.dispose]: () => void server.stop(true),
  }
}

const ok = (): Response => new Response(new Uint8Array())

describe("Exporter", () => {
  it("push() sends what has gathered in one request, once there is enough", async () => {
    using made = exporting(ok, { headers: { "x-key": "k" } })
    made.exporter.push(100)
    made.exporter.push(100)
    expect(made.asked).toEqual([])
    made.exporter.push(56)
    await made.has(1)
    await made.exporter.flush()
    expect(made.asked.map(({ path, items }) => [path, items])).toEqual([["/otlp/v1/traces", [100, 100, 56]]])
    expect(made.exporter.counts).toEqual({ sent: 256, dropped: 0, failed: 0 })
    const headers = made.asked[0]?.headers
    expect(headers?.get("content-type")).toBe("application/x-protobuf")
    expect(headers?.get("content-encoding")).toBe("gzip")
    expect(headers?.get("x-key")).toBe("k")
  })

  it("begin() sends what has gathered every so often", async () => {
    using made = exporting(ok, { every: "5ms", compress: false, format: "json" })
    const end = made.exporter.begin()
    made.exporter.push(1)
    await made.has(1)
    made.exporter.push(2)
    await made.has(2)
    end()
    expect(made.asked.map(({ items }) => items)).toEqual([[1], [2]])
    expect(made.asked[0]?.headers.get("content-encoding")).toBeNull()
    expect(made.asked[0]?.headers.get("content-type")).toBe("application/json")
  })

  it("push() drops what finds no room, and counts it; what is on its way takes room too", async () => {
    const { promise, resolve } = Promise.withResolvers<Response>()
    using made = exporting(() => promise)
    made.exporter.push(256)
    await made.has(1)
    made.exporter.push(1)
    expect(made.exporter.counts.dropped).toBe(1)
    resolve(ok())
    await made.exporter.flush()
    made.exporter.push(1)
    await made.exporter.flush()
    expect(made.exporter.counts).toEqual({ sent: 257, dropped: 1, failed: 0 })
  })

  it("sends again what a receiver may take later, when that asks for it", async () => {
    using made = exporting((number) =>
      number === 1 ? new Response("", { status: 503, headers: { "retry-after": "0" } }) : ok(),
    )
    made.exporter.push(256)
    await made.has(2)
    await made.exporter.flush()
    expect(made.asked.map(({ items }) => items)).toEqual([[256], [256]])
    expect(made.exporter.counts).toEqual({ sent: 256, dropped: 0, failed: 0 })
    expect(made.logged).toEqual([])
  })

  it("does not send again what will never be taken, and says so once", async () => {
    using made = exporting((number) => (number < 3 ? new Response("", { status: 400 }) : ok()), { every: "1ms" })
    const end = made.exporter.begin()
    for (const number of [1, 2, 3]) {
      made.exporter.push(1)
      await made.has(number)
    }
    end()
    await made.exporter.flush()
    expect(made.exporter.counts).toEqual({ sent: 1, dropped: 0, failed: 2 })
    expect(made.logged.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      "warn: The OTLP receiver does not take traces: it answered 400. They are lost until it does.",
      "info: The OTLP receiver takes traces again.",
    ])
  })

  it("counts what a receiver takes in part", async () => {
    using made = exporting(() => new Response("3"))
    made.exporter.push(10)
    await made.exporter.flush()
    expect(made.exporter.counts).toEqual({ sent: 7, dropped: 0, failed: 3 })
    expect(made.logged[0]?.message).toContain("it refused 3 of them: no")
  })

  it("flush() does not wait for a receiver that asks for time", async () => {
    using made = exporting(() => new Response("", { status: 429, headers: { "retry-after": "50" } }))
    made.exporter.push(256)
    await made.has(1)
    await made.exporter.flush()
    expect(made.exporter.counts.failed).toBe(256)
  })

  it("push() after flush() waits for nothing: exchanges of an old config end when they end", async () => {
    using made = exporting(ok, { every: "1h" })
    await made.exporter.flush()
    made.exporter.push(1)
    await made.has(1)
    expect(made.asked[0]?.items).toEqual([1])
  })

  it("flush() gives up on a receiver that is not there", async () => {
    const made = exporting(ok)
    made[Symbol.dispose]()
    made.exporter.push(1)
    await made.exporter.flush()
    expect(made.exporter.counts.failed).toBe(1)
    expect(made.logged[0]?.message).toContain("it cannot be reached")
  })

  it("gives up on a receiver that does not answer in time", async () => {
    using made = exporting(() => new Promise<Response>(() => undefined), { timeout: "20ms" })
    made.exporter.push(1)
    await made.exporter.flush()
    expect(made.logged[0]?.message).toContain("it did not answer in time")
  })

  it("does not go where a receiver sends it: its headers are for that one only", async () => {
    using other = exporting(ok)
    using made = exporting(() => new Response("", { status: 307, headers: { location: "http://127.0.0.1:1/" } }))
    made.exporter.push(1)
    await made.exporter.flush()
    expect(other.asked).toEqual([])
    expect(made.exporter.counts.failed).toBe(1)
  })
})
