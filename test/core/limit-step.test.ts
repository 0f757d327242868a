import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { adjustOne, freshState, type LimitState, takeAll } from "../../src/core/limit-step.ts"
import type { LimitRule, Taken, Want } from "../../src/core/store.ts"
import { anyCost, anyLength, anyRule } from "../support/limits.ts"
import { begin } from "../support/stores.ts"

/** One limit, and a clock that the test sets. */
function limited(rule: LimitRule, from = begin) {
  const state = freshState(rule.kind)
  let now = from
  const take = (cost = 1, always = false): Taken =>
    takeAll([state], [{ key: "a", rule, cost, always }], now)[0] as Taken
  return {
    state,
    take,
    pass: (length: number): void => void (now += length),
    adjust: (by: number): void => adjustOne(state, rule, by, now),
    /** What all of these came to. */
    many: (count: number): number =>
      Array.from({ length: count }, () => take()).filter(({ allowed }) => allowed).length,
  }
}

const taken = (allowed: boolean, remaining: number, reset: number, retryAfter: number, wait = 0): Taken => ({
  allowed,
  remaining,
  reset,
  retryAfter,
  wait,
})

type Step = number | { cost: number; always?: boolean } | { adjust: number }

describe("takeAll() of one limit", () => {
  // From a time that is a multiple of every window. Each row: after so many milliseconds, what is asked, what comes of it.
  const rows: { what: string; rule: LimitRule; steps: [pass: number, step: Step, outcome?: Taken][] }[] = [
    {
      what: "a bucket is refilled evenly",
      rule: { kind: "bucket", limit: 4, window: 1000 },
      steps: [
        [0, 1, taken(true, 3, 250, 0)],
        [0, 3, taken(true, 0, 1000, 0)],
        [0, 1, taken(false, 0, 1000, 250)],
        [249, 1, taken(false, 0, 751, 1)],
        [1, 1, taken(true, 0, 1000, 0)],
        [500, 3, taken(false, 2, 500, 250)],
        [0, 2, taken(true, 0, 1000, 0)],
        [5000, 4, taken(true, 0, 1000, 0)],
      ],
    },
    {
      what: "a bucket of thirds comes back in whole ones",
      rule: { kind: "bucket", limit: 3, window: 1000 },
      steps: [
        [0, 3, taken(true, 0, 1000, 0)],
        [0, 1, taken(false, 0, 1000, 334)],
        [334, 1, taken(true, 0, 1000, 0)],
        [333, 1, taken(true, 0, 1000, 0)],
        [333, 1, taken(true, 0, 1000, 0)],
      ],
    },
    {
      what: "a sliding window counts the share of the last one that is left",
      rule: { kind: "sliding", limit: 10, window: 1000 },
      steps: [
        [900, 10, taken(true, 0, 1100, 0)],
        [0, 1, taken(false, 0, 1100, 200)],
        [199, 1, taken(false, 0, 901, 1)],
        [1, 1, taken(true, 0, 1900, 0)],
        [400, 4, taken(true, 0, 1500, 0)],
        [100, 1, taken(true, 0, 1400, 0)],
        [400, 5, taken(false, 4, 1000, 167)],
        [2000, 10, taken(true, 0, 2000, 0)],
      ],
    },
    {
      what: "fixed windows begin at multiples of their length",
      rule: { kind: "fixed", limit: 2, window: 1000 },
      steps: [
        [900, 2, taken(true, 0, 100, 0)],
        [0, 1, taken(false, 0, 100, 100)],
        [100, 1, taken(true, 1, 1000, 0)],
        [999, 1, taken(true, 0, 1, 0)],
        [0, 2, taken(false, 0, 1, 1)],
      ],
    },
    {
      what: "a period lasts until it ends, and a little longer for those whose clock is late",
      rule: { kind: "until", limit: 2, ends: begin + 1000 },
      steps: [
        [0, 1, taken(true, 1, 1000, 0)],
        [400, 1, taken(true, 0, 600, 0)],
        [0, 1, taken(false, 0, 600, 600)],
        [600, 1, taken(false, 0, 0, 1)],
      ],
    },
    {
      what: "a queue lets one go after the other, as long as they have patience",
      rule: { kind: "queue", limit: 10, window: 1000, patience: 250 },
      steps: [
        [0, 1, taken(true, 2, 100, 0, 0)],
        [0, 1, taken(true, 1, 200, 0, 100)],
        [0, 1, taken(true, 0, 300, 0, 200)],
        [0, 1, taken(false, 0, 300, 50, 300)],
        [50, 1, taken(true, 0, 350, 0, 250)],
        [1000, 2, taken(true, 1, 200, 0, 0)],
      ],
    },
    {
      what: "a cost of nothing asks whether there is one, and takes nothing",
      rule: { kind: "fixed", limit: 1, window: 1000 },
      steps: [
        [0, { cost: 0 }, taken(true, 1, 0, 0)],
        [0, { cost: -5 }, taken(true, 1, 0, 0)],
        [0, { cost: Number.NaN }, taken(true, 1, 0, 0)],
        [0, 1, taken(true, 0, 1000, 0)],
        [0, { cost: 0 }, taken(false, 0, 1000, 1000)],
      ],
    },
    {
      what: "more than there ever is cannot be had, and may be asked again when all is there",
      rule: { kind: "bucket", limit: 2, window: 1000 },
      steps: [
        [0, 3, taken(false, 2, 0, 1000)],
        [0, { cost: Number.POSITIVE_INFINITY }, taken(false, 2, 0, 1000)],
        [0, 2, taken(true, 0, 1000, 0)],
        [500, 3, taken(false, 1, 500, 1000)],
      ],
    },
    {
      what: "a limit of nothing allows nothing, and who takes always is counted",
      rule: { kind: "bucket", limit: 0, window: 1000 },
      steps: [
        [0, 1, taken(false, 0, 0, 1000)],
        [0, { cost: 2, always: true }, taken(false, 0, 2000, 1000)],
        [500, 1, taken(false, 0, 1500, 1500)],
      ],
    },
    {
      what: "what is always taken goes below nothing, and has to come back",
      rule: { kind: "bucket", limit: 2, window: 1000 },
      steps: [
        [0, { cost: 2, always: true }, taken(true, 0, 1000, 0)],
        [0, { cost: 2, always: true }, taken(false, 0, 2000, 1000)],
        [999, 1, taken(false, 0, 1001, 501)],
        [501, 1, taken(true, 0, 1000, 0)],
      ],
    },
    {
      what: "adjusting gives back, down to nothing, and takes without asking",
      rule: { kind: "fixed", limit: 5, window: 1000 },
      steps: [
        [0, 4, taken(true, 1, 1000, 0)],
        [0, { adjust: -3 }],
        [0, 1, taken(true, 3, 1000, 0)],
        [0, { adjust: -100 }],
        [0, 1, taken(true, 4, 1000, 0)],
        [0, { adjust: 7 }],
        [0, 1, taken(false, 0, 1000, 1000)],
      ],
    },
    {
      what: "adjusting a sliding window also gives back what the last one has",
      rule: { kind: "sliding", limit: 10, window: 1000 },
      steps: [
        [0, 10, taken(true, 0, 2000, 0)],
        [1000, { adjust: -4 }],
        [0, 4, taken(true, 0, 2000, 0)],
        [0, 1, taken(false, 0, 2000, 167)],
      ],
    },
    {
      what: "adjusting a queue makes those who come later wait less, but never lets them go back in time",
      rule: { kind: "queue", limit: 10, window: 1000, patience: 1000 },
      steps: [
        [0, 3, taken(true, 8, 300, 0, 0)],
        [0, { adjust: -1 }],
        [0, 1, taken(true, 8, 300, 0, 200)],
        [0, { adjust: -100 }],
        [0, 1, taken(true, 10, 100, 0, 0)],
      ],
    },
  ]
  it.each(rows)("$what", ({ rule, steps }) => {
    const limit = limited(rule)
    for (const [at, [pass, step, outcome]] of steps.entries()) {
      limit.pass(pass)
      if (typeof step === "object" && "adjust" in step) limit.adjust(step.adjust)
      else {
        const { cost, always = false } = typeof step === "number" ? { cost: step } : step
        expect([at, limit.take(cost, always)]).toEqual([at, outcome])
      }
    }
  })

  it("begins a period anew with a later end, and takes an earlier one that is over for the one that goes on", () => {
    const state = freshState("until")
    const take = (ends: number, now: number): Taken =>
      takeAll([state], [{ key: "a", rule: { kind: "until", limit: 5, ends }, cost: 1 }], now)[0] as Taken
    expect(take(begin + 1000, begin).remaining).toBe(4)
    expect(take(begin + 3000, begin + 1000).remaining).toBe(4)
    // Somebody whose clock has not come to the end of the last one.
    expect(take(begin + 1000, begin + 1001).remaining).toBe(3)
    adjustOne(state, { kind: "until", limit: 5, ends: begin + 1000 }, -2, begin + 1002)
    expect(take(begin + 3000, begin + 1003).remaining).toBe(2)
    // The config has shorter periods now.
    expect(take(begin + 2000, begin + 1004).remaining).toBe(1)
    expect(take(begin + 4000, begin + 2000).remaining).toBe(4)
  })

  it("begins anew when the rule is of another kind", () => {
    const state = freshState("bucket")
    takeAll([state], [{ key: "a", rule: { kind: "bucket", limit: 2, window: 1000 }, cost: 2 }], begin)
    const rule: LimitRule = { kind: "fixed", limit: 2, window: 1000 }
    expect(takeAll([state], [{ key: "a", rule, cost: 2 }], begin)[0]?.allowed).toBe(true)
  })

  it("gives nothing for a clock that is set back, and goes on", () => {
    fc.assert(
      fc.property(anyRule, anyLength, (rule, back) => {
        const limit = limited(rule)
        const passed = limit.many(8)
        limit.pass(-back)
        const after = limit.take()
        if (passed < 8 && after.retryAfter > 0) expect(after.allowed).toBe(false)
        if (rule.kind === "until" || rule.limit > 8) return
        limit.pass(back + 2 * rule.window + (rule.kind === "queue" ? rule.patience : 0))
        expect(limit.take().allowed).toBe(true)
      }),
    )
  })
})

