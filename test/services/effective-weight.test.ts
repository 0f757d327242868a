import { afterEach, describe, expect, it, vi } from "vitest"

import { effectiveWeight, weighing } from "../../src/services/effective-weight.ts"
import { fake } from "./balancers/picking.ts"

afterEach(() => void vi.restoreAllMocks())

const up = (since: number, weight = 1) => {
  const made = fake("http://a", { weight })
  made.state.upSince = since
  return made
}

describe("effectiveWeight()", () => {
  it.each([
    [-5000, 0.4],
    [0, 0.4],
    [15_000, 2.2],
    [29_999, 4],
    [30_000, 4],
    [1e9, 4],
  ])("%i ms after it came up is %d of 4", (age, expected) => {
    expect(effectiveWeight(up(1000, 4), 30_000, 1000 + age)).toBeCloseTo(expected, 3)
  })

  it("counts from the end of an ejection", () => {
    const one = up(1000)
    one.state.ejectedUntil = 50_000
    expect(effectiveWeight(one, 10_000, 55_000)).toBeCloseTo(0.55)
  })

  it("of none is none", () => {
    expect(effectiveWeight(up(1000, 0), 30_000, 1000)).toBe(0)
  })
})

describe("weighing()", () => {
  it("is the weight, without looking at the clock, where there is no slow start", () => {
    const now = vi.spyOn(performance, "now")
    const one = up(1e9, 3)
    now.mockClear()
    expect(weighing(undefined)(one)).toBe(3)
    expect(now).not.toHaveBeenCalled()
  })

  it("grows while one starts, and looks at the clock only then", () => {
    let now = 1000
    const clock = vi.spyOn(performance, "now").mockImplementation(() => now)
    const weigh = weighing(10_000)
    const one = up(1000)
    expect(weigh(one)).toBeCloseTo(0.1)
    now = 6000
    expect(weigh(one)).toBeCloseTo(0.55)
    now = 11_000
    expect(weigh(one)).toBe(1)
    clock.mockClear()
    expect(weigh(one)).toBe(1)
    expect(clock).not.toHaveBeenCalled()
    one.state.upSince = 12_000
    now = 12_000
    expect(weigh(one)).toBeCloseTo(0.1)
  })
})
