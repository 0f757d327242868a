import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { startWaiting, stopWaiting, waitingNow, type Waits } from "../../src/core/deadlines.ts"

beforeEach(() => void vi.useFakeTimers())

afterEach(() => {
  // The sweeper looks once more after the last one left, and stops.
  vi.advanceTimersByTime(100)
  expect([waitingNow(), vi.getTimerCount()]).toEqual([0, 0])
  vi.useRealTimers()
})

const waits = (length: number, expire = vi.fn()) => ({
  deadline: performance.now() + length,
  expire,
  lookForClient: vi.fn(),
})

describe("startWaiting()", () => {
  it("tells the one whose time is over, once and not before", () => {
    const one = waits(1500)
    startWaiting(one)
    vi.advanceTimersByTime(1499)
    expect(one.expire).not.toHaveBeenCalled()
    vi.advanceTimersByTime(50)
    expect(one.expire).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(10_000)
    expect(one.expire).toHaveBeenCalledTimes(1)
  })

  it("waits for as long as it takes where there is no deadline, and looks for the client meanwhile", () => {
    const one = waits(Infinity)
    startWaiting(one)
    vi.advanceTimersByTime(86_400_000)
    expect(one.expire).not.toHaveBeenCalled()
    expect(one.lookForClient).toHaveBeenCalled()
    stopWaiting(one)
  })

  it("goes by the deadline of the moment, which may move", () => {
    const one = waits(60_000)
    startWaiting(one)
    vi.advanceTimersByTime(100)
    one.deadline = performance.now() + 50
    vi.advanceTimersByTime(100)
    expect(one.expire).toHaveBeenCalledTimes(1)
  })

  it("counts somebody who begins twice once", () => {
    const one = waits(10)
    startWaiting(one)
    startWaiting(one)
    expect(waitingNow()).toBe(1)
    vi.advanceTimersByTime(100)
    expect(one.expire).toHaveBeenCalledTimes(1)
  })

  it("has one timer for all who wait", () => {
    const many = Array.from({ length: 100 }, () => waits(60_000))
    for (const one of many) startWaiting(one)
    expect([waitingNow(), vi.getTimerCount()]).toEqual([100, 1])
    for (const one of many) stopWaiting(one)
  })

  it("ends each at its own time, whatever the order of arrival", () => {
    const ended: number[] = []
    for (const length of [300, 100, 200, 100])
      startWaiting(
        waits(
          length,
          vi.fn(() => void ended.push(length)),
        ),
      )
    vi.advanceTimersByTime(150)
    expect(ended).toEqual([100, 100])
    vi.advanceTimersByTime(300)
    expect(ended).toEqual([100, 100, 200, 300])
  })

  it("lets somebody wait anew while others are being told", () => {
    const again = waits(60)
    const first = waits(
      10,
      vi.fn(() => startWaiting(again)),
    )
    startWaiting(first)
    startWaiting(waits(10))
    vi.advanceTimersByTime(40)
    expect(again.expire).not.toHaveBeenCalled()
    vi.advanceTimersByTime(100)
    expect(again.expire).toHaveBeenCalledTimes(1)
  })
})

describe("stopWaiting()", () => {
  it("leaves the one alone whose answer is there", () => {
    const one: Waits = waits(100)
    startWaiting(one)
    stopWaiting(one)
    vi.advanceTimersByTime(1000)
    expect(one.expire).not.toHaveBeenCalled()
  })

  it("takes no notice of somebody who never waited", () => {
    stopWaiting(waits(100))
    expect(waitingNow()).toBe(0)
  })

  it("stops the timer when nobody waits, which starts again for those who come later", () => {
    const one = waits(1000)
    startWaiting(one)
    stopWaiting(one)
    vi.advanceTimersByTime(25)
    expect(vi.getTimerCount()).toBe(0)
    const later = waits(10)
    startWaiting(later)
    vi.advanceTimersByTime(100)
    expect(later.expire).toHaveBeenCalledTimes(1)
  })
})
