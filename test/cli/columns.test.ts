import { describe, expect, it } from "vitest"

import { columns, wrap } from "../../src/cli/columns.ts"
import { style } from "../../src/cli/style.ts"

describe("columns()", () => {
  it("aligns cells by what is seen: colours have no width, wide letters have two columns", () => {
    const paint = style(true)
    const text = columns([
      [paint.cyan("a"), "x"],
      ["飯飯", "x"],
      ["abcde", "x"],
    ])
    expect(Bun.stripANSI(text)).toBe("  a       x\n  飯飯    x\n  abcde   x\n")
  })

  it("wraps the last column below its own start", () => {
    const text = columns([["key", "one two three four five six seven"]], { width: 30 })
    expect(text).toBe("  key   one two three four\n        five six seven\n")
  })

  it("leaves no blanks at the ends of lines", () => {
    expect(
      columns([
        ["a", ""],
        ["long", "b"],
      ]),
    ).toBe("  a\n  long   b\n")
  })

  it("makes nothing of no rows", () => {
    expect(columns([])).toBe("")
  })
})

describe("wrap()", () => {
  it("keeps a word that is longer than the line whole", () => {
    expect(wrap("see https://example.org/a/very/long/address now", 24, 2)).toBe(
      "see\n  https://example.org/a/very/long/address\n  now",
    )
  })

  it("leaves a text alone where there is no room for columns", () => {
    expect(wrap("one two three four five six seven eight", 30, 20)).toBe("one two three four five six seven eight")
  })
})
