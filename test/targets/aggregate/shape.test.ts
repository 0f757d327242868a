import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { shapeOf } from "../../../src/targets/aggregate/shape.ts"
import { aggregating, answering } from "./aggregating.ts"

const shaped = (
  value: unknown,
  options: { pick?: string[]; omit?: string[]; rename?: Record<string, string> },
): unknown =>
  shapeOf({
    pick: options.pick,
    omit: options.omit,
    rename: options.rename && new Map(Object.entries(options.rename)),
  })?.(value)

const value = { a: 1, b: { c: 2, d: 3, e: { f: 4 } }, list: [{ x: 1, y: 2 }, { x: 3 }], z: null }

describe("shapeOf()", () => {
  it.each([
    [{ pick: ["a"] }, { a: 1 }],
    [{ pick: ["z", "a"] }, { a: 1, z: null }],
    [{ pick: ["b.c", "b.e.f"] }, { b: { c: 2, e: { f: 4 } } }],
    [{ pick: ["b.c", "b"] }, { b: value.b }],
    [{ pick: ["b", "b.c"] }, { b: value.b }],
    [{ pick: ["list.x"] }, { list: [{ x: 1 }, { x: 3 }] }],
    [{ pick: ["none", "b.none", "a.none"] }, { b: {} }],
    [{ omit: ["a", "z", "b.e", "list.y"] }, { b: { c: 2, d: 3 }, list: [{ x: 1 }, { x: 3 }] }],
    [{ omit: ["b.c", "b"] }, { a: 1, list: value.list, z: null }],
    [{ omit: ["none", "a.b.c"] }, value],
    [{ rename: { a: "A" } }, { A: 1, b: value.b, list: value.list, z: null }],
    [
      { rename: { "b.c": "C", "list.x": "X" } },
      { ...value, b: { C: 2, d: 3, e: { f: 4 } }, list: [{ X: 1, y: 2 }, { X: 3 }] },
    ],
    [{ rename: { a: "z" } }, { z: 1, b: value.b, list: value.list }],
    [{ rename: { none: "a" } }, value],
    [
      { pick: ["a", "b"], omit: ["b.e"], rename: { "b.d": "D" } },
      { a: 1, b: { c: 2, D: 3 } },
    ],
  ])("makes %j of it", (options, expected) => {
    expect(JSON.stringify(shaped(value, options))).toBe(JSON.stringify(expected))
  })

  it("shapes each item of a list, and leaves alone what has no fields", () => {
    expect(shaped([value, { a: 2 }, 3, null, [{ a: 4 }]], { pick: ["a"] })).toEqual([
      { a: 1 },
      { a: 2 },
      3,
      null,
      [{ a: 4 }],
    ])
    for (const plain of [null, 1, "x", true]) expect(shaped(plain, { pick: ["a"], omit: ["b"] })).toBe(plain)
  })

  it("has nothing to do without options", () => {
    expect(shapeOf({ pick: undefined, omit: undefined, rename: undefined })).toBeUndefined()
  })

  it("takes names such as __proto__ for plain data", () => {
    const given = JSON.parse('{"__proto__":{"a":1,"b":2},"constructor":3,"x":4}') as unknown
    const text = (options: object): string => JSON.stringify(shaped(given, options))
    expect(text({ pick: ["__proto__.a", "constructor"] })).toBe('{"__proto__":{"a":1},"constructor":3}')
    expect(text({ omit: ["__proto__.a"] })).toBe('{"__proto__":{"b":2},"constructor":3,"x":4}')
    expect(text({ rename: { x: "__proto__" } })).toBe('{"constructor":3,"__proto__":4}')
    expect(text({ rename: JSON.parse('{"__proto__":"y"}') as object })).toBe(
      '{"y":{"a":1,"b":2},"constructor":3,"x":4}',
    )
    expect(shaped({ x: { polluted: true } }, { rename: { x: "__proto__" } })).not.toHaveProperty("polluted")
    expect({}).not.toHaveProperty("polluted")
  })

  it("never changes what it is given, and has nothing that was not there", () => {
    const names = fc.constantFrom("a", "b", "c", "__proto__", "constructor")
    const paths = fc.array(
      fc.array(names, { minLength: 1, maxLength: 3 }).map((steps) => steps.join(".")),
      { minLength: 1, maxLength: 4 },
    )
    fc.assert(
      fc.property(fc.jsonValue(), paths, paths, (json, pick, omit) => {
        const before = JSON.stringify(json)
        const made = shaped(json, { pick, omit })
        expect(JSON.stringify(json)).toBe(before)
        expect(JSON.stringify(shaped(made, { pick, omit }))).toBe(JSON.stringify(made))
      }),
    )
  })
})

describe("what the answer has of a part", () => {
  const services = { a: answering(200, value), b: answering(200, { id: 7 }) }

  it("is picked, omitted, renamed and mapped in this order; other parts are told all of it", async () => {
    const seen: unknown[] = []
    const { ask } = aggregating(
      {
        aggregate: {
          a: {
            call: "a GET /",
            needs: ["b"],
            pick: ["a", "b", "z"],
            omit: ["z"],
            rename: { a: "first" },
            map: (given: object, parts: object, request: { params: object }) => {
              seen.push(given, parts, request.params)
              return { ...given, mapped: true }
            },
          },
          b: "b GET /",
          c: {
            call: "b POST /:a.z?list=:a.list.0.x",
            needs: ["a"],
            body: ({ a }: { a: object }) => void seen.push(a),
            required: false,
          },
        },
      },
      services,
    )
    const got = await ask({ params: { id: "1" } })
    expect(got.text).toBe(JSON.stringify({ a: { first: 1, b: value.b, mapped: true }, b: { id: 7 }, c: null }))
    expect(seen).toEqual([{ first: 1, b: value.b }, { b: { id: 7 } }, { id: "1" }])
  })

  it("has another name, or none", async () => {
    const { ask } = aggregating(
      { aggregate: { a: { call: "a GET /", as: false }, b: { call: "b GET /:a.a", as: "__proto__" } } },
      services,
    )
    expect(await ask()).toMatchObject({ text: '{"__proto__":{"id":7}}', parts: "a=200, b=200" })
  })

  it("is a fallback in the same shape, and null as it is", async () => {
    const map = (given: { x: number }): number => given.x
    const { ask } = aggregating(
      {
        aggregate: {
          a: { call: "bad GET /", fallback: { y: 1, z: 2 }, pick: ["y"], rename: { y: "x" }, map },
          b: { call: "bad GET /", required: false, map },
        },
      },
      { bad: answering(500) },
    )
    expect((await ask()).text).toBe('{"a":1,"b":null}')
  })

  it("fails the whole when map throws", async () => {
    const map = (): never => {
      throw new Error("x")
    }
    const { ask, logged } = aggregating({ aggregate: { a: { call: "a GET /", map } } }, services)
    expect(await ask()).toMatchObject({ status: 500, body: { code: "part_failed" } })
    expect(logged[0]).toMatchObject({
      level: "error",
      message: 'The function "map" of part "a" threw (exchange test-1).',
    })
  })
})
