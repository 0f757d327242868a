import { readdirSync } from "node:fs"

import { describe, expect, it } from "vitest"

import type { Problem } from "../../src/core/schema.ts"
import { algorithms } from "../../src/policies/rate-limit/algorithms/index.ts"
import { limitOption } from "../../src/policies/rate-limit/limit-option.ts"
import { type Sample, typeErrors, written } from "./part-contract.ts"

// Every option of an algorithm, with what limits of all kinds have.
const samples = new Map<string, Sample>([
  ["sliding", '{ limit: 100, per: "1m", cost: 2 }'],
  ["bucket", '{ algorithm: "bucket", limit: 100, per: "1m", burst: 200, cost: { response: "x-cost" } }'],
  ["fixed", '{ algorithm: "fixed", limit: 100, per: "1h", by: { header: "x-tenant" } }'],
  ["queue", '{ algorithm: "queue", limit: 10, per: "1s", patience: "2s", headers: false }'],
  ["concurrency", '{ algorithm: "concurrency", limit: 10, by: { service: "cart" } }'],
])

const measureOf = (sample: Sample) =>
  limitOption.parse(written(sample), [], ({ message }: Problem) => expect.fail(message)).measure

describe("the shelf of ways to count", () => {
  it("has no name twice, and the standard one first", () => {
    const names = algorithms.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(measureOf('{ limit: 1, per: "1m" }').kind).toBe(names[0])
  })

  it("has the parts of its folder, each in the file of its name", () => {
    const files = readdirSync(new URL("../../src/policies/rate-limit/algorithms", import.meta.url))
    const beside = new Set(["index.ts", "numbers.ts"])
    expect(files.filter((file) => !beside.has(file)).toSorted()).toEqual(
      algorithms.map(({ name }) => `${name}.ts`).toSorted(),
    )
  })

  it("has types that take the samples, one and several, and only options that belong together", async () => {
    const { fields: _, ...option } = limitOption
    const parts = [...samples.keys(), "tooMuch"].map((name) => ({
      name,
      about: "",
      options: option,
      create: () => undefined,
    }))
    expect(await typeErrors(parts, samples.set("tooMuch", '{ limit: 1, per: "1m", burst: 2 }'))).toEqual([
      expect.stringContaining("burst"),
    ])
  })
})

describe.each(algorithms)("algorithm $name", (part) => {
  it("says what it does, in a sentence, and so does each of its options", () => {
    expect(part.about).toMatch(/^[A-Z].*\.$/)
    for (const field of Object.values(part.options.fields ?? {})) expect(field.about).toMatch(/^[A-Z].*\.$/)
  })

  it("takes its sample, and makes of it what counts", () => {
    expect(measureOf(samples.get(part.name) ?? "").limit).toBeGreaterThan(0)
  })
})
