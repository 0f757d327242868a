import { describe, expect, it, vi } from "vitest"

import { remembered } from "../../../src/policies/rate-limit/remembered.ts"

describe("remembered()", () => {
  it("asks once for each text, whatever objects have under that name", () => {
    const make = vi.fn((text: string) => `${text}!`)
    const ask = remembered(make)
    const texts = ["a", "constructor", "a", "__proto__", "constructor", "__proto__"]
    expect(texts.map(ask)).toEqual(texts.map((text) => `${text}!`))
    expect(make).toHaveBeenCalledTimes(3)
  })

  it("does not keep what is long", () => {
    const make = vi.fn((text: string) => text.length)
    const ask = remembered(make)
    for (const _ of [1, 2]) ask("x".repeat(257))
    expect(make).toHaveBeenCalledTimes(2)
  })

  it("forgets when all together know too much", () => {
    const make = vi.fn((text: string) => text)
    const [ask, other] = [remembered(make), remembered((text) => text)]
    ask("a")
    for (let count = 0; count < 65_000; count++) other(`${count}`)
    ask("a")
    expect(make).toHaveBeenCalledTimes(1)
    for (let count = 65_000; count < 66_000; count++) other(`${count}`)
    ask("a")
    expect(make).toHaveBeenCalledTimes(2)
  })
})
