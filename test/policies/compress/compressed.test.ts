import { describe, expect, it } from "vitest"

import { decoded } from "../../../src/http/content-coding.ts"
import { compressed } from "../../../src/policies/compress/compressed.ts"
import { type Compression, type Encoder, encoderOf, type Encoding } from "../../../src/policies/compress/encoders.ts"
import { failureOf } from "../../support/exchange.ts"

const encodings: readonly Encoding[] = ["zstd", "br", "gzip"]
const noise = (): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(64 * 1024))
const piece = noise()

/** A body without end, and what is asked of it. */
function endless() {
  const counted = { pulled: 0, cancelled: [] as unknown[] }
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        counted.pulled++
        controller.enqueue(noise())
      },
      cancel: (reason) => void counted.cancelled.push(reason),
    },
    { highWaterMark: 0 },
  )
  return { stream, counted }
}

/** An encoder that counts what it begins, and what is given back. */
function counting(of: Encoder) {
  const counted = { begun: 0, destroyed: 0, flushed: 0 }
  const begin = (): Compression => {
    counted.begun++
    const made = of.begin()
    return {
      ...made,
      flush() {
        counted.flushed++
        return made.flush()
      },
      destroy() {
        counted.destroyed++
        made.destroy()
      },
    }
  }
  return { encoder: { ...of, begin }, counted }
}

describe.each(encodings)("compressed() with %s", (name) => {
  it("begins nothing until somebody reads, and lets an unread body go", async () => {
    const { stream, counted } = endless()
    const { encoder, counted: made } = counting(encoderOf(name, "fast"))
    const body = compressed(stream, encoder)
    expect([counted.pulled, made.begun]).toEqual([0, 0])
    await body.cancel("unread")
    expect([counted.cancelled, counted.pulled, made.begun]).toEqual([["unread"], 0, 0])
  })

  it("reads as fast as it is read, and does not flush while there is more", async () => {
    const { stream, counted } = endless()
    const { encoder, counted: made } = counting(encoderOf(name, "fast"))
    const reader = compressed(stream, encoder).getReader()
    let size = 0
    while (size < 10 * piece.byteLength) size += (await reader.read()).value?.byteLength ?? 0
    // What the coding itself holds back, and the piece that is looked for ahead.
    expect(counted.pulled * piece.byteLength).toBeLessThan(size + 4 * 1024 * 1024)
    expect(made).toEqual({ begun: 1, destroyed: 0, flushed: 0 })
    const { pulled } = counted
    await new Promise((resolve) => setImmediate(resolve))
    expect(counted.pulled).toBe(pulled)
    await reader.cancel()
  })

  it("lets go of the body and of its memory when the reader leaves, a thousand times", async () => {
    const { encoder, counted: made } = counting(encoderOf(name, "fast"))
    let cancelled = 0
    const leave = async (at: number): Promise<void> => {
      const { stream, counted } = endless()
      const reader = compressed(stream, encoder).getReader()
      const first = reader.read()
      // Before anything is made, between two pieces, or in the middle of one.
      if (at % 3 > 0) await first
      const second = at % 3 > 1 ? reader.read() : undefined
      await reader.cancel("left")
      await Promise.all([first, second])
      cancelled += counted.cancelled.length
    }
    const rounds: number[] = []
    for (let round = 0; round < 5; round++) {
      for (let at = 0; at < 200; at++) await leave(at)
      Bun.gc(true)
      rounds.push(process.memoryUsage.rss())
    }
    expect(cancelled).toBe(1000)
    expect(made.begun).toBeGreaterThan(600)
    expect(made.destroyed).toBeGreaterThanOrEqual(made.begun)
    // Each keeps half a megabyte: six hundred that stayed could not be missed.
    expect((rounds.at(-1) ?? 0) - (rounds[0] ?? 0)).toBeLessThan(200 * 1024 * 1024)
  })

  it("gives back its memory when the body breaks off, and when it ends", async () => {
    const { encoder, counted: made } = counting(encoderOf(name, "fast"))
    const lost = new Error("lost")
    let left = 3
    const breaking = new ReadableStream<Uint8Array>({
      pull: (controller) => (left-- > 0 ? controller.enqueue(piece) : controller.error(lost)),
    })
    expect(await failureOf(() => new Response(compressed(breaking, encoder)).bytes())).toBe(lost)
    expect(made).toMatchObject({ begun: 1, destroyed: 1 })
    const whole = new Blob([piece, piece]).stream()
    const bytes = await new Response(compressed(whole, encoder)).bytes()
    expect(Buffer.compare(await decoded(bytes, name, 1e6), Buffer.concat([piece, piece]))).toBe(0)
    expect(made).toMatchObject({ begun: 2, destroyed: 2 })
  })

  it("makes one piece of a small body, without a thread of its own", async () => {
    const { encoder, counted: made } = counting(encoderOf(name, "balanced"))
    const pieces = ["one ", "two ", "three"].map((text) => new TextEncoder().encode(text))
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const one of pieces) controller.enqueue(one)
        controller.close()
      },
    })
    const came: Uint8Array[] = []
    for await (const one of compressed(body, encoder)) came.push(one)
    expect([came.length, made.begun]).toEqual([1, 0])
    expect(new TextDecoder().decode(await decoded(came[0] ?? piece, name, 100))).toBe("one two three")
  })

  it("takes a piece of any size without making all of it at once", async () => {
    const { encoder } = counting(encoderOf(name, "fast"))
    const huge = Buffer.concat(Array.from({ length: 64 }, () => piece))
    const reader = compressed(new Blob([huge]).stream(), encoder).getReader()
    const { value } = await reader.read()
    expect(value?.byteLength).toBeLessThan(1024 * 1024)
    await reader.cancel()
  })
})
