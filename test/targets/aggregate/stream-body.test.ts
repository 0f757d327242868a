import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { waitingNow } from "../../../src/core/deadlines.ts"
import { streamBody } from "../../../src/targets/aggregate/stream-body.ts"
import { settle } from "../aggregated.ts"

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] }))

afterEach(() => {
  vi.advanceTimersByTime(100)
  expect([waitingNow(), vi.getTimerCount()]).toEqual([0, 0])
  vi.useRealTimers()
})

function body(text?: string) {
  const left = vi.fn(() => Promise.resolve())
  const made = streamBody(left, { text, every: 15_000 })
  const reader = made.body.getReader()
  const next = async (): Promise<string | undefined> => {
    const { done, value } = await reader.read()
    return done ? undefined : Buffer.from(value).toString()
  }
  return { ...made, left, reader, next }
}

describe("streamBody()", () => {
  it("says that there is more to come every time nothing came for so long, and only then", async () => {
    const { send, end, next } = body(":\n\n")
    for (const _ of [1, 2]) {
      const waited = next()
      await settle()
      vi.advanceTimersByTime(14_900)
      expect(waitingNow()).toBe(1)
      vi.advanceTimersByTime(200)
      expect(await waited).toBe(":\n\n")
    }
    const waited = next()
    await settle()
    vi.advanceTimersByTime(14_900)
    send("a")
    expect(await waited).toBe("a")
    const last = next()
    await settle()
    vi.advanceTimersByTime(14_900)
    end("z")
    expect([await last, await next()]).toEqual(["z", undefined])
  })

  it("says nothing to a reader that is not waiting, however long it takes", async () => {
    const { send, end, next } = body(":\n\n")
    send("a")
    vi.advanceTimersByTime(60_000)
    end("z")
    expect([await next(), await next()]).toEqual(["az", undefined])
  })

  it("says nothing where there are no words for it", async () => {
    const { end, next } = body()
    const waited = next()
    await settle()
    vi.advanceTimersByTime(60_000)
    end("z")
    expect([await waited, await next()]).toEqual(["z", undefined])
  })

  it("tells that its reader left, once, and takes nothing more, also in the middle of a read", async () => {
    const { send, end, next, reader, left } = body(":\n\n")
    const waited = next()
    await settle()
    await reader.cancel()
    expect(await waited).toBeUndefined()
    send("a")
    end("z")
    expect(left).toHaveBeenCalledTimes(1)
  })

  it("does not tell that its reader left when it has read everything", async () => {
    const { end, next, reader, left } = body()
    end("z")
    expect([await next(), await next()]).toEqual(["z", undefined])
    await reader.cancel()
    expect(left).not.toHaveBeenCalled()
  })
})
