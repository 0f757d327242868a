import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { LoopLag } from "../../../src/policies/shed/loop-lag.ts"

describe("LoopLag", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] }))
  afterEach(() => void vi.useRealTimers())

  it("knows none while the timer goes off in time, or nobody watches", () => {
    const lag = new LoopLag()
    expect(lag.at(1e9)).toBe(0)
    const end = lag.begin()
    vi.advanceTimersByTime(1000)
    expect(lag.at(performance.now())).toBe(0)
    end()
    expect(lag.at(performance.now() + 1e6)).toBe(0)
  })

  it("takes what lasts for lag, and one long pause for none", () => {
    const lag = new LoopLag()
    const end = lag.begin()
    const start = performance.now()
    lag.tick(start + 50)
    lag.tick(start + 50 + 50 + 200)
    expect(lag.at(start + 310)).toBe(0)
    lag.tick(start + 300 + 50 + 120)
    expect(lag.at(start + 470)).toBe(120)
    lag.tick(start + 470 + 50)
    expect(lag.at(start + 521)).toBe(0)
    end()
  })

  it("does not wait for a timer that is late again", () => {
    const lag = new LoopLag()
    const end = lag.begin()
    const start = performance.now()
    lag.tick(start + 50 + 100)
    expect(lag.at(start + 150 + 50 + 80)).toBe(80)
    end()
  })

  it("goes on until all who watch have ended", () => {
    const lag = new LoopLag()
    const [first, second] = [lag.begin(), lag.begin()]
    expect(vi.getTimerCount()).toBe(1)
    first()
    expect(vi.getTimerCount()).toBe(1)
    second()
    expect(vi.getTimerCount()).toBe(0)
  })
})
