import { once } from "node:events"
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createGzip,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib"

import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { CodingError, codingsOf, decoded, decoding } from "../../src/http/content-coding.ts"
import { failureOf } from "../support/exchange.ts"

type Encode = (bytes: Uint8Array) => Uint8Array

const encoders: Readonly<Record<string, Encode>> = {
  gzip: (bytes) => gzipSync(bytes),
  "x-gzip": (bytes) => gzipSync(bytes),
  deflate: (bytes) => deflateSync(bytes),
  br: (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  zstd: (bytes) => zstdCompressSync(bytes),
}
const codings = Object.keys(encoders)
const encoded = (coding: string, bytes: Uint8Array): Uint8Array => (encoders[coding] as Encode)(bytes)

const limit = 1024 * 1024
const text = new TextEncoder().encode(
  JSON.stringify(Array.from({ length: 300 }, (_, id) => ({ id, name: `no. ${id}` }))),
)

/** A body that arrives in these pieces, and tells when it is not wanted any more. */
function arriving(pieces: readonly Uint8Array[], end: "close" | Error = "close") {
  let at = 0
  const cancelled = Promise.withResolvers<unknown>()
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces[at++]
        if (piece) controller.enqueue(piece)
        else if (end === "close") controller.close()
        else controller.error(end)
      },
      cancel: (reason) => cancelled.resolve(reason),
    },
    { highWaterMark: 0 },
  )
  return { stream, cancelled: cancelled.promise, taken: () => at }
}

const cutAt = (bytes: Uint8Array, places: readonly number[]): Uint8Array[] => {
  const ends = [...new Set(places.map((place) => place % (bytes.byteLength + 1)))].sort((a, b) => a - b)
  return [...ends, bytes.byteLength].map((end, index) => bytes.slice(index === 0 ? 0 : ends[index - 1], end))
}

const nothing = new Uint8Array(4 * 1024 * 1024)
const often = (bytes: Uint8Array): Uint8Array[] => Array.from({ length: 256 }, () => bytes)

/** A gigabyte of nothing in each coding. */
const bombs: Readonly<Record<string, () => Promise<Uint8Array> | Uint8Array>> = {
  gzip: () => Buffer.concat(often(gzipSync(nothing))),
  deflate: () => {
    const part = deflateRawSync(nothing, { finishFlush: constants.Z_FULL_FLUSH })
    return Buffer.concat([...often(part), deflateRawSync(new Uint8Array())])
  },
  br: async () => {
    const zlib = createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })
    const pieces: Buffer[] = []
    zlib.on("data", (piece: Buffer) => void pieces.push(piece))
    for (const piece of often(nothing)) await new Promise<void>((resolve) => void zlib.write(piece, () => resolve()))
    const ended = once(zlib, "end")
    zlib.end()
    await ended
    return Buffer.concat(pieces)
  },
  zstd: () => Buffer.concat(often(zstdCompressSync(nothing))),
}

const failure = async (body: ReadableStream<Uint8Array> | Uint8Array, coding: string, most = limit) => {
  const error = await failureOf(() => decoded(body, coding, most))
  expect(error).toBeInstanceOf(CodingError)
  return error as CodingError
}

describe("codingsOf()", () => {
  it("names what was applied, in its order", () => {
    expect(codingsOf(undefined)).toEqual([])
    expect(codingsOf(" , identity ")).toEqual([])
    expect(codingsOf("GZIP,x-gzip , Br")).toEqual(["gzip", "gzip", "br"])
  })

  it.each(["compress", "gzip, constructor", "gzip;q=1", "aes128gcm"])("fails at %j", (header) => {
    expect(() => codingsOf(header)).toThrow(CodingError)
  })

  it("fails at a pile of codings, which is no way to make anything smaller", () => {
    expect(() => codingsOf("gzip, gzip, gzip, gzip")).toThrow("Cannot decode 4 content codings on top of each other.")
  })
})