describe("takeAll(), whatever was taken before", () => {
  const history = fc.array(fc.record({ pass: anyLength, cost: anyCost, always: fc.boolean() }), { maxLength: 12 })

  /** A limit with a history. */
  const used = (rule: LimitRule, steps: readonly { pass: number; cost: number; always: boolean }[]) => {
    const limit = limited(rule)
    for (const { pass, cost, always } of steps) {
      limit.pass(pass)
      limit.take(cost, always)
    }
    return limit
  }

  const copy = ({ state }: { state: LimitState }): LimitState => ({ ...state })

  it("changes nothing when it refuses", () => {
    fc.assert(
      fc.property(anyRule, history, anyCost, (rule, steps, cost) => {
        const limit = used(rule, steps)
        const before = copy(limit)
        const there = limit.take(0)
        Object.assign(limit.state, before)
        if (!limit.take(cost).allowed) expect(limit.take(0)).toEqual(there)
      }),
    )
  })

  it("allows after retryAfter what it refused, and not a millisecond before", () => {
    fc.assert(
      fc.property(anyRule, history, anyCost, (rule, steps, cost) => {
        const limit = used(rule, steps)
        const { allowed, retryAfter } = limit.take(cost)
        expect(retryAfter > 0).toBe(!allowed)
        expect(Number.isSafeInteger(retryAfter)).toBe(true)
        if (allowed || cost > rule.limit || rule.kind === "until") return
        limit.pass(retryAfter - 1)
        if (retryAfter > 1) expect(limit.take(cost).allowed).toBe(false)
        limit.pass(1)
        expect(limit.take(cost).allowed).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it("allows as many as remain, and has all of them after reset", () => {
    fc.assert(
      fc.property(anyRule, history, (rule, steps) => {
        const limit = used(rule, steps)
        const { remaining, reset } = limit.take(0)
        expect(remaining).toBeGreaterThanOrEqual(0)
        if (rule.kind !== "queue") expect(remaining).toBeLessThanOrEqual(rule.limit)
        if (rule.kind !== "until") {
          const later = used(rule, steps)
          later.pass(reset)
          const whole =
            rule.kind === "queue" ? Math.floor((rule.patience * rule.limit) / rule.window + 1e-6) + 1 : rule.limit
          expect(later.take(0)).toMatchObject({ remaining: whole, reset: 0 })
        }
        if (remaining < 200) expect(limit.many(remaining + 1)).toBe(remaining)
      }),
      { numRuns: 1000 },
    )
  })

  it("never lets more pass than the rule says, in any time", () => {
    fc.assert(
      fc.property(
        anyRule,
        fc.array(fc.tuple(anyLength, fc.integer({ min: 1, max: 8 })), { maxLength: 30 }),
        (rule, steps) => {
          if (rule.kind === "until" || rule.limit > 100) return
          const limit = limited(rule)
          const passed: number[] = []
          let now = 0
          for (const [pass, count] of steps) {
            limit.pass(pass)
            now += pass
            for (let at = 0; at < count; at++) {
              const { allowed, wait } = limit.take()
              if (allowed) passed.push(now + wait)
            }
          }
          for (const [first, from] of passed.entries())
            for (const [last, until] of passed.entries()) {
              if (last < first) continue
              const length = until - from
              const most = {
                bucket: rule.limit * (1 + length / rule.window),
                fixed: rule.limit * (Math.floor(length / rule.window) + 2),
                sliding: rule.limit * (Math.floor(length / rule.window) + 2),
                // Waits are rounded up to whole milliseconds.
                queue: 1 + (rule.limit * (length + 1)) / rule.window,
              }[rule.kind]
              expect(last - first + 1).toBeLessThanOrEqual(most + 1e-6)
            }
        },
      ),
    )
  })
})

describe("takeAll() of several limits", () => {
  it("takes of all or of none, with several wants for one limit too", () => {
    const wantOf = fc.tuple(fc.constantFrom(0, 1, 2), fc.constantFrom(0, 1, 2, 5), fc.boolean())
    fc.assert(
      fc.property(fc.array(fc.array(wantOf, { maxLength: 5 }), { maxLength: 10 }), (rounds) => {
        const states = [freshState("fixed"), freshState("fixed"), freshState("fixed")]
        const counted = [0, 0, 0]
        for (const round of rounds) {
          const wants = round.map(([at, cost, always]): Want => ({
            key: `${at}`,
            rule: { kind: "fixed", limit: 6, window: 1000 },
            cost,
            always,
          }))
          const outcomes = takeAll(
            round.map(([at]) => states[at] as LimitState),
            wants,
            begin,
          )
          const next = [...counted]
          let all = true
          for (const [at, cost, always] of round) {
            const fits = (next[at] as number) + Math.max(1, cost) <= 6
            if (fits || always) next[at] = (next[at] as number) + cost
            else all = false
          }
          expect(outcomes.every(({ allowed }, at) => allowed || wants[at]?.always)).toBe(all)
          if (all) for (const at of counted.keys()) counted[at] = next[at] as number
          expect(states.map(({ used }) => used)).toEqual(counted)
        }
      }),
    )
  })
})
