import { describe, expect, it, vi } from "vitest"

import { untilEnd } from "../../src/core/until-end.ts"
import { streamOf, textOf } from "../support/exchange.ts"

const watched = (stream: ReadableStream<Uint8Array>) => {
  const ended = vi.fn<(whole: boolean) => void>()
  return { stream: untilEnd(stream, ended), told: ended.mock.calls }
}

describe("untilEnd()", () => {
  it("hands on every piece, and tells once that the stream was whole", async () => {
    const { stream, told } = watched(streamOf("one ", "two"))
    expect(await textOf(stream)).toBe("one two")
    expect(told).toEqual([[true]])
  })

  it("tells once that it broke off", async () => {
    const { stream, told } = watched(
      new ReadableStream({ pull: (controller) => controller.error(new Error("broken")) }),
    )
    await expect(textOf(stream)).rejects.toThrow("broken")
    expect(told).toEqual([[false]])
  })

  it("tells once that nobody wants it any more, and tells the source, also in the middle of a read", async () => {
    for (const reads of [0, 1]) {
      const cancelled = vi.fn<() => void>()
      const { stream, told } = watched(new ReadableStream({ cancel: cancelled }))
      const reader = stream.getReader()
      const waiting = reads > 0 ? reader.read() : undefined
      await reader.cancel()
      await waiting
      expect(cancelled).toHaveBeenCalledTimes(1)
      expect(told).toEqual([[false]])
    }
  })

  it("tells so when nothing goes on behind it any more, and not before", async () => {
    for (const reads of [0, 1]) {
      const over = Promise.withResolvers<void>()
      const { stream, told } = watched(new ReadableStream({ cancel: () => over.promise }))
      const reader = stream.getReader()
      const waiting = reads > 0 ? reader.read() : undefined
      const left = reader.cancel()
      await waiting
      await new Promise((resolve) => setImmediate(resolve))
      expect(told).toEqual([])
      over.resolve()
      await left
      expect(told).toEqual([[false]])
    }
  })

  it("tells so too when the source fails to end", async () => {
    const { stream, told } = watched(new ReadableStream({ cancel: () => Promise.reject(new Error("stuck")) }))
    await expect(stream.cancel()).rejects.toThrow("stuck")
    expect(told).toEqual([[false]])
  })

  it("leaves a stream that nobody asked for to others", async () => {
    const source = streamOf("all")
    watched(source)
    expect(await textOf(source)).toBe("all")
  })
})
