import fc from "fast-check"
import { describe, expect, it, vi } from "vitest"

import { keepBody } from "../../src/core/keep-body.ts"
import { streamOf, textOf } from "../support/exchange.ts"

/** The beginning of a stream: so many reads. */
async function begun(stream: ReadableStream<Uint8Array>, reads: number): Promise<ReadableStreamDefaultReader> {
  const reader = stream.getReader()
  for (let read = 0; read < reads; read++) await reader.read()
  return reader
}

/** A body without an end, and what became of it. */
function endless() {
  const seen = { sent: 0, cancelled: vi.fn<() => void>() }
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array((seen.sent += 4) && 4)),
    cancel: seen.cancelled,
  })
  return Object.assign(seen, { stream })
}

describe("keepBody()", () => {
  it("gives a body back as often as wanted, wherever the time before broke off", async () => {
    const pieces = fc.array(fc.string({ unit: "grapheme", minLength: 1 }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(pieces, fc.array(fc.nat({ max: 8 }), { maxLength: 4 }), async (parts, breaks) => {
        const kept = keepBody(streamOf(...parts), 1000)
        for (const reads of breaks) await (await begun(kept.stream(), reads)).cancel()
        expect(kept.whole).toBe(true)
        expect(await textOf(kept.stream())).toBe(parts.join(""))
        expect(await textOf(kept.stream())).toBe(parts.join(""))
      }),
    )
  })

  it("gives a larger one once, whole, and says that there is no second time", async () => {
    const kept = keepBody(streamOf("0123", "4567", "89ab", "cdef"), 5)
    expect(kept.whole).toBe(true)
    expect(await textOf(kept.stream())).toBe("0123456789abcdef")
    expect(kept.whole).toBe(false)
    expect(() => kept.stream()).toThrow("The body was not kept: it cannot be sent again.")
  })

  it("keeps nothing of what is behind the limit", async () => {
    const pieces: WeakRef<Uint8Array>[] = []
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = new Uint8Array(1000)
        pieces.push(new WeakRef(piece))
        controller.enqueue(piece)
      },
    })
    const kept = keepBody(body, 10_000)
    const reader = await begun(kept.stream(), 1000)
    Bun.gc(true)
    // What the engine has not got round to is a few at most.
    expect(pieces.filter((piece) => piece.deref()).length).toBeLessThan(500)
    expect(kept.whole).toBe(false)
    await reader.cancel()
  })

  it("keeps a body of exactly the limit", async () => {
    for (const [parts, whole] of [
      [["0123", "4"], true],
      [["0123", "45"], false],
    ] as const) {
      const kept = keepBody(streamOf(...parts), 5)
      await textOf(kept.stream())
      expect(kept.whole).toBe(whole)
    }
  })

  it("reads nothing before somebody wants it, and no further than that", async () => {
    const body = endless()
    const kept = keepBody(body.stream, 1000)
    const stream = kept.stream()
    await Promise.resolve()
    const before = body.sent
    await begun(stream, 3)
    // A stream by itself is always one piece ahead.
    expect(before).toBeLessThanOrEqual(4)
    expect(body.sent).toBeLessThanOrEqual(16)
  })

  it("leaves a body that nobody read to others", async () => {
    const body = streamOf("all")
    keepBody(body).stream()
    expect(await textOf(body)).toBe("all")
  })

  it("loses nothing that was on its way when one try ended and the next began", async () => {
    let push: (text: string | undefined) => void = () => expect.fail()
    const kept = keepBody(
      new ReadableStream<Uint8Array>({
        start(controller) {
          push = (text) =>
            text === undefined ? controller.close() : controller.enqueue(new TextEncoder().encode(text))
        },
      }),
    )
    const first = kept.stream().getReader()
    const waiting = first.read()
    await first.cancel()
    const second = textOf(kept.stream())
    push("one")
    push("two")
    push(undefined)
    expect(await second).toBe("onetwo")
    expect((await waiting).done).toBe(true)
  })

  it("leaves the client's upload open while it may be sent again, and ends it once that is settled", async () => {
    const body = endless()
    const kept = keepBody(body.stream, 100)
    await (await begun(kept.stream(), 2)).cancel()
    expect(body.cancelled).not.toHaveBeenCalled()
    kept.settle()
    expect(body.cancelled).toHaveBeenCalledTimes(1)
  })

  it("ends the client's upload when nobody wants the rest of one that is too large to keep", async () => {
    const body = endless()
    const reader = await begun(keepBody(body.stream, 10).stream(), 4)
    await reader.cancel()
    expect(body.cancelled).toHaveBeenCalledTimes(1)
  })

  it("lets the last stream go on after it is settled, whole, and keeps no more of it", async () => {
    const kept = keepBody(streamOf("a", "b", "c"))
    await (await begun(kept.stream(), 2)).cancel()
    const last = kept.stream()
    kept.settle()
    expect(kept.whole).toBe(false)
    expect(await textOf(last)).toBe("abc")
  })

  it("fails as the upload does, each time", async () => {
    const broken = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("gone")) })
    const kept = keepBody(broken)
    await expect(textOf(kept.stream())).rejects.toThrow("gone")
    await expect(textOf(kept.stream())).rejects.toThrow("gone")
  })
})
