import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { beatLength, beatNow, follow, unfollow } from "../../../src/server/http1/heartbeat.ts"

describe("follow()", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it("looks after all with one timer, which ends with the last of them", () => {
    const [one, other] = [{ beat: vi.fn() }, { beat: vi.fn() }]
    const before = beatNow()
    follow(one)
    follow(other)
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(beatLength)
    unfollow(one)
    vi.advanceTimersByTime(beatLength)
    expect(one.beat.mock.calls).toEqual([[before + 1]])
    expect(other.beat.mock.calls).toEqual([[before + 1], [before + 2]])
    unfollow(other)
    unfollow(other)
    expect(vi.getTimerCount()).toBe(0)
  })
})
