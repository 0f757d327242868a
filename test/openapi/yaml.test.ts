import * as fc from "fast-check"
import { describe, expect, it } from "vitest"

import { toYaml } from "../../src/openapi/yaml.ts"

describe("toYaml()", () => {
  it("writes nested lists and maps as blocks", () => {
    const value = { a: { list: [{ x: 1, y: [] }, "two words", [true, null]] }, "/users/{id}": {} }
    expect(toYaml(value)).toBe(
      [
        "a:",
        "  list:",
        "    - x: 1",
        '      "y": []',
        "    - two words",
        "    - - true",
        "      - null",
        "/users/{id}: {}",
        "",
      ].join("\n"),
    )
  })

  it.each([
    "yes",
    "on",
    "012",
    "2026-01-02",
    "12:30:00",
    "1_000",
    "1e3",
    ".inf",
    "~",
    "",
    " x",
    "x ",
    "a: b",
    "a #b",
    "=",
    "<<",
    "- x",
    "\u2028",
  ])("quotes %j, which some reader takes for something else", (text) => {
    expect(toYaml({ key: text })).toMatch(/^key: ".*"\n$/)
  })

  it("writes shared values out instead of pointing at them", () => {
    const shared = { x: 1 }
    expect(toYaml({ a: shared, b: shared })).toBe("a:\n  x: 1\nb:\n  x: 1\n")
  })

  it("is read back as the same value", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), (raw) => {
        const value = JSON.parse(JSON.stringify(raw)) as unknown
        expect(Bun.YAML.parse(toYaml(value))).toEqual(value)
      }),
    )
  })
})
