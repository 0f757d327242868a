import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { startListening, stopListening } from "../../../src/services/websocket/silence.ts"

const silent = (idleTimeout: number) => {
  const shut = vi.fn(() => stopListening(one))
  const one = { idleTimeout, activeAt: performance.now(), shut }
  return one
}

describe("startListening()", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  it("shuts those that were silent for too long, and only those", () => {
    const [soon, late, talking] = [silent(1_500), silent(10_000), silent(1_500)]
    for (const one of [soon, late, talking]) startListening(one)
    vi.advanceTimersByTime(1_000)
    talking.activeAt = performance.now()
    expect(soon.shut).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1_000)
    expect(soon.shut.mock.calls).toEqual([[1001, expect.any(String)]])
    expect(talking.shut).not.toHaveBeenCalled()
    vi.advanceTimersByTime(10_000)
    expect(late.shut).toHaveBeenCalledTimes(1)
    expect(talking.shut).toHaveBeenCalledTimes(1)
  })

  it("has no timer for those that may be silent for ever, or no longer matter", () => {
    const [ever, gone] = [silent(Number.POSITIVE_INFINITY), silent(1_000)]
    startListening(ever)
    expect(vi.getTimerCount()).toBe(0)
    startListening(gone)
    stopListening(gone)
    vi.advanceTimersByTime(5_000)
    expect([ever.shut.mock.calls, gone.shut.mock.calls]).toEqual([[], []])
  })
})
