import fc from "fast-check"

import type { LimitRule, Want } from "../../src/core/store.ts"
import { begin } from "./stores.ts"

const window = fc.constantFrom(1, 7, 1000, 60_000, 86_400_000)
const limit = fc.constantFrom(1, 2, 3, 7, 100, 1_000_000)

/** Rules of every kind. */
export const anyRule: fc.Arbitrary<LimitRule> = fc.oneof(
  fc.record({ kind: fc.constant("bucket" as const), limit, window }),
  fc.record({ kind: fc.constant("sliding" as const), limit, window }),
  fc.record({ kind: fc.constant("fixed" as const), limit, window }),
  fc.record({
    kind: fc.constant("until" as const),
    limit,
    ends: fc.constantFrom(1, 500, 60_000, 86_400_000).map((later) => begin + later),
  }),
  fc.record({ kind: fc.constant("queue" as const), limit, window, patience: fc.constantFrom(0, 1, 1000, 60_000) }),
)

/** Costs, also none, parts, and more than there ever is. */
export const anyCost: fc.Arbitrary<number> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(1, 2, 3) },
  fc.constantFrom(0, 0.1, 0.5, 99, 100, 101, 1_000_000, 1_000_001, -1),
)

/** Lengths of time, of all sizes that the rules have. */
export const anyLength: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, 1, 6, 7, 8, 333, 500, 999, 1000, 60_000, 86_400_000),
  fc.integer({ min: 0, max: 200_000 }),
)

/** A step of somebody who works with limits: three keys, each with one rule. */
export type LimitStep =
  | { readonly what: "take"; readonly wants: readonly Want[] }
  | { readonly what: "adjust"; readonly key: string; readonly rule: LimitRule; readonly by: number }
  | { readonly what: "pass"; readonly length: number }
  | { readonly what: "sweep" }

const keys = ["a", "b", "constructor"] as const

/** Steps in any order. */
export const anyLimitSteps: fc.Arbitrary<LimitStep[]> = fc.tuple(anyRule, anyRule, anyRule).chain((rules) => {
  const key = fc.constantFrom(0, 1, 2)
  const want = fc
    .tuple(key, anyCost, fc.boolean())
    .map(([at, cost, always]): Want => ({ key: keys[at] as string, rule: rules[at] as LimitRule, cost, always }))
  return fc.array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ what: fc.constant("take" as const), wants: fc.array(want, { maxLength: 4 }) }),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(key, fc.constantFrom(1, 5, -1, -3, 0.5, 1000))
          .map(([at, by]) => ({ what: "adjust" as const, key: keys[at] as string, rule: rules[at] as LimitRule, by })),
      },
      { weight: 3, arbitrary: fc.record({ what: fc.constant("pass" as const), length: anyLength }) },
      { weight: 1, arbitrary: fc.constant({ what: "sweep" as const }) },
    ),
    { maxLength: 25 },
  )
})
