import { describe, expect, it, vi } from "vitest"

import { Kept } from "../../src/core/kept.ts"

describe("Kept", () => {
  it("makes a value once and gives it to every later generation", () => {
    const kept = new Kept()
    const make = vi.fn(() => ({ count: 0 }))
    const first = kept.generation()
    const value = first.keep("counter", make)
    first.settle()
    value.count = 7
    const second = kept.generation()
    expect(second.keep("counter", make)).toBe(value)
    second.settle()
    expect(make).toHaveBeenCalledTimes(1)
  })

  it("gives the same value to all who ask within one generation", () => {
    const { keep } = new Kept().generation()
    const make = vi.fn(() => new Map())
    expect(keep("cache", make)).toBe(keep("cache", make))
    expect(make).toHaveBeenCalledTimes(1)
  })

  it("drops what a settled generation did not ask for, and disposes of it once", () => {
    const kept = new Kept()
    const dispose = vi.fn()
    const first = kept.generation()
    const old = first.keep("old", () => ["old"], dispose)
    first.keep("both", () => ["both"], dispose)
    first.settle()
    expect(dispose).not.toHaveBeenCalled()

    const second = kept.generation()
    second.keep("both", () => ["new"], dispose)
    second.settle()
    expect(dispose.mock.calls).toEqual([[old]])

    const third = kept.generation()
    expect(third.keep("old", () => ["made again"], dispose)).toEqual(["made again"])
    expect(third.keep("both", () => ["new"], dispose)).toEqual(["both"])
    third.settle()
    expect(dispose).toHaveBeenCalledTimes(1)
  })

  it("leaves everything alone when a generation is refused, and forgets what only that one asked for", () => {
    const kept = new Kept()
    const dispose = vi.fn()
    const served = kept.generation()
    const value = served.keep("served", () => ({}), dispose)
    served.settle()

    const refused = kept.generation()
    refused.keep("refused", () => "tried", dispose)
    expect(dispose).not.toHaveBeenCalled()

    const next = kept.generation()
    expect(next.keep("served", () => ({}), dispose)).toBe(value)
    next.settle()
    expect(dispose.mock.calls).toEqual([["tried"]])
  })

  it("keeps nothing of a value that could not be made", () => {
    const { keep } = new Kept().generation()
    const fail = (): string => {
      throw new Error("no")
    }
    expect(() => keep("name", fail)).toThrow("no")
    expect(keep("name", () => "yes")).toBe("yes")
  })

  it("tells values apart that are nothing", () => {
    const { keep } = new Kept().generation()
    const make = vi.fn(() => undefined)
    keep("nothing", make)
    keep("nothing", make)
    expect(make).toHaveBeenCalledTimes(1)
  })

  it.each(["__proto__", "constructor", "toString"])("has no value named %j before one is made", (name) => {
    expect(new Kept().generation().keep(name, () => "mine")).toBe("mine")
  })
})
