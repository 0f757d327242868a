import { describe, expect, it } from "vitest"

import { hashOf, Verdicts } from "../../../../src/policies/auth/jwt/verdicts.ts"

describe("Verdicts", () => {
  it("holds no more than so many: the one that came first makes way", () => {
    const verdicts = new Verdicts<{ until: number }>(3)
    for (const name of ["a", "b", "c", "b", "d"]) verdicts.set(name, { until: 10 })
    expect(verdicts.size).toBe(3)
    expect(["a", "b", "c", "d"].map((name) => verdicts.get(name, 0) !== undefined)).toEqual([false, true, true, true])
  })

  it("forgets what no longer holds", () => {
    const verdicts = new Verdicts<{ until: number }>()
    verdicts.set("a", { until: 10 })
    expect(verdicts.get("a", 9)).toEqual({ until: 10 })
    expect(verdicts.get("a", 10)).toBeUndefined()
    expect(verdicts.size).toBe(0)
  })
})

describe("hashOf()", () => {
  it("differs for credentials that differ in one letter, and has nothing of them in it", () => {
    expect(hashOf("token")).not.toBe(hashOf("Token"))
    expect(hashOf("token")).toMatch(/^[A-Za-z0-9+/]{43}=$/)
    expect(hashOf("é")).not.toBe(hashOf("e\u0301"))
  })
})
