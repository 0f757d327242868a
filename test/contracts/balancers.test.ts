import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

import fc from "fast-check"
import { describe, expect, it, onTestFinished } from "vitest"

import { typeCheck } from "../../src/config/type-check.ts"
import { writeTypes } from "../../src/config/types.ts"
import type { Schema } from "../../src/core/schema.ts"
import { balancers } from "../../src/services/balancers/index.ts"
import { asked, built, counted, fake, seeded, weighted } from "../services/balancers/picking.ts"

const draws = 10_000

/** Whatever upstreams of these weights get of many requests, in parts of one. */
const shares = (counts: readonly number[]): number[] => counts.map((count) => count / draws)

/** Five percent of a share, or three standard deviations where chance alone can take it further than that. */
const allowed = (fair: number): number => Math.max(0.05 * fair, 3 * Math.sqrt((fair * (1 - fair)) / draws))

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

describe("the shelf of balancers", () => {
  it("has each name once, and a standard one that needs no options first", () => {
    const names = balancers.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(() => built(balancers[0] ?? expect.fail())).not.toThrow()
  })

  it("is written in a config as its types say: by name, or with options", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bellhop-balance-"))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    mkdirSync(join(folder, "mocks"))
    writeTypes(folder)
    writeFileSync(join(folder, "gateway.config.ts"), sample(balancers.map(({ name }) => name)))
    expect(await typeCheck(join(folder, ".bellhop/tsconfig.json"))).toEqual([])
  })
})

/** A config that takes every algorithm; each line after an expected error has to have one. */
const sample = (names: readonly string[]): string => `import { defineGateway, env } from "bellhop"

const url = ["http://a", { url: "http://b", weight: 3, zone: "b" }]
export default defineGateway({
  services: {
${names.map((name) => `    ${name}: { url, balance: "${name}", slowStart: "30s", zone: env("ZONE"), zoneMinimum: 40, panic: 20 },`).join("\n")}
    ip: { url, balance: { hash: { by: "ip" } } },
    header: { url, balance: { hash: { by: { header: "x-tenant" } } } },
    cookie: { url, balance: { hash: { by: { cookie: "session" } } } },
    query: { url, balance: { hash: { by: { query: "id" } } } },
    made: { url, balance: { hash: { by: ({ headers, params, query }) => headers.get("x-a") ?? params["id"] ?? query.get("b")?.toLowerCase() } } },
    kept: { url, balance: { sticky: { cookie: "c", path: "/x", sameSite: "none", ttl: "1h", secret: env("SECRET") } } },
    // @ts-expect-error no such algorithm
    typo: { url, balance: "roundRobbin" },
    // @ts-expect-error no such option
    option: { url, balance: { sticky: { cookies: "c" } } },
    // @ts-expect-error no such key
    key: { url, balance: { hash: { by: { body: "c" } } } },
    // @ts-expect-error a number is no key
    number: { url, balance: { hash: { by: ({ path }) => path.length } } },
    // @ts-expect-error a number is no duration
    slow: { url, slowStart: 30 },
  },
  routes: { "/": "roundRobin" },
})
`

