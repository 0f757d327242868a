import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { leastBusy } from "../../../src/services/balancers/least-busy.ts"
import { powerOfTwo } from "../../../src/services/balancers/power-of-two.ts"
import { asked, built, counted, fake, type FakeUpstream, seeded, weighted } from "./picking.ts"

describe("leastBusy", () => {
  it("takes the one with the fewest exchanges for its weight", () => {
    const pick = built(leastBusy)
    const [light, heavy] = [fake("http://a", { busy: 2, weight: 1 }), fake("http://b", { busy: 3, weight: 2 })]
    expect(pick([light, heavy], asked(0))).toBe(heavy)
    heavy.pool.busy = 5
    expect(pick([light, heavy], asked(0))).toBe(light)
  })

  it("keeps upstreams equally busy for their weights, however long each exchange takes", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 200 }),
        (weights, ends) => {
          const given = weighted(...weights)
          const pick = built(leastBusy)
          const under: FakeUpstream[] = []
          for (const [number, end] of ends.entries()) {
            const one = pick(given, asked(number)) as FakeUpstream
            const loads = given.map(({ pool, weight }) => pool.busy / weight)
            expect(one.pool.busy / one.weight).toBe(Math.min(...loads))
            one.pool.busy++
            under.push(one)
            if (end % 3 === 0) for (const [over] of [under.splice(end % under.length, 1)]) if (over) over.pool.busy--
          }
        },
      ),
    )
  })

  it("fills upstreams as their weights say when nothing ends", () => {
    const given = weighted(1, 2, 5)
    const pick = built(leastBusy)
    for (let number = 0; number < 800; number++) (pick(given, asked(number)) as FakeUpstream).pool.busy++
    expect(given.map(({ pool }) => pool.busy)).toEqual([100, 200, 500])
  })

  it("does not always take the first of those that are alike", () => {
    const given = [fake("http://a", { busy: 1 }), fake("http://b"), fake("http://c"), fake("http://d", { busy: 4 })]
    const [a, b = 0, c = 0, d] = counted(built(leastBusy), given, 1000)
    expect([a, d]).toEqual([0, 0])
    expect(Math.abs(b - c)).toBeLessThan(150)
  })
})

describe("powerOfTwo", () => {
  it("never takes the busiest of them while there are others", () => {
    const given = [fake("http://a", { busy: 9 }), fake("http://b", { busy: 1 }), fake("http://c", { busy: 5 })]
    const [a = 0, b = 0, c = 0] = counted(built(powerOfTwo), given, 3000)
    expect(a).toBe(0)
    // The least busy is in two of three pairs, the middle one wins the third.
    expect(Math.abs(b / 3000 - 2 / 3)).toBeLessThan(0.05)
    expect(b + c).toBe(3000)
  })

  it("compares two different ones: of two always the less busy for its weight", () => {
    const given = [fake("http://a", { busy: 3, weight: 4 }), fake("http://b", { busy: 1, weight: 1 })]
    expect(counted(built(powerOfTwo, {}, { random: seeded(3) }), given, 200)).toEqual([200, 0])
  })
})
