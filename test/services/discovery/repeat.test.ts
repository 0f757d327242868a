import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { repeat } from "../../../src/services/discovery/repeat.ts"

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }))
afterEach(() => void vi.useRealTimers())

/** Turns that come out as told, and when each began. */
function turns(...outcomes: (number | Error)[]) {
  const began: number[] = []
  const start = performance.now()
  const failed: string[] = []
  const signals: AbortSignal[] = []
  const end = repeat(
    (signal) => {
      const outcome = outcomes[began.length] ?? 365 * 86_400_000
      signals.push(signal)
      began.push(performance.now() - start)
      return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome)
    },
    (reason) => void failed.push(reason),
  )
  return { began, failed, end, signals }
}

describe("repeat()", () => {
  it("begins at once, and waits as long as each turn says", async () => {
    const { began, end } = turns(1_000, 50)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(began).toEqual([0, 1_000, 1_050])
    end()
  })

  it("waits longer after each failure, up to half a minute, and no longer after a success", async () => {
    const broken = Array.from({ length: 10 }, () => new Error("It broke."))
    const { began, failed, end } = turns(...broken, 10, new Error("It broke."))
    await vi.advanceTimersByTimeAsync(300_000)
    const waits = began.slice(1).map((time, index) => time - (began[index] ?? 0))
    const most = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000, 10, 500]
    expect(waits.length).toBe(most.length)
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeLessThanOrEqual((most[index] ?? 0) + 1)
      expect(wait).toBeGreaterThanOrEqual((most[index] ?? 0) * 0.75)
    }
    expect(failed).toEqual(Array.from({ length: 11 }, () => "it broke"))
    end()
  })

  it("takes no turn and tells of no failure once it is ended", async () => {
    const { began, end, signals, failed } = turns(10, 10, 10)
    await vi.advanceTimersByTimeAsync(10)
    end()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(began).toEqual([0, 10])
    expect(signals[0]?.aborted).toBe(true)
    let fail: ((error: Error) => void) | undefined
    const said: string[] = []
    const stop = repeat(
      () => new Promise((_, reject) => (fail = reject)),
      (reason) => void said.push(reason),
    )
    stop()
    fail?.(new Error("Too late."))
    await vi.advanceTimersByTimeAsync(1_000)
    expect([...said, ...failed]).toEqual([])
  })
})
