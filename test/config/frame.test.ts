import { describe, expect, it } from "vitest"

import { frame, visible } from "../../src/config/frame.ts"

const at = (line: number, column: number, length = 1) => ({ file: "gateway.config.ts", line, column, length })

/** The column, in cells, of the first caret and how many there are. */
function carets(drawn: string): { start: number; count: number; under: string } {
  const lines = drawn.split("\n")
  const index = lines.findIndex((line) => /^ +\| *\^+$/.test(line))
  const [, before = "", marks = ""] = /^( +\| *)(\^+)$/.exec(lines[index] ?? "") ?? []
  return { start: before.length, count: marks.length, under: lines[index - 1] ?? "" }
}

describe("frame()", () => {
  it("shows the line with its neighbours and a marker under the place", () => {
    const source = `${"\n".repeat(9)}    orders: {\n      call: "order GET /orders",\n    },\n`
    expect(frame(source, at(11, 13, 19))).toBe(
      [
        "  10 |     orders: {",
        '> 11 |       call: "order GET /orders",',
        "     |             ^^^^^^^^^^^^^^^^^^^",
        "  12 |     },",
      ].join("\n"),
    )
  })

  it("shows the first and the last line of a file without neighbours that are not there", () => {
    expect(frame("a", at(1, 1))).toBe(">  1 | a\n     | ^")
    expect(frame("a\nb", at(2, 1))).toBe("   1 | a\n>  2 | b\n     | ^")
  })

  it("shows as much context as asked for", () => {
    expect(frame("a\nb\nc\nd\ne", at(3, 1), { context: 0 })).toBe(">  3 | c\n     | ^")
    expect(frame("a\nb\nc\nd\ne", at(3, 1), { context: 2 }).split("\n")).toHaveLength(6)
  })

  it("keeps line numbers of different length in one column", () => {
    const drawn = frame("x\n".repeat(1000), at(1000, 1))
    expect(drawn.split("\n").map((line) => line.indexOf("|"))).toEqual([7, 7, 7, 7])
  })

  it("shows tabs as spaces and puts the marker where the text is", () => {
    const { start, count, under } = carets(frame('\t\tcall: "x"', at(1, 9, 3)))
    expect(under).not.toContain("\t")
    expect(under.slice(start, start + count)).toBe('"x"')
  })

  it("counts wide characters and clusters in the cells they take", () => {
    const line = '世界 👩‍👩‍👧 "x"'
    const { start, count, under } = carets(frame(line, at(1, line.indexOf('"') + 1, 3)))
    expect(start).toBe(Bun.stringWidth(under.slice(0, under.indexOf('"'))))
    expect(count).toBe(3)
  })

  it("marks a wide character with as many carets as it has cells", () => {
    expect(carets(frame("a世b", at(1, 2, 1))).count).toBe(2)
  })

  it("marks the end of the line for a place behind it", () => {
    expect(frame("ab", at(1, 3))).toBe(">  1 | ab\n     |   ^")
    expect(frame("ab", at(1, 99, 5))).toBe(">  1 | ab\n     |   ^")
  })

  it("shows a window of a very long line around the place", () => {
    const line = `${"x".repeat(500)}HERE${"y".repeat(100_000)}`
    const drawn = frame(`${"a".repeat(900)}\n${line}\nshort`, at(2, 501, 4))
    const { start, count, under } = carets(drawn)
    expect(under).toMatch(/\| …x+HEREy+…$/)
    expect(under.slice(start, start + count)).toBe("HERE")
    for (const row of drawn.split("\n")) expect(Bun.stringWidth(row)).toBeLessThan(110)
  })

  it.each(["世", "\t", "😀"])("finds the place in a long line of %j", (character) => {
    const line = `${character.repeat(100)}HERE${"y".repeat(200)}`
    const { start, count, under } = carets(frame(line, at(1, line.indexOf("HERE") + 1, 4)))
    expect(start).toBe(Bun.stringWidth(under.slice(0, under.indexOf("HERE"))))
    expect(count).toBe(4)
    expect(under).toContain("…")
    expect(under).not.toContain("\ufffd")
  })

  it("cuts a long line at its end only, when the place is at its beginning", () => {
    const { under } = carets(frame(`HERE${"y".repeat(500)}`, at(1, 1, 4)))
    expect(under).toMatch(/\| HEREy+…$/)
  })

  it("shows control characters instead of obeying them", () => {
    const drawn = frame('a: "\u001b[31mred\u0007\u009b", // \u202e', at(1, 4, 5))
    expect(drawn).toContain("␛[31mred␇\ufffd")
    expect(drawn).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
  })

  it("knows all line ends", () => {
    expect(frame("a\r\nb\r\nc", at(2, 1))).toBe("   1 | a\n>  2 | b\n     | ^\n   3 | c")
    expect(frame("a\u2028b", at(2, 1))).toContain(">  2 | b")
  })

  it("does not count a byte order mark", () => {
    expect(frame("\uFEFFab", at(1, 2))).toBe(">  1 | ab\n     |  ^")
  })

  it("is empty for a line that the file does not have", () => {
    expect(frame("a", at(7, 1))).toBe("")
  })

  it("has colours only when asked for", () => {
    expect(frame("a", at(1, 1))).not.toContain("\u001b")
    expect(frame("a", at(1, 1), { color: true })).toContain("\u001b[31m^\u001b[0m")
    expect(Bun.stripANSI(frame("a\nb", at(1, 1), { color: true }))).toBe(frame("a\nb", at(1, 1)))
  })
})

describe("visible()", () => {
  it("leaves ordinary text alone", () => {
    expect(visible('Unknown service "世界 👩‍👩‍👧".')).toBe('Unknown service "世界 👩‍👩‍👧".')
  })

  it("makes control characters visible", () => {
    expect(visible("a\u001b]8;;\u007f\n")).toBe("a␛]8;;␡␊")
  })
})
