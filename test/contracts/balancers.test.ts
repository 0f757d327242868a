import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { Kept } from "../../src/core/kept.ts"
import { balancers } from "../../src/services/balancers/index.ts"
import { roundRobin } from "../../src/services/balancers/round-robin.ts"
import { type Upstream, upstream } from "../../src/services/upstream.ts"
import { exchange } from "../support/exchange.ts"

const { keep } = new Kept().generation()
const all: readonly Upstream[] = Array.from({ length: 9 }, (_, index) =>
  upstream(`http://10.0.0.${index + 1}:80`, keep),
)
const asked = exchange()

describe("the shelf of balancers", () => {
  it("has each name once, the standard one first", () => {
    const names = balancers.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(names[0]).toBe("roundRobin")
  })
})

describe.each(balancers)("balancer $name", (part) => {
  it("has the name of its file, and says what it does in a sentence", () => {
    const file = `${part.name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.ts`
    expect(existsSync(fileURLToPath(new URL(`../../src/services/balancers/${file}`, import.meta.url)))).toBe(true)
    expect(part.about).toMatch(/^[A-Z].*\.$/)
  })

  it("picks one of those it is given, whoever was there before", () => {
    const some = fc.subarray([...all], { minLength: 1 })
    fc.assert(
      fc.property(fc.array(some, { minLength: 1, maxLength: 40 }), (draws) => {
        const pick = part.create()
        for (const given of draws) expect(given).toContain(pick(given, asked))
      }),
    )
  })

  it("picks the only one there is", () => {
    const pick = part.create()
    for (const one of all) expect(pick([one], asked)).toBe(one)
  })

  it("forgets nobody", () => {
    const pick = part.create()
    const picked = new Set(Array.from({ length: 2000 }, () => pick(all, asked)))
    expect(picked.size).toBe(all.length)
  })

  it("is on its own for each service", () => {
    const [one, other] = [part.create(), part.create()]
    for (let draw = 0; draw < 5; draw++) one(all, asked)
    expect(all).toContain(other(all, asked))
    expect(one).not.toBe(other)
  })
})

describe("roundRobin", () => {
  it("is even, to the last one, for any number of upstreams and draws", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: all.length }), fc.nat({ max: 200 }), (size, draws) => {
        const given = all.slice(0, size)
        const pick = roundRobin.create()
        const counts = new Map(given.map((one) => [one, 0]))
        for (let draw = 0; draw < draws; draw++) {
          const one = pick(given, asked)
          counts.set(one, (counts.get(one) ?? 0) + 1)
        }
        const numbers = [...counts.values()]
        expect(Math.max(...numbers) - Math.min(...numbers)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it("never picks the same one twice running while there are others", () => {
    const pick = roundRobin.create()
    let before: Upstream | undefined
    for (let draw = 0; draw < 30; draw++) {
      const one = pick(all.slice(0, 3), asked)
      expect(one).not.toBe(before)
      before = one
    }
  })
})
