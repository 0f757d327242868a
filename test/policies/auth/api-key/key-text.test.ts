import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { environmentOf, isOurs, makeKey, randomText } from "../../../../src/policies/auth/api-key/key-text.ts"

describe("makeKey()", () => {
  it("makes keys that say what they are, and never the same twice", () => {
    const made = Array.from({ length: 100 }, () => makeKey("live"))
    for (const key of made) expect(key).toMatch(/^bh_live_[0-9A-Za-z]{32}_[0-9A-Za-z]{6}$/)
    expect(new Set(made).size).toBe(100)
  })
})

describe("environmentOf()", () => {
  it("reads a key that was made", () => {
    for (const name of ["live", "test", "a", "0123456789abcdef"]) expect(environmentOf(makeKey(name))).toBe(name)
  })

  it("finds every single mistyped letter", () => {
    const key = makeKey("live")
    const typo = fc.tuple(fc.nat(key.length - 1), fc.constantFrom(..."aZ0_-. é"))
    fc.assert(
      fc.property(typo, ([at, letter]) => {
        fc.pre(key[at] !== letter)
        expect(environmentOf(key.slice(0, at) + letter + key.slice(at + 1))).toBeUndefined()
      }),
    )
  })

  it("takes no other text for a key", () => {
    const none = (text: string): void => {
      expect(environmentOf(text)).toBeUndefined()
    }
    fc.assert(fc.property(fc.string({ unit: "binary" }), none))
    fc.assert(fc.property(fc.string(), (text) => none(`bh_live_${text}`)))
    expect(isOurs("bh_")).toBe(true)
  })
})

describe("randomText()", () => {
  it("has the length that is asked for, and all letters about as often", () => {
    const text = randomText(62_000)
    expect(text).toHaveLength(62_000)
    const counts = new Map<string, number>()
    for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1)
    expect(counts.size).toBe(62)
    // Six standard deviations around a thousand each.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(200)
  })
})
