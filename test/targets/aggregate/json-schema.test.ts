import { describe, expect, it } from "vitest"

import type { Problem } from "../../../src/core/schema.ts"
import { jsonSchema } from "../../../src/targets/aggregate/json-schema.ts"

const parsed = (value: unknown) => {
  const problems: Problem[] = []
  const schema = jsonSchema("x").parse(value, ["schema"], (problem) => void problems.push(problem))
  return {
    fits: schema?.fits,
    problems: problems.map(({ code, path, message, fix }) => [code, path.join("."), message, fix]),
  }
}

describe("jsonSchema()", () => {
  it("tells where a value is another one than the schema says", () => {
    const { fits, problems } = parsed(
      Object.freeze({
        type: "object",
        required: ["total"],
        properties: {
          total: { type: "number", minimum: 0 },
          items: { type: "array", items: { $ref: "#/$defs/item" } },
        },
        $defs: { item: { type: "object", properties: { id: { type: "string", pattern: "^a" } } } },
        "x-note": "anything",
      }),
    )
    expect(problems).toEqual([])
    expect(fits?.({ total: 1, items: [{ id: "a1" }], more: 1 })).toBeUndefined()
    expect(fits?.({ items: [] })).toBe('at "#", where "required" does not hold')
    expect(fits?.({ total: -1 })).toBe('at "#/total", where "minimum" does not hold')
    expect(fits?.({ total: 1, items: [{ id: "a" }, { id: 7 }] })).toBe('at "#/items/1/id", where "type" does not hold')
    expect(fits?.({ total: 1, items: [{ id: "b" }] })).toBe('at "#/items/0/id", where "pattern" does not hold')
    expect(fits?.(null)).toBe('at "#", where "type" does not hold')
  })

  it("takes a value that is nested too deeply for one that does not fit", () => {
    let deep: unknown = {}
    for (let depth = 0; depth < 100_000; depth++) deep = { a: deep }
    const { fits } = parsed({ $ref: "#/$defs/a", $defs: { a: { properties: { a: { $ref: "#/$defs/a" } } } } })
    expect(fits?.(deep)).toBe("it is nested too deeply to be looked at")
  })

  it("finds everything at once that is no schema", () => {
    expect(
      parsed({
        typ: "object",
        type: "objct",
        properties: { a: { requried: ["b"] }, b: 3 },
        items: { type: ["string", 4] },
        anyOf: {},
        required: "a",
        pattern: "(",
        $ref: "#/$defs/none",
        nothingLikeIt: 1,
      }).problems,
    ).toEqual([
      ["E201", "schema.typ", 'Unknown option "typ". Did you mean "type"?', 'Write "type".'],
      ["E204", "schema.type", '"objct" is no type of JSON. Did you mean "object"?', undefined],
      [
        "E201",
        "schema.properties.a.requried",
        'Unknown option "requried". Did you mean "required"?',
        'Write "required".',
      ],
      ["E203", "schema.properties.b", "Expected a JSON Schema, got 3.", undefined],
      [
        "E204",
        "schema.items.type",
        "4 is no type of JSON. Use object, array, string, number, integer, boolean or null.",
        undefined,
      ],
      ["E204", "schema.anyOf", "Expected a list of schemas, got an object.", undefined],
      ["E204", "schema.required", 'Expected a list, got "a".', undefined],
      ["E204", "schema.pattern", '"(" is no pattern.', undefined],
      [
        "E204",
        "schema.$ref",
        'The reference "#/$defs/none" leads nowhere.',
        'Lead to a schema inside this one: "#/$defs/item".',
      ],
      ["E201", "schema.nothingLikeIt", 'Unknown option "nothingLikeIt".', 'Remove it, or begin its name with "x-".'],
    ])
  })

  it.each([[null], [[]], ["object"], [true]])("refuses %j", (value) => {
    expect(parsed(value).problems).toEqual([
      ["E203", "schema", expect.stringMatching(/^Expected a JSON Schema such as /), undefined],
    ])
  })
})
