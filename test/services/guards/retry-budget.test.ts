import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { RetryBudget } from "../../../src/services/guards/retry-budget.ts"
import { exchange } from "../../support/exchange.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe("RetryBudget", () => {
  it("never allows more than the share of the last ten seconds, or ten", () => {
    const step = fc.record({
      pause: fc.oneof(fc.constant(0), fc.nat({ max: 50 }), fc.nat({ max: 3000 })),
      requests: fc.nat({ max: 12 }),
      extra: fc.nat({ max: 12 }),
    })
    const steps = fc.array(step, { minLength: 1, maxLength: 80, size: "max" })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), steps, (percent, all) => {
        const budget = new RetryBudget()
        const requests: number[] = []
        const taken: number[] = []
        for (const { pause, requests: more, extra } of all) {
          vi.advanceTimersByTime(pause)
          const now = performance.now()
          for (let time = 0; time < more; time++) {
            budget.asked(exchange())
            requests.push(now)
          }
          const lately = (times: number[]): number => times.filter((time) => time > now - 10_000).length
          for (let time = 0; time < extra && budget.take(percent); time++) {
            taken.push(now)
            expect(lately(taken)).toBeLessThanOrEqual(Math.max(10, (lately(requests) * percent) / 100))
          }
        }
      }),
      { numRuns: 200 },
    )
  })

  it("allows ten where there are hardly any requests, and ten more once those are long past", () => {
    const budget = new RetryBudget()
    const allowed = (): number => Array.from({ length: 50 }, () => budget.take(20)).filter(Boolean).length
    expect([allowed(), allowed()]).toEqual([10, 0])
    vi.advanceTimersByTime(11_000)
    expect(allowed()).toBe(10)
  })

  it("allows its whole share", () => {
    const budget = new RetryBudget()
    for (let time = 0; time < 1000; time++) budget.asked(exchange())
    expect(Array.from({ length: 500 }, () => budget.take(20)).filter(Boolean).length).toBe(200)
  })

  it("does not count a try as a request", () => {
    const budget = new RetryBudget()
    for (let time = 0; time < 1000; time++) {
      const one = exchange()
      budget.isTry(one)
      budget.asked(one)
    }
    expect(Array.from({ length: 500 }, () => budget.take(20)).filter(Boolean).length).toBe(10)
  })
})
