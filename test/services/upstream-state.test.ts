import fc from "fast-check"
import { describe, expect, it, vi } from "vitest"

import { UpstreamState } from "../../src/services/upstream-state.ts"

describe("UpstreamState.isUp()", () => {
  it("is what checks say, and false while it is ejected", () => {
    const state = new UpstreamState()
    expect(state.isUp()).toBe(true)
    state.ejectedUntil = 500
    expect([state.isUp(499), state.isUp(500)]).toEqual([false, true])
    state.healthy = false
    expect(state.isUp(600)).toBe(false)
  })
})

describe("UpstreamState.startedAt", () => {
  it("is when it was made, when checks took it back, or when its ejection ended", () => {
    const before = performance.now()
    const state = new UpstreamState()
    expect(state.startedAt).toBeGreaterThanOrEqual(before)
    expect(state.startedAt).toBeLessThanOrEqual(performance.now())
    state.upSince = 5_000_000
    expect(state.startedAt).toBe(5_000_000)
    state.ejectedUntil = 6_000_000
    expect(state.startedAt).toBe(6_000_000)
    state.upSince = 7_000_000
    expect(state.startedAt).toBe(7_000_000)
  })
})

describe("UpstreamState.changed()", () => {
  it("tells each listener, until it does not want to hear more", () => {
    const state = new UpstreamState()
    const [one, other] = [vi.fn(), vi.fn()]
    const stop = state.onChange(one)
    state.onChange(other)
    state.changed()
    stop()
    stop()
    state.changed()
    expect([one.mock.calls.length, other.mock.calls.length]).toEqual([1, 2])
  })
})

describe("UpstreamState.measured()", () => {
  it("knows nothing before the first, and then just that", () => {
    const state = new UpstreamState()
    expect([state.latency, state.expectedLatency(0)]).toEqual([0, undefined])
    state.measured(12, 1000)
    expect([state.latency, state.expectedLatency(1000)]).toEqual([12, 12])
  })

  it("rises at once, and falls by half in seven seconds", () => {
    const state = new UpstreamState()
    state.measured(10, 0)
    state.measured(90, 1)
    expect(state.latency).toBe(90)
    state.measured(10, 1)
    expect(state.latency).toBe(90)
    state.measured(10, 1 + 10_000 * Math.LN2)
    expect(state.latency).toBeCloseTo(50)
  })

  it("falls the same, however many answers it is told of in that time", () => {
    const [often, once] = [new UpstreamState(), new UpstreamState()]
    for (const state of [often, once]) state.measured(100, 0)
    for (let now = 10; now <= 5000; now += 10) often.measured(20, now)
    once.measured(20, 5000)
    expect(often.latency).toBeCloseTo(once.latency)
  })

  it("stays between the least and the most that it was told", () => {
    const told = fc.tuple(fc.double({ min: 0, max: 1e5, noNaN: true }), fc.double({ min: 0, max: 1e6, noNaN: true }))
    fc.assert(
      fc.property(fc.array(told, { minLength: 1 }), (answers) => {
        const state = new UpstreamState()
        let now = 0
        for (const [took, later] of answers) state.measured(took, (now += later))
        const all = answers.map(([took]) => took)
        expect(state.latency).toBeGreaterThanOrEqual(Math.min(...all) - 1e-6)
        expect(state.latency).toBeLessThanOrEqual(Math.max(...all) + 1e-6)
        expect(state.expectedLatency(now)).toBe(state.latency)
      }),
    )
  })
})

describe("UpstreamState.expectedLatency()", () => {
  it("fades while nothing is heard, and is forgotten after a minute", () => {
    const state = new UpstreamState()
    state.measured(80, 1000)
    expect(state.expectedLatency(1000 + 10_000 * Math.LN2)).toBeCloseTo(40)
    expect(state.expectedLatency(61_000)).toBeGreaterThan(0)
    expect(state.expectedLatency(61_001)).toBeUndefined()
  })
})

describe("UpstreamState.failed()", () => {
  it("counts as slow, each time as twice as slow, within a minute", () => {
    const state = new UpstreamState()
    const slow = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(() => {
      state.failed(0)
      return state.expectedLatency(0)
    })
    expect(slow).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000])
  })

  it("is slower than the slow answers of the same upstream", () => {
    const state = new UpstreamState()
    state.measured(3000, 0)
    state.failed(0)
    expect(state.latency).toBe(6000)
  })
})

describe("UpstreamState.answered()", () => {
  it.each([429, 502, 503, 504])("takes %i for a failure, however quick", (status) => {
    const state = new UpstreamState()
    state.answered(status, 1, 0)
    expect(state.latency).toBe(1000)
  })

  it.each([200, 302, 404, 500, 501])("takes %i for an answer", (status) => {
    const state = new UpstreamState()
    state.answered(status, 1, 0)
    expect(state.latency).toBe(1)
  })
})
