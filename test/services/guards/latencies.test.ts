import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { Latencies } from "../../../src/services/guards/latencies.ts"

describe("Latencies", () => {
  it("knows any quantile to a tenth", () => {
    const times = fc.array(fc.double({ min: 0.2, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(times, fc.constantFrom(0.01, 0.5, 0.9, 0.95, 1), (all, part) => {
        const latencies = new Latencies()
        for (const took of all) latencies.add(took)
        const exact = all.toSorted((one, other) => one - other)[Math.ceil(all.length * part) - 1] ?? Number.NaN
        expect(latencies.total).toBe(all.length)
        expect(latencies.quantile(part) / exact).toBeGreaterThan(0.99)
        expect(latencies.quantile(part) / exact).toBeLessThan(1.1)
      }),
    )
  })

  it("takes whatever a clock may say", () => {
    const latencies = new Latencies()
    for (const took of [0, -1, 1e-9, 1e12, Number.POSITIVE_INFINITY]) latencies.add(took)
    expect(latencies.total).toBe(5)
    expect(latencies.quantile(0.95)).toBeGreaterThan(100_000)
  })

  it("forgets how it was when it has become otherwise", () => {
    const latencies = new Latencies()
    for (let time = 0; time < 5000; time++) latencies.add(1000)
    for (let time = 0; time < 10_000; time++) latencies.add(10)
    expect(latencies.quantile(0.95)).toBeLessThan(12)
  })
})
