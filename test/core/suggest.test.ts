import { describe, expect, it } from "vitest"

import { nearest } from "../../src/core/suggest.ts"

describe("nearest()", () => {
  it.each([
    ["order", ["orders", "users"], "orders"],
    ["crat", ["user", "cart"], "cart"],
    ["tiemout", ["retry", "timeout"], "timeout"],
    ["ratelimt", ["rateLimit", "quota"], "rateLimit"],
    ["rate_limit", ["rateLimit"], "rateLimit"],
    ["tll", ["size", "ttl"], "ttl"],
  ])("finds what %j stands for among %j", (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected)
  })

  it("counts swapped letters as one edit, so that a short word still finds its like", () => {
    expect(nearest("hte", ["the"])).toBe("the")
  })

  it("always finds a word that differs in case only", () => {
    expect(nearest("a", ["A"])).toBe("A")
    expect(nearest("USERS", ["orders", "users"])).toBe("users")
  })

  it("prefers the nearest candidate, then the first", () => {
    expect(nearest("users", ["uses", "usersx"])).toBe("uses")
    expect(nearest("timeouts", ["timers", "timeout"])).toBe("timeout")
  })

  it.each([
    ["payment", ["cart", "user"]],
    ["ab", ["cd", "ac"]],
    ["a", ["b"]],
    ["cart", []],
    ["", ["a"]],
  ])("names nothing for %j among %j", (word, candidates) => {
    expect(nearest(word, candidates)).toBeUndefined()
  })

  it("does not suggest the word itself", () => {
    expect(nearest("cart", ["cart"])).toBeUndefined()
    expect(nearest("cart", ["cart", "carts"])).toBe("carts")
  })

  it("takes any iterable", () => {
    expect(nearest("crat", new Map([["cart", 1]]).keys())).toBe("cart")
  })
})
