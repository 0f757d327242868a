import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

import fc from "fast-check"
import { describe, expect, it } from "vitest"

import type { Exchange } from "../../src/core/exchange.ts"
import { Kept } from "../../src/core/kept.ts"
import { balancers } from "../../src/services/balancers/index.ts"
import { type Upstream, upstream } from "../../src/services/upstream.ts"
import { exchange } from "../support/exchange.ts"

const { keep } = new Kept().generation()

const weighted = (...weights: number[]): Upstream[] =>
  weights.map((weight, index) => upstream("user", { url: `http://w${weight}-${index}.internal`, weight }, keep))

const all = weighted(1, 1, 1, 1, 1, 1, 1, 1, 1)

/** Requests that differ in whatever a balancer may go by. */
const asked = (number: number): Exchange =>
  exchange({
    client: `192.0.2.${number % 250}`,
    path: `/item/${number}?n=${number}`,
    headers: { "x-user": `u${number}`, cookie: `session=s${number}` },
  })

// Options for those that cannot do without.
const samples = new Map<string, object>([])

describe("the shelf of balancers", () => {
  it("has each name once, and a standard one that needs no options first", () => {
    const names = balancers.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(samples.has(names[0] ?? "")).toBe(false)
  })
})

describe.each(balancers)("balancer $name", (part) => {
  const create = () =>
    part.create(
      part.options.parse(samples.get(part.name) ?? {}, [], ({ message }) => {
        throw new Error(`Give the balancer "${part.name}" a sample in this test: ${message}`)
      }),
    )

  it("has the name of its file, and says what it does in a sentence", () => {
    const file = `${part.name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.ts`
    expect(existsSync(fileURLToPath(new URL(`../../src/services/balancers/${file}`, import.meta.url)))).toBe(true)
    expect(part.about).toMatch(/^[A-Z].*\.$/)
    for (const field of Object.values(part.options.fields ?? {})) expect(field.about).toMatch(/^[A-Z].*\.$/)
  })

  it("picks one of those it is given, whatever they weigh and whoever was there before", () => {
    const some = fc.subarray(weighted(0, 1, 1, 2, 3, 1000, 0, 1, 7), { minLength: 1 })
    fc.assert(
      fc.property(fc.array(some, { minLength: 1, maxLength: 40 }), (draws) => {
        const pick = create()
        for (const [number, given] of draws.entries()) expect(given).toContain(pick(given, asked(number)))
      }),
    )
  })

  it("picks the only one there is, even one without weight", () => {
    const pick = create()
    for (const one of [...all, ...weighted(0)]) expect(pick([one], asked(0))).toBe(one)
  })

  it("forgets nobody", () => {
    const pick = create()
    expect(new Set(Array.from({ length: 2000 }, (_, number) => pick(all, asked(number)))).size).toBe(all.length)
  })

  it("leaves those without weight alone while there are others", () => {
    const given = weighted(0, 1, 0, 2)
    const pick = create()
    for (let number = 0; number < 500; number++) expect(pick(given, asked(number)).weight).toBeGreaterThan(0)
  })
})

describe("roundRobin", () => {
  const pick = () => balancers.find(({ name }) => name === "roundRobin")?.create({}) ?? (() => expect.fail())

  it("is even, to the last one, for any number of upstreams and draws", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: all.length }), fc.nat({ max: 200 }), (size, draws) => {
        const given = all.slice(0, size)
        const next = pick()
        const counts = new Map(given.map((one) => [one, 0]))
        for (let draw = 0; draw < draws; draw++) {
          const one = next(given, asked(draw))
          counts.set(one, (counts.get(one) ?? 0) + 1)
        }
        const numbers = [...counts.values()]
        expect(Math.max(...numbers) - Math.min(...numbers)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it("gives each its exact share in every round, whatever they weigh", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 6 }), (weights) => {
        fc.pre(weights.some((weight) => weight > 0))
        const given = weighted(...weights)
        const round = weights.reduce((sum, weight) => sum + weight, 0)
        const next = pick()
        for (let time = 0; time < 3; time++) {
          const drawn = Array.from({ length: round }, (_, draw) => next(given, asked(draw)))
          const even = new Set(weights).size === 1
          if (!even || weights[0] === 1)
            expect(given.map((one) => drawn.filter((other) => other === one).length)).toEqual(weights)
        }
      }),
    )
  })

  it("never takes the same one twice running while there are others, and comes in no bursts", () => {
    const next = pick()
    const letters = weighted(5, 1, 1)
    const drawn = Array.from({ length: 14 }, (_, draw) => "abc"[letters.indexOf(next(letters, asked(draw)))]).join("")
    expect(drawn).toBe("aabacaaaabacaa")
    let before: Upstream | undefined
    for (let draw = 0; draw < 30; draw++) {
      const one = next(all.slice(0, 3), asked(draw))
      expect(one).not.toBe(before)
      before = one
    }
  })
})