describe("decoded()", () => {
  it("gives back what was encoded, with any codings on top of each other and cut anywhere", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3000 }),
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.constantFrom(...codings), { maxLength: 3 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        async (bytes, times, applied, places) => {
          const content = Buffer.concat(Array.from({ length: times }, () => bytes))
          const body = applied.reduce<Uint8Array>((inner, coding) => encoded(coding, inner), content)
          const header = applied.join(", ")
          expect(Buffer.compare(await decoded(body, header, limit), content)).toBe(0)
          expect(Buffer.compare(await decoded(arriving(cutAt(body, places)).stream, header, limit), content)).toBe(0)
        },
      ),
      { numRuns: 60 },
    )
  })

  it.each(codings)("takes %s byte by byte", async (coding) => {
    const body = encoded(coding, text)
    const bytes = Array.from(body, (byte) => Uint8Array.of(byte))
    expect(Buffer.compare(await decoded(arriving(bytes).stream, coding, limit), text)).toBe(0)
  })

  it("takes deflate as some servers send it, without head and checksum", async () => {
    const body = deflateRawSync(text)
    expect(Buffer.compare(await decoded(body, "deflate", limit), text)).toBe(0)
    expect(Buffer.compare(await decoded(arriving(cutAt(body, [1])).stream, "deflate", limit), text)).toBe(0)
  })

  it.each(["gzip", "zstd"])("takes %s in several members", async (coding) => {
    const body = Buffer.concat([encoded(coding, text), encoded(coding, text)])
    expect(Buffer.compare(await decoded(body, coding, limit), Buffer.concat([text, text]))).toBe(0)
  })

  it.each(codings)("takes no body at all for an empty one: %s", async (coding) => {
    expect((await decoded(new Uint8Array(), coding, limit)).byteLength).toBe(0)
    expect((await decoded(arriving([]).stream, coding, limit)).byteLength).toBe(0)
  })

  it.each([...codings, ""])("lets exactly the limit through, and not a byte more: %j", async (coding) => {
    const body = coding === "" ? text : encoded(coding, text)
    expect((await decoded(body, coding, text.byteLength)).byteLength).toBe(text.byteLength)
    const { stream, cancelled } = arriving([body, body, body])
    expect(await failure(stream, coding, text.byteLength - 1)).toMatchObject({
      reason: "too_large",
      message: `The body is larger than ${text.byteLength - 1} bytes once decoded.`,
    })
    await cancelled
  })

  it.each(codings)("fails where %s is cut, anywhere", async (coding) => {
    const body = encoded(coding, text)
    for (let end = 1; end < body.byteLength; end += Math.ceil(body.byteLength / 23))
      expect(await failure(body.subarray(0, end), coding)).toMatchObject({ reason: "corrupt" })
    expect(await failure(body.subarray(0, -1), coding)).toMatchObject({ reason: "corrupt" })
  })

  it.each(codings)("fails where %s is followed by something else, or is something else", async (coding) => {
    const longer = Buffer.concat([encoded(coding, text), Buffer.from("and more")])
    expect(await failure(longer, coding)).toMatchObject({ reason: "corrupt" })
    expect(await failure(Buffer.from("<!doctype html>"), coding)).toMatchObject({ reason: "corrupt" })
  })

  it.each(["gzip", "deflate"])("fails where a bit of %s is another: it has a checksum", async (coding) => {
    const body = encoded(coding, text)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 10, max: body.byteLength - 1 }), fc.nat(7), async (at, bit) => {
        const wrong = body.map((byte, index) => (index === at ? byte ^ (1 << bit) : byte))
        expect(await failure(wrong, coding)).toBeDefined()
      }),
      { numRuns: 50 },
    )
  })

  it("says of a body that broke off why it did, and does not call it corrupt", async () => {
    const lost = new Error("The service left.")
    const body = encoded("gzip", text)
    for (const header of ["gzip", "gzip, gzip"])
      expect(await failureOf(() => decoded(arriving([body.subarray(0, 40)], lost).stream, header, limit))).toBe(lost)
  })

  it("cancels a body whose coding it does not know", async () => {
    const { stream, cancelled } = arriving([text])
    expect(await failure(stream, "compress")).toMatchObject({
      reason: "unknown_coding",
      message: 'Cannot decode the content coding "compress".',
    })
    await cancelled
  })

  it.each(Object.keys(bombs))(
    "refuses a megabyte of %s that would become a gigabyte, before it does",
    async (coding) => {
      const body = await bombs[coding]?.()
      if (!body) throw new Error("There is no bomb.")
      expect(body.byteLength).toBeLessThan(1.1 * 1024 * 1024)
      const before = process.memoryUsage.rss()
      expect(await failure(body, coding)).toMatchObject({ reason: "too_large" })
      // Where there is no limit to speak of, the growth gives it away.
      let size = 0
      const endless = async (): Promise<void> => {
        for await (const piece of decoding(arriving([body]).stream, coding, { limit: 1e12 })) size += piece.byteLength
      }
      expect(await failureOf(endless)).toMatchObject({
        reason: "too_large",
        message: "The body grows to more than 200 times its size when it is decoded.",
      })
      expect(size).toBeLessThanOrEqual(201 * Math.max(1024 * 1024, body.byteLength))
      expect(process.memoryUsage.rss() - before).toBeLessThan(400 * 1024 * 1024)
    },
  )

  it("refuses a bomb inside a bomb", async () => {
    const inner = await bombs.gzip?.()
    expect(await failure(gzipSync(inner ?? ""), "gzip, gzip")).toMatchObject({ reason: "too_large" })
  })

  it("lets what repeats itself grow as it likes as long as it stays small", async () => {
    const zeros = new Uint8Array(limit)
    for (const coding of codings) expect((await decoded(encoded(coding, zeros), coding, limit)).byteLength).toBe(limit)
  })
})

describe("decoding()", () => {
  it("decodes no more than its reader takes", async () => {
    const noise = crypto.getRandomValues(new Uint8Array(60_000))
    const parts = Array.from({ length: 50 }, () => gzipSync(noise))
    const { stream, taken, cancelled } = arriving(parts)
    const reader = decoding(stream, "gzip", { limit: 1e9 }).getReader()
    expect(taken()).toBe(0)
    await reader.read()
    expect(taken()).toBeLessThan(8)
    await reader.cancel("enough")
    expect(await cancelled).toBe("enough")
  })

  it("gives each line of a slow stream as it comes", async () => {
    const gzip = createGzip()
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    gzip.on("data", (piece: Buffer) => void writer.write(new Uint8Array(piece)))
    const reader = decoding(readable, "gzip", { limit }).getReader()
    for (const line of ["one\n", "two\n"]) {
      gzip.write(line)
      gzip.flush(constants.Z_SYNC_FLUSH)
      expect(new TextDecoder().decode((await reader.read()).value)).toBe(line)
    }
    await reader.cancel()
  })

  it("leaves a body without codings alone", () => {
    const { stream } = arriving([text])
    expect(decoding(stream, "identity", { limit })).toBe(stream)
  })
})