describe.each(balancers)("balancer $name", (part) => {
  it("has the name of its file, and says what it and its options do in sentences", () => {
    const file = `${part.name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.ts`
    expect(existsSync(fileURLToPath(new URL(`../../src/services/balancers/${file}`, import.meta.url)))).toBe(true)
    const undocumented = (fields: Schema<unknown>["fields"]): string[] =>
      Object.entries(fields ?? {}).flatMap(([name, field]) => [
        ...(/^[A-Z].*\.$/.test(field.about) ? [] : [name]),
        ...undocumented(field.fields),
      ])
    expect(part.about).toMatch(/^[A-Z].*\.$/)
    expect(undocumented(part.options.fields)).toEqual([])
  })

  it("picks one of those that it is given, from 1 to 20", () => {
    const pick = built(part)
    for (let size = 1; size <= 20; size++) {
      const given = weighted(...Array<number>(size).fill(1))
      for (let number = 0; number < 50; number++) expect(given).toContain(pick(given, asked(number)))
    }
  })

  it("picks one of those that it is given, whatever they weigh, who was there before, and how they do", () => {
    const known = weighted(0, 1, 1, 2, 3, 1000, 0, 1, 7)
    const some = fc.record({
      given: fc.subarray(known, { minLength: 1 }),
      busy: fc.array(fc.nat({ max: 9 }), { minLength: known.length, maxLength: known.length }),
      took: fc.array(fc.nat({ max: 9 }), { minLength: known.length, maxLength: known.length }),
    })
    fc.assert(
      fc.property(fc.array(some, { minLength: 1, maxLength: 40 }), (calls) => {
        const pick = built(part)
        for (const [number, { given, busy, took }] of calls.entries()) {
          for (const [index, one] of known.entries()) {
            one.pool.busy = busy[index] ?? 0
            one.state.measured(took[index] ?? 0, performance.now())
          }
          const picked = pick(given, asked(number))
          expect(given).toContain(picked)
          if (given.some(({ weight }) => weight > 0)) expect(picked.weight).toBeGreaterThan(0)
        }
      }),
    )
  })

  it.each([[[1, 1, 1]], [[1, 2, 5]], [[3, 0, 1]], [[0, 0, 0]], [[1, 1, 1, 1, 1, 1, 1, 1, 1, 1]]])(
    "gives idle upstreams of the weights %j their shares of 10,000 requests, within 5 %%",
    (weights) => {
      const all = sum(weights)
      const counts = counted(built(part), weighted(...weights), draws)
      expect(sum(counts)).toBe(draws)
      for (const [index, share] of shares(counts).entries()) {
        const fair = all === 0 ? 1 / weights.length : (weights[index] ?? Number.NaN) / all
        expect(Math.abs(share - fair)).toBeLessThanOrEqual(allowed(fair))
      }
    },
  )

  it("goes by what upstreams weigh now, not by what they weigh in the end", () => {
    const given = weighted(1, 1)
    const weigh = (one: unknown): number => (one === given[0] ? 0.1 : 1)
    const [slow = 1] = shares(counted(built(part, {}, { weigh }), given, draws))
    expect(Math.abs(slow - 0.1 / 1.1)).toBeLessThanOrEqual(allowed(0.1 / 1.1))
  })

  it("gives those that are there their shares again after others came and went", () => {
    const pick = built(part)
    const all = weighted(1, 1, 1, 1)
    for (const given of [all.slice(0, 2), all, all.slice(2), [...all.slice(1), fake("http://10.0.1.1")]])
      for (const share of shares(counted(pick, given, draws)))
        expect(Math.abs(share - 1 / given.length)).toBeLessThanOrEqual(allowed(1 / given.length))
  })

  it("starves nobody when every second pick is a retry among fewer", () => {
    const pick = built(part, {}, { random: seeded(7) })
    const all = weighted(1, 1, 1)
    const others = all.slice(1)
    const got = new Map(all.map((one) => [one, 0]))
    for (let number = 0; number < 3000; number++) {
      let one = pick(all, asked(number))
      if (one === all[0]) one = pick(others, asked(number))
      got.set(one as (typeof all)[number], (got.get(one as (typeof all)[number]) ?? 0) + 1)
    }
    expect(got.get(all[0] ?? expect.fail())).toBe(0)
    for (const one of others) expect(Math.abs((got.get(one) ?? 0) / 3000 - 0.5)).toBeLessThan(0.08)
  })

  it("shares nothing with another service that uses it", () => {
    const given = weighted(1, 1, 1)
    const [one, other] = [built(part), built(part)]
    const alone = built(part)
    const first = Array.from({ length: 30 }, (_, number) => {
      other(given, asked(number))
      return one(given, asked(number))
    })
    expect(first).toEqual(Array.from({ length: 30 }, (_, number) => alone(given, asked(number))))
  })
})
