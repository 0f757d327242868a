import { afterEach, describe, expect, it, vi } from "vitest"

import { fastest } from "../../../src/services/balancers/fastest.ts"
import { asked, built, counted, type FakeUpstream, weighted } from "./picking.ts"

let now = 0
const clock = (): void => void vi.spyOn(performance, "now").mockImplementation(() => now)

afterEach(() => void vi.restoreAllMocks())

/** Upstreams that answered once, after so many milliseconds, just now. */
function answered(...took: number[]): FakeUpstream[] {
  now = 1_000_000
  clock()
  const made = weighted(...took.map(() => 1))
  for (const [index, one] of made.entries()) one.state.measured(took[index] ?? 0, now)
  return made
}

describe("fastest", () => {
  it("takes the one that answers soonest", () => {
    expect(counted(built(fastest), answered(20, 5, 10), 100)).toEqual([0, 100, 0])
  })

  it("counts the exchanges that are before this one, and the weight", () => {
    const given = answered(20, 5, 10) as [FakeUpstream, FakeUpstream, FakeUpstream]
    const pick = built(fastest)
    given[1].pool.busy = 2
    expect(pick(given, asked(0))).toBe(given[2])
    given[2].pool.busy = 1
    expect(pick(given, asked(0))).toBe(given[1])
    const heavy = { ...given[0], weight: 2 }
    expect(pick([heavy, given[1], given[2]], asked(0))).toBe(heavy)
  })

  it("tries one whose latency it does not know with one exchange, and no second before the first is answered", () => {
    const given = [...answered(20, 30), ...weighted(1)]
    const pick = built(fastest)
    const unknown = given[2] as FakeUpstream
    expect(pick(given, asked(0))).toBe(unknown)
    unknown.pool.busy = 1
    for (let number = 0; number < 100; number++) {
      const one = pick(given, asked(number)) as FakeUpstream
      expect(one).not.toBe(unknown)
      one.pool.busy++
    }
  })

  it("spreads a burst at upstreams of which nothing is known", () => {
    const given = weighted(1, 1, 1)
    const pick = built(fastest)
    for (let number = 0; number < 30; number++) (pick(given, asked(number)) as FakeUpstream).pool.busy++
    expect(given.map(({ pool }) => pool.busy)).toEqual([10, 10, 10])
  })

  it("leaves one alone that refuses quickly, and tries it again later", () => {
    const given = answered(20, 20) as [FakeUpstream, FakeUpstream]
    const pick = built(fastest)
    given[1].state.failed(now)
    expect(counted(pick, given, 50)).toEqual([50, 0])
    now += 45_000
    given[0].state.measured(20, now)
    expect(pick(given, asked(0))).toBe(given[1])
  })

  it("comes back to one that was slow once", () => {
    const given = answered(2_000, 20) as [FakeUpstream, FakeUpstream]
    const pick = built(fastest)
    expect(pick(given, asked(0))).toBe(given[1])
    now += 50_000
    given[1].state.measured(20, now)
    expect(pick(given, asked(0))).toBe(given[0])
  })
})
