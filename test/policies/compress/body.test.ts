import { constants, zstdDecompressSync } from "node:zlib"

import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { decoded, decoding } from "../../../src/http/content-coding.ts"
import { failureOf, streamOf } from "../../support/exchange.ts"
import { answered, codingOf, json, plainOf } from "./answered.ts"

describe("compress(), a body on its way", () => {
  it("gives back what was sent, however it was cut and whatever it went through", async () => {
    const level = fc.oneof(
      fc.constantFrom("fast", "balanced", "small"),
      fc.record({ zstd: fc.integer({ min: 1, max: 19 }), br: fc.nat(11), gzip: fc.integer({ min: 1, max: 9 }) }),
    )
    const piece = fc
      .tuple(fc.string({ maxLength: 40 }), fc.constantFrom(1, 10, 1000, 4000))
      .map(([text, times]) => text.repeat(times))
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 5 }),
        fc.constantFrom("zstd", "br", "gzip"),
        level,
        async (pieces, accepts, chosen) => {
          const written = { level: chosen, minSize: "1b" }
          const text = Buffer.from(pieces.join("")).toString()
          expect(await plainOf(await answered({ body: streamOf(...pieces) }, accepts, written))).toBe(text)
          expect(await plainOf(await answered({ body: text }, accepts, written))).toBe(text)
        },
      ),
      { numRuns: 40 },
    )
  })

  it.each(["zstd", "br", "gzip"])("shows each line before the next one is there: %s", async (accepts) => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    const reply = await answered({ body: readable, headers: { "content-type": "application/x-ndjson" } }, accepts)
    const reader = decoding(reply.body as ReadableStream<Uint8Array>, accepts, { limit: 1e6 }).getReader()
    for (let at = 0; at < 5; at++) {
      const line = `{"line":${at}}\n`
      const [{ value }] = await Promise.all([reader.read(), writer.write(new TextEncoder().encode(line))])
      expect(new TextDecoder().decode(value)).toBe(line)
    }
    const [end] = await Promise.all([reader.read(), writer.close()])
    expect(end.done).toBe(true)
  })

  it("opens a stream of events before there is one, with a coding that can", async () => {
    const events = { headers: { "content-type": "text/event-stream; charset=utf-8" } }
    const types = ["text/event-stream"]
    for (const [accepts, coding] of [
      ["zstd, br, gzip", "br"],
      ["zstd, gzip", "gzip"],
    ] as const) {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
      const reply = await answered({ body: readable, ...events }, accepts, { types })
      expect(reply.headers.get("content-encoding")).toBe(coding)
      const [ours, theirs] = (reply.body as ReadableStream<Uint8Array>).tee()
      expect((await ours.getReader().read()).value?.byteLength).toBeGreaterThan(0)
      const writer = writable.getWriter()
      const all = decoded(theirs, coding, 1e6)
      await writer.write(new TextEncoder().encode("data: 1\n\n"))
      await writer.close()
      expect(new TextDecoder().decode(await all)).toBe("data: 1\n\n")
    }
    expect(await codingOf({ body: streamOf("data: 1\n\n"), ...events }, "zstd", { types })).toBeUndefined()
  })

  it("breaks off where the service does, and lets go of it", async () => {
    const lost = new Error("The service left.")
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent++ < 3) controller.enqueue(new TextEncoder().encode(json.repeat(10)))
        else controller.error(lost)
      },
    })
    const reply = await answered({ body }, "zstd")
    const reader = (reply.body as ReadableStream<Uint8Array>).getReader()
    const read = async (): Promise<void> => {
      while (!(await reader.read()).done);
    }
    expect(await failureOf(read)).toBe(lost)
  })

  it("lets zstd look back a megabyte, which every browser takes", async () => {
    const reply = await answered({ body: json.repeat(400) }, "zstd", { level: "small" })
    const bytes = await new Response(reply.body).bytes()
    // RFC 9659 allows 8 MB.
    expect(zstdDecompressSync(bytes, { params: { [constants.ZSTD_d_windowLogMax]: 20 } }).byteLength).toBe(
      json.length * 400,
    )
  })
})
