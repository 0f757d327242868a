import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { mergeAll } from "../../../src/targets/aggregate/merge.ts"
import { aggregating, answering } from "./aggregating.ts"

const merged = (how: Parameters<typeof mergeAll>[1], ...values: unknown[]): string =>
  JSON.stringify(
    mergeAll(
      values.map((value, index) => [`part${index}`, value] as const),
      how,
    ),
  )

const hows: Parameters<typeof mergeAll>[1][] = ["shallow", "deep", { arrays: "replace" }, { arrays: "concat" }]

describe("mergeAll()", () => {
  const one = { a: 1, deep: { x: 1, y: [1] }, list: [1] }
  const other = { deep: { y: [2], z: 3 }, list: [2], b: null }

  it.each([
    ["shallow" as const, { a: 1, deep: { y: [2], z: 3 }, list: [2], b: null }],
    ["deep" as const, { a: 1, deep: { x: 1, y: [2], z: 3 }, list: [2], b: null }],
    [{ arrays: "replace" as const }, { a: 1, deep: { x: 1, y: [2], z: 3 }, list: [2], b: null }],
    [{ arrays: "concat" as const }, { a: 1, deep: { x: 1, y: [1, 2], z: 3 }, list: [1, 2], b: null }],
  ])("%j: the later one counts", (how, expected) => {
    expect(merged(how, one, other)).toBe(JSON.stringify(expected))
  })

  it("has what has no fields under the name of its part", () => {
    for (const how of hows)
      expect(merged(how, 1, { a: 2 }, [3], null, "x")).toBe('{"part0":1,"a":2,"part2":[3],"part3":null,"part4":"x"}')
    expect(merged("deep", { part1: [0] }, [1])).toBe('{"part1":[1]}')
    expect(merged({ arrays: "concat" }, { part1: [0] }, [1])).toBe('{"part1":[0,1]}')
  })

  it("replaces an object by what is none, and the other way round", () => {
    for (const how of hows) {
      expect(merged(how, { a: { b: 1 } }, { a: 2 })).toBe('{"a":2}')
      expect(merged(how, { a: 2 }, { a: { b: 1 } })).toBe('{"a":{"b":1}}')
      expect(merged(how, { a: [1] }, { a: { b: 1 } })).toBe('{"a":{"b":1}}')
    }
  })

  it("takes names such as __proto__ for plain data", () => {
    const given = (text: string): unknown => JSON.parse(text)
    for (const how of hows) {
      const text = merged(how, given('{"__proto__":{"a":1}}'), given('{"__proto__":{"b":2},"constructor":{"c":3}}'))
      expect(text).toBe(
        how === "shallow"
          ? '{"__proto__":{"b":2},"constructor":{"c":3}}'
          : '{"__proto__":{"a":1,"b":2},"constructor":{"c":3}}',
      )
      expect({}).not.toHaveProperty("b")
    }
  })

  const values = fc.array(fc.jsonValue({ maxDepth: 4 }), { maxLength: 4 })

  it("never changes what it is given, and has every field of every value", () => {
    fc.assert(
      fc.property(values, fc.constantFrom(...hows), (given, how) => {
        const before = JSON.stringify(given)
        const text = merged(how, ...given)
        expect(JSON.stringify(given)).toBe(before)
        const names = given.flatMap((value, index) =>
          typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : [`part${index}`],
        )
        expect(Object.keys(JSON.parse(text) as object).toSorted()).toEqual([...new Set(names)].toSorted())
        expect(Object.getPrototypeOf(mergeAll([], how))).toBe(Object.prototype)
      }),
    )
  })

  it("keeps to one rule at every depth", () => {
    const field = fc.constantFrom("a", "b", "__proto__", "constructor")
    const object = fc.dictionary(field, fc.jsonValue({ maxDepth: 3 }))
    fc.assert(
      fc.property(object, object, fc.constantFrom(...hows), (one, other, how) => {
        const made = mergeAll(
          [
            ["", one],
            ["", other],
          ],
          how,
        )
        for (const name of Object.keys(made)) {
          const [before, value] = [one, other].map((of) => (Object.hasOwn(of, name) ? of[name] : undefined))
          const expected =
            value === undefined
              ? before
              : how !== "shallow" && isFields(before) && isFields(value)
                ? mergeAll(
                    [
                      ["", before],
                      ["", value],
                    ],
                    how,
                  )
                : typeof how === "object" && how.arrays === "concat" && Array.isArray(before) && Array.isArray(value)
                  ? [...(before as unknown[]), ...(value as unknown[])]
                  : value
          expect(JSON.stringify(made[name])).toBe(JSON.stringify(expected))
        }
      }),
    )
  })
})

const isFields = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value)

describe("merge", () => {
  it("puts the fields of all parts into the answer, as they are shaped and in declared order", async () => {
    const services = {
      a: answering(200, { id: 1, x: { p: 1 }, extra: 1 }),
      b: answering(200, { id: 2, x: { q: 2 } }),
      c: answering(200, [3]),
    }
    const parts = {
      a: { call: "a GET /", omit: ["extra"] },
      b: { call: "b GET /", rename: { id: "bId" } },
      c: { call: "c GET /", as: "list" },
      d: { call: "c GET /", as: false },
      e: { call: "c GET /", when: () => false },
    }
    const text = async (merge: unknown) => (await aggregating({ aggregate: parts, merge }, services).ask()).text
    expect(await text("shallow")).toBe('{"id":1,"x":{"q":2},"bId":2,"list":[3]}')
    expect(await text("deep")).toBe('{"id":1,"x":{"p":1,"q":2},"bId":2,"list":[3]}')
  })
})
