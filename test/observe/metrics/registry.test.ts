import { describe, expect, it } from "vitest"

import { Registry } from "../../../src/observe/metrics/registry.ts"

describe("Registry", () => {
  it("gives who asks again the same series, in whatever order labels stand", () => {
    const metrics = new Registry()
    const one = metrics.counter("a_total", "A.", { x: "1", y: "2" })
    one.value++
    expect(metrics.counter("a_total", "A.", { y: "2", x: "1" })).toBe(one)
    expect(metrics.counter("a_total", "A.", { x: "1", y: "3" })).not.toBe(one)
    expect(metrics.families()).toMatchObject([
      {
        name: "a_total",
        type: "counter",
        samples: [
          [{ x: "1", y: "2" }, 1],
          [{ x: "1", y: "3" }, 0],
        ],
      },
    ])
  })

  it("refuses a name for two things", () => {
    const metrics = new Registry()
    metrics.counter("a_total", "A.")
    expect(() => metrics.histogram("a_total", "A.")).toThrow(
      '"a_total" is a counter and cannot be a histogram as well.',
    )
  })
})
