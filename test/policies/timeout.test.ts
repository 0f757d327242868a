import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import type { Exchange } from "../../src/core/exchange.ts"
import type { Handler } from "../../src/core/handler.ts"
import type { Reply } from "../../src/core/reply.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { timeout } from "../../src/policies/timeout.ts"
import { exchange, failureOf, textOf, tools } from "../support/exchange.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  // The timer of all exchanges has to stop by itself: the next test begins without one.
  vi.advanceTimersByTime(100)
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

/** What the gateway does with each exchange: watches it until its answer is there. */
async function serve(next: Handler, asked: Exchange = exchange()): Promise<Reply> {
  asked.begin()
  try {
    return await timeout.create(1000, tools())(next)(asked)
  } finally {
    asked.settled()
  }
}

const ok = (body: Reply["body"] = null): Reply => ({ status: 200, headers: new HeaderList(), body })

describe("timeout()", () => {
  it("lets an answer through that is there at once", async () => {
    expect((await serve(() => ok())).status).toBe(200)
    expect((await serve(async () => ok())).status).toBe(200)
  })

  it("fails with timeout when the answer does not begin in time, and tells those who work on it to stop", async () => {
    const stopped = vi.fn()
    const asked = exchange()
    const failing = failureOf(() =>
      serve((given) => {
        given.whenOver(stopped)
        return given.unlessOver(new Promise<never>(() => {}))
      }, asked),
    )
    vi.advanceTimersByTime(999)
    expect(stopped).not.toHaveBeenCalled()
    vi.advanceTimersByTime(100)
    const error = await failing
    expect(error).toMatchObject({ code: "timeout", status: 504, message: "No answer within 1s." })
    expect(stopped.mock.calls).toEqual([[error]])
    expect(asked.isOver).toBe(true)
  })

  it("does not cut a body that is under way", async () => {
    let push: (text: string | undefined) => void = () => {}
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        push = (text) => (text === undefined ? controller.close() : controller.enqueue(new TextEncoder().encode(text)))
      },
    })
    const asked = exchange()
    const reply = await serve(async () => ok(body), asked)
    const whole = textOf(reply.body)
    push("slow ")
    vi.advanceTimersByTime(60_000)
    expect(asked.isOver).toBe(false)
    push("but whole")
    push(undefined)
    expect(await whole).toBe("slow but whole")
  })

  it("leaves the failure of the handler as it is", async () => {
    const error = new Error("no")
    expect(await failureOf(() => serve(async () => Promise.reject(error)))).toBe(error)
    const thrown = await failureOf(() =>
      serve(() => {
        throw error
      }),
    )
    expect(thrown).toBe(error)
  })
})
