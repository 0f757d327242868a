import { describe, expect, it } from "vitest"

import { BodyOut } from "../../../src/services/transport/body-out.ts"
import { streamOf } from "../../support/exchange.ts"
import { endless, stopped, until } from "./pool-of.ts"

/** A sink that takes so much at a time, and what it took. */
function sink(takes: () => number): { write(data: Uint8Array, offset: number): number; taken: string; writes: number } {
  return {
    taken: "",
    writes: 0,
    write(data, offset) {
      this.writes++
      const count = Math.min(takes(), data.byteLength - offset)
      if (count > 0) this.taken += Buffer.from(data.subarray(offset, offset + count)).toString("latin1")
      return count
    },
  }
}

/** Sends a body to a sink that takes all, and tells how that ended. */
async function sent(
  body: ReadableStream<Uint8Array>,
  length?: number,
): Promise<[taken: string, error: string | undefined]> {
  const to = sink(() => Number.POSITIVE_INFINITY)
  const error = await new Promise<Error | undefined>((resolve) => new BodyOut(to, body, length, resolve).flow())
  return [to.taken, error?.message]
}

describe("BodyOut", () => {
  it("sends a body of a known length as it is", async () => {
    expect(await sent(streamOf("ab", "", "cde"), 5)).toEqual(["abcde", undefined])
    expect(await sent(streamOf(), 0)).toEqual(["", undefined])
  })

  it("takes texts and whatever has bytes, as streams of a config's own code bring them, and nothing else", async () => {
    const mixed = (...pieces: unknown[]): ReadableStream<Uint8Array> =>
      new ReadableStream<unknown>({
        start(controller) {
          for (const piece of pieces) controller.enqueue(piece)
          controller.close()
        },
      }) as ReadableStream<Uint8Array>
    const bytes = Uint8Array.from([99, 100])
    expect(await sent(mixed("ab", "", bytes.buffer, new DataView(bytes.buffer, 1)))).toEqual([
      "2\r\nab\r\n2\r\ncd\r\n1\r\nd\r\n0\r\n\r\n",
      undefined,
    ])
    expect((await sent(mixed("ab", { no: "bytes" })))[1]).toContain("neither text nor bytes")
  })

  it("sends a body of unknown length in chunks, none of them empty but the last", async () => {
    expect(await sent(streamOf("ab", "", "0123456789abcdef"))).toEqual([
      "2\r\nab\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n",
      undefined,
    ])
    expect(await sent(streamOf())).toEqual(["0\r\n\r\n", undefined])
    const large = "x".repeat(100_000)
    expect(await sent(streamOf(large))).toEqual([`186a0\r\n${large}\r\n0\r\n\r\n`, undefined])
  })

  it("sends small chunks in one write each", async () => {
    const to = sink(() => Number.POSITIVE_INFINITY)
    await new Promise<Error | undefined>((resolve) => new BodyOut(to, streamOf("a", "b"), undefined, resolve).flow())
    expect(to.writes).toBe(3)
  })

  it.each([
    ["in the first piece", ["hello GET /"]],
    ["in a piece of its own", ["hello", "G"]],
    ["across pieces", ["hell", "o GET"]],
  ])("sends nothing of a body that is longer than its length, %s, beyond that length", async (_, pieces) => {
    const [taken, error] = await sent(streamOf(...pieces), 5)
    expect("hello".startsWith(taken)).toBe(true)
    expect(error).toBe("The body is longer than its Content-Length.")
  })

  it("wants no more of a body that is too long", async () => {
    const { body, cancelled } = endless(10)
    await sent(body, 25)
    expect(await cancelled).toMatchObject({ message: "The body is longer than its Content-Length." })
  })

  it("fails when a body is shorter than its length", async () => {
    expect(await sent(streamOf("hell"), 5)).toEqual(["hell", "The body is shorter than its Content-Length."])
  })

  it("fails with a body that fails, and sends no end", async () => {
    const broken = (reason: unknown): ReadableStream<Uint8Array> =>
      new ReadableStream({
        start: (controller) => controller.enqueue(Buffer.from("ab")),
        pull: (controller) => controller.error(reason),
      })
    expect((await sent(broken(new Error("The client left."))))[1]).toBe("The client left.")
    expect((await sent(broken("gone")))[1]).toBe("gone")
    expect((await sent(broken("gone")))[0]).not.toContain("0\r\n\r\n")
  })

  it("takes no more from the body while the sink takes nothing", async () => {
    const { body, taken } = endless(1000)
    let room = 2500
    const to = {
      taken: "",
      write(data: Uint8Array, offset: number) {
        const count = Math.min(room, data.byteLength - offset)
        room -= count
        this.taken += Buffer.from(data.subarray(offset, offset + count)).toString("latin1")
        return count
      },
    }
    const out = new BodyOut(to, body, undefined, () => {})
    out.flow()
    expect(await stopped(taken)).toBe(3000)
    out.flow()
    expect(await stopped(taken)).toBe(3000)
    room = 1000
    out.flow()
    expect(await stopped(taken)).toBe(4000)
    expect(to.taken).toBe(`3e8\r\n${"\0".repeat(1000)}\r\n`.repeat(4).slice(0, 3500))
    out.stop(new Error("Enough."))
  })

  it("sends every byte once to a sink that takes a few at a time", async () => {
    let calls = 0
    const to = sink(() => (calls++ % 3 === 0 ? 0 : calls % 5))
    const text = "0123456789".repeat(50)
    let over = false
    const out = new BodyOut(to, streamOf(text, text), undefined, () => (over = true))
    await until(() => {
      out.flow()
      return over
    })
    expect(to.taken).toBe(`1f4\r\n${text}\r\n`.repeat(2).concat("0\r\n\r\n"))
  })

  it("stops at a sink that is closed, without a word", async () => {
    const { body, taken } = endless(1000)
    const ends: unknown[] = []
    const out = new BodyOut(
      sink(() => -1),
      body,
      undefined,
      (error) => ends.push(error),
    )
    out.flow()
    expect(await stopped(taken)).toBe(1000)
    out.stop(new Error("Gone."))
    expect(ends).toEqual([])
  })

  it("tells the body when it stops, and nobody else", async () => {
    const { body, cancelled } = endless(1000)
    const ends: unknown[] = []
    const out = new BodyOut(
      sink(() => 100),
      body,
      undefined,
      (error) => ends.push(error),
    )
    out.flow()
    out.stop(new Error("The answer is there."))
    out.stop(new Error("Again."))
    out.flow()
    expect(await cancelled).toMatchObject({ message: "The answer is there." })
    expect(ends).toEqual([])
  })

  it("is whole once everything announced was taken, before the end of the body shows", async () => {
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined
    const body = new ReadableStream<Uint8Array>({ start: (given) => void (controller = given) })
    const to = sink(() => Number.POSITIVE_INFINITY)
    const out = new BodyOut(to, body, 4, () => {})
    out.flow()
    const seen = [out.whole]
    for (const piece of ["ab", "cd"]) {
      controller?.enqueue(Buffer.from(piece))
      await until(() => to.taken.endsWith(piece))
      seen.push(out.whole)
    }
    expect(seen).toEqual([false, false, true])
    out.stop(new Error("Enough."))
  })
})
