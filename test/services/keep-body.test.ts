import fc from "fast-check"
import { describe, expect, it, vi } from "vitest"

import { keepBody } from "../../src/services/keep-body.ts"
import { streamOf, textOf } from "../support/exchange.ts"

describe("keepBody()", () => {
  it("gives a body back as often as wanted when it is small enough", async () => {
    const pieces = fc.array(fc.string({ unit: "grapheme" }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(pieces, async (parts) => {
        const kept = await keepBody(streamOf(...parts), 1000)
        expect(kept.whole).toBe(true)
        for (let time = 0; time < 2; time++) expect(await textOf(kept.stream())).toBe(parts.join(""))
      }),
    )
  })

  it("gives a larger one once, whole, without keeping what is behind the limit", async () => {
    const kept = await keepBody(streamOf("0123", "4567", "89ab", "cdef"), 5)
    expect(kept.whole).toBe(false)
    expect(await textOf(kept.stream())).toBe("0123456789abcdef")
  })

  it("keeps a body of exactly the limit", async () => {
    expect((await keepBody(streamOf("0123", "4"), 5)).whole).toBe(true)
    expect((await keepBody(streamOf("0123", "45"), 5)).whole).toBe(false)
  })

  it("reads no further than it has to before somebody wants more", async () => {
    let sent = 0
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array((sent += 4) && 4)),
    })
    await keepBody(body, 10)
    expect(sent).toBeLessThan(24)
  })

  it("ends the client's upload when nobody wants the rest", async () => {
    const cancel = vi.fn()
    const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(new Uint8Array(4)), cancel })
    const { stream } = await keepBody(body, 10)
    await stream().cancel("enough")
    expect(cancel).toHaveBeenCalledTimes(1)
  })

  it("fails as the upload does", async () => {
    const broken = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("gone")) })
    await expect(keepBody(broken)).rejects.toThrow("gone")
  })
})
