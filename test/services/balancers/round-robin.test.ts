import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { roundRobin } from "../../../src/services/balancers/round-robin.ts"
import type { Upstream } from "../../../src/services/upstream.ts"
import { asked, built, counted, weighted } from "./picking.ts"

const drawn = (given: readonly Upstream[], draws: number): string => {
  const pick = built(roundRobin)
  return Array.from({ length: draws }, (_, number) => "abcd"[given.indexOf(pick(given, asked(number)))]).join("")
}

describe("roundRobin", () => {
  it("is even, to the last one, for any number of upstreams and draws", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.nat({ max: 200 }), (size, draws) => {
        const numbers = counted(built(roundRobin), weighted(...Array<number>(size).fill(1)), draws)
        expect(Math.max(...numbers) - Math.min(...numbers)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it("gives each its exact share in every round, whatever they weigh", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 6 }), (weights) => {
        const round = weights.reduce((sum, weight) => sum + weight, 0)
        fc.pre(round > 0)
        const [given, pick] = [weighted(...weights), built(roundRobin)]
        for (let time = 0; time < 3; time++) expect(counted(pick, given, round)).toEqual(weights)
      }),
    )
  })

  it("comes in no bursts", () => {
    expect(drawn(weighted(5, 1, 1), 14)).toBe("aabacaaaabacaa")
    expect(drawn(weighted(1, 1, 1), 9)).toBe("abcabcabc")
    expect(drawn(weighted(0, 0, 0), 9)).toBe("abcabcabc")
  })

  it("goes on in turn where others joined or left", () => {
    const [a, b, c, d] = weighted(1, 1, 1, 1) as [Upstream, Upstream, Upstream, Upstream]
    const pick = built(roundRobin)
    const take = (given: readonly Upstream[], times: number): Upstream[] =>
      Array.from({ length: times }, (_, number) => pick(given, asked(number)))
    expect(take([a, b, c], 2)).toEqual([a, b])
    expect(take([a, c], 2)).toEqual([c, a])
    expect(new Set(take([a, b, c, d], 4))).toEqual(new Set([a, b, c, d]))
  })

  it("lets nobody make up for turns in a longer list, or for those while it was away", () => {
    const all = weighted(1, 1, 1, 1, 1, 1, 1, 1, 1)
    const pick = built(roundRobin)
    counted(pick, all, 8)
    const two = [all[0] ?? expect.fail(), all[8] ?? expect.fail()]
    expect(counted(pick, two, 4)).toEqual([2, 2])
    counted(pick, two, 1000)
    for (const count of counted(pick, all, 9)) expect(Math.abs(count - 1)).toBeLessThanOrEqual(1)
  })
})
