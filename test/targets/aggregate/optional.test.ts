import { afterEach, describe, expect, it, vi } from "vitest"

import { GatewayError } from "../../../src/core/errors.ts"
import type { Reply } from "../../../src/core/reply.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { failureOf, textOf, valueOf } from "../../support/exchange.ts"
import { held, settle, setUp } from "../aggregated.ts"

describe("aggregate with parts that may fail", () => {
  const failing = async (): Promise<Reply> => Promise.reject(new GatewayError("unreachable", "No."))

  it.each([
    [{ fallback: { name: "guest" } }, { name: "guest" }],
    [{ fallback: null }, null],
    [{ fallback: 0 }, 0],
    [{ fallback: "" }, ""],
    [{ fallback: false }, false],
    [{ required: false }, null],
    [{ required: true, fallback: [] }, []],
    [{ required: false, fallback: 1 }, 1],
  ])("%j: %j stands in", async (options, expected) => {
    const { ask } = setUp({ ok: "ok GET /", bad: { call: "bad GET /", ...options } }, { ok: { json: 1 }, bad: failing })
    expect(await valueOf(await ask())).toEqual({ ok: 1, bad: expected })
  })

  it("gives the fallback to those who need the part", async () => {
    const { ask, calls } = setUp(
      {
        user: { call: "bad GET /", fallback: { name: "guest" } },
        greet: { call: "ok POST /", needs: ["user"], body: ({ user }: { user: { name: string } }) => user.name },
      },
      { bad: failing, ok: { json: "hello" } },
    )
    await ask()
    expect(await textOf(calls[1]?.exchange.body)).toBe('"guest"')
  })

  it("leaves the others running", async () => {
    const slow = held()
    const { ask } = setUp(
      { bad: { call: "bad GET /", required: false }, slow: "slow GET /" },
      { bad: failing, slow: slow.answer },
    )
    const reply = ask()
    const asked = await slow.asked
    await settle()
    expect(asked.isOver).toBe(false)
    slow.reply(2)
    expect(await valueOf(await reply)).toEqual({ bad: null, slow: 2 })
  })
})

describe("aggregate with a timeout for a part", () => {
  afterEach(() => {
    // The timer of all exchanges has to stop by itself: the next test begins without one.
    vi.advanceTimersByTime(100)
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  it("fails, with the name of the part", async () => {
    vi.useFakeTimers()
    const slow = held()
    const { ask } = setUp({ slow: { call: "slow GET /", timeout: "1s" } }, { slow: slow.answer })
    const failing = failureOf(ask)
    const asked = await slow.asked
    vi.advanceTimersByTime(1100)
    expect(await failing).toMatchObject({
      code: "part_failed",
      status: 504,
      message: 'Part "slow" failed: No answer within 1s.',
    })
    expect(asked.isOver).toBe(true)
  })

  it("takes the fallback, and the others go on", async () => {
    vi.useFakeTimers()
    const [slow, fine] = [held(), held()]
    const { ask } = setUp(
      { slow: { call: "slow GET /", timeout: "1s", fallback: "stale" }, fine: { call: "fine GET /", timeout: "2s" } },
      { slow: slow.answer, fine: fine.answer },
    )
    const reply = ask()
    const others = await fine.asked
    vi.advanceTimersByTime(1100)
    expect(others.isOver).toBe(false)
    fine.reply(2)
    expect(await valueOf(await reply)).toEqual({ slow: "stale", fine: 2 })
  })

  it("counts the body of the answer, not only its beginning", async () => {
    vi.useFakeTimers()
    const began = Promise.withResolvers<void>()
    const stuck = (): Reply => {
      began.resolve()
      return { status: 200, headers: new HeaderList(), body: new ReadableStream() }
    }
    const { ask } = setUp({ a: { call: "a GET /", timeout: "1s", fallback: "stale" } }, { a: stuck })
    const reply = ask()
    await began.promise
    vi.advanceTimersByTime(1100)
    expect(await valueOf(await reply)).toEqual({ a: "stale" })
  })
})
