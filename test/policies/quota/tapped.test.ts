import { describe, expect, it, vi } from "vitest"

import type { Reply, ReplyBody } from "../../../src/core/reply.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { type Passed, tapped } from "../../../src/policies/quota/tapped.ts"
import { failureOf, streamOf, textOf } from "../../support/exchange.ts"

/** A body that was looked at, and what is told about it. */
function tap(body: ReplyBody, keep = 0, tail = false) {
  const reply: Reply = { status: 200, headers: new HeaderList(), body }
  const told: Passed[] = []
  tapped(reply, { keep, tail, told: (passed) => void told.push(passed) })
  const seen = () => told.map(({ bytes, pieces }) => [bytes, pieces && Buffer.concat([...pieces]).toString()] as const)
  return { reply, seen }
}

describe("tapped()", () => {
  it.each<[string, ReplyBody, number]>([
    ["no body", null, 0],
    ["a text", "äöü", 6],
    ["bytes", new Uint8Array(7), 7],
  ])("tells at once how large %s is", (_, body, bytes) => {
    const { reply, seen } = tap(body)
    expect(seen()).toEqual([[bytes, ""]])
    expect(reply.body).toBe(body)
  })

  it("keeps what is asked for, or nothing of what is larger", () => {
    expect(tap("0123", 4).seen()).toEqual([[4, "0123"]])
    expect(tap(new TextEncoder().encode("0123"), 4).seen()).toEqual([[4, "0123"]])
    expect(tap("01234", 4).seen()).toEqual([[5, undefined]])
  })

  it("tells of a stream when it has ended, once", async () => {
    const { reply, seen } = tap(streamOf("01", "23"), 10)
    expect(seen()).toEqual([])
    expect(await textOf(reply.body)).toBe("0123")
    expect(seen()).toEqual([[4, "0123"]])
  })

  it("keeps nothing of a stream that is larger, or its end where that is what is asked for", async () => {
    const whole = tap(streamOf("01", "23", "45"), 4)
    await textOf(whole.reply.body)
    expect(whole.seen()).toEqual([[6, undefined]])
    const tail = tap(streamOf("01", "23", "45"), 4, true)
    await textOf(tail.reply.body)
    expect(tail.seen()).toEqual([[6, "2345"]])
  })

  it("asks for nothing that nobody asks it for, and passes on that nobody wants it", async () => {
    const pull = vi.fn()
    const cancel = vi.fn()
    const { reply, seen } = tap(new ReadableStream({ pull, cancel }, { highWaterMark: 0 }))
    expect(pull).not.toHaveBeenCalled()
    await (reply.body as ReadableStream).cancel("gone")
    expect(cancel).toHaveBeenCalledWith("gone")
    expect(seen()).toEqual([[0, ""]])
  })

  it("tells of a stream that breaks off, and lets it break", async () => {
    const error = new Error("broken")
    const pieces = [new Uint8Array(3)]
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const piece = pieces.shift()
          if (piece) controller.enqueue(piece)
          else controller.error(error)
        },
      },
      { highWaterMark: 0 },
    )
    const { reply, seen } = tap(body)
    expect(await failureOf(() => textOf(reply.body))).toBe(error)
    expect(seen()).toEqual([[3, ""]])
  })
})
