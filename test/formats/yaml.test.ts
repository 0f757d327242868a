import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { yaml } from "../../src/formats/yaml.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const read = (text: string): unknown => yaml.read(bytes(text))
const write = (value: unknown): string => yaml.write(value) as string

/** Without what Bun.YAML takes for a merge, quoted or not. */
const hasMerge = (value: unknown): boolean =>
  typeof value === "object" && value !== null && (Object.hasOwn(value, "<<") || Object.values(value).some(hasMerge))

describe("yaml", () => {
  it("reads back what it wrote", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary", maxDepth: 8 }), (raw) => {
        const value = JSON.parse(JSON.stringify(raw)) as unknown
        fc.pre(!hasMerge(value))
        expect(read(write(value))).toEqual(value)
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    "yes",
    "on",
    "012",
    "0o7",
    "0x1f",
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
    "- x",
    "? x",
    "&a",
    "*a",
    "!x",
    "%x",
    "@x",
    "`",
    "|",
    ">",
    "[",
    "{",
    "null",
    "True",
    "\u2028",
    "a\nb",
    "\u0000",
    "---",
    "...",
    "<<",
  ])("writes and reads %j as the text that it is", (text) => {
    expect(read(write({ key: text, list: [text] }))).toEqual({ key: text, list: [text] })
  })

  it("writes lists and objects as blocks", () => {
    const value = { a: { list: [{ x: 1, y: [] }, "two words", [true, null]] }, "/users/{id}": {}, "": 0 }
    expect(write(value)).toBe(
      [
        "a:",
        "  list:",
        "    - x: 1",
        '      "y": []',
        "    - two words",
        "    - - true",
        "      - null",
        "/users/{id}: {}",
        '"": 0',
        "",
      ].join("\n"),
    )
  })

  it("writes what is nested deeply on one line, so that it is not mostly space", () => {
    const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: [deep(levels - 2)] })
    const text = write(deep(100))
    expect(Math.max(...text.split("\n").map((line) => line.search(/\S|$/)))).toBeLessThan(50)
    expect(read(text)).toEqual(deep(100))
  })

  it("reads JSON", () => {
    const value = { a: [1, "x", null, true, { "b c": -0.5 }], é: "😀" }
    expect(read(JSON.stringify(value))).toEqual(value)
    expect(read(JSON.stringify(value, null, 2))).toEqual(value)
  })

  it.each<[string, unknown]>([
    ["", null],
    ["# nothing", null],
    ["a: 1\na: 2", { a: 2 }],
    ["a: yes\nb: 2001-01-01\nc: 017\nd: 0o17\ne: ~", { a: "yes", b: "2001-01-01", c: 17, d: 15, e: null }],
    ["a: !!js/function 'x'\nb: !!binary aGk=", { a: "x", b: "aGk=" }],
    ["1: a\ntrue: b", { "1": "a", true: "b" }],
    ["--- # first\na: 1\n...\n", { a: 1 }],
    ["%YAML 1.2\n---\n- 1\n", [1]],
    ["- a\n- |\n  ---\n  *b &c\n- '*d &e'", ["a", "---\n*b &c\n", "*d &e"]],
    ["a: &x 1", { a: 1 }],
    ["a: R&D * 2", { a: "R&D * 2" }],
    ["a: b *c &d # *e", { a: "b *c &d" }],
  ])("reads %j", (text, value) => {
    expect(read(text)).toEqual(value)
  })

  it("takes dangerous names for names", () => {
    const value = read("__proto__: {admin: 1}\nconstructor: 2") as object
    expect(Object.keys(value)).toEqual(["__proto__", "constructor"])
    expect(value).not.toHaveProperty("admin")
  })

  const laughs = `a: &a [${"x,".repeat(9)}]\n${[..."bcdefghi"].map((name, n) => `${name}: &${name} [${`*${"abcdefghi"[n]},`.repeat(9)}]`).join("\n")}`

  it.each([
    ["billion laughs", laughs],
    ["quadratic blow-up", `a: &x "${"y".repeat(100_000)}"\nb: [${"*x,".repeat(100_000)}]`],
    [
      "merges by the thousand",
      `a: &x {${Array.from({ length: 1000 }, (_, n) => `k${n}: 1`).join(",")}}\n${"- {<<: *x}\n".repeat(5000)}`.replace(
        "a:",
        "- a:",
      ),
    ],
    ["a circle", "a: &a [*a]"],
    ["an alias in a flow", '{"a": &x 1, "b":*x}'],
    ["an alias as a key", "a: &x k\n*x : 1"],
    ["an alias behind a question mark", "a: &x k\n? *x\n: 1"],
    ["an alias with an odd name", "a: &x*y 1\nb: *x*y"],
    ["an alias in the second document", "a: &x 1\n---\nb: &y 1\nc: *y"],
    ["an alias by the name that is looked for", "a: &none 1\nb: *none"],
  ])("refuses %s", (_, text) => {
    expect(() => read(text)).toThrow("Cannot read YAML: aliases (*) are refused")
  })

  it.each([
    ["a\n---\nb", "it has more than one document."],
    ["---\na: 1\n---\n", "it has more than one document."],
    ["a\n...\nb", "it has more than one document."],
    ["a: *x", "Unresolved alias."],
    ["a: [1, 2", "Unexpected token."],
    ["\ta: 1", "Tab characters cannot be used as indentation."],
    ["[".repeat(100_000), "it is nested too deeply."],
    [`${"[".repeat(201)}${"]".repeat(201)}`, "nested more than 200 deep, which is the limit."],
  ])("refuses %j", (text, says) => {
    expect(() => read(text)).toThrow(says)
    expect(() => read(text)).toThrow(/^Cannot read YAML: /)
  })

  it("refuses bytes that are no UTF-8", () => {
    expect(() => yaml.read(Buffer.from([0x61, 0xff]))).toThrow("it is not UTF-8.")
  })

  it("counts the depth as told", () => {
    const format = yaml.with({ depth: 1 })
    expect(format.read(bytes("a: 1"))).toEqual({ a: 1 })
    expect(() => format.read(bytes("a: [1]"))).toThrow("more than 1 deep")
    expect(format.write({ a: 1 })).toBe("a: 1\n")
    expect(() => format.write({ a: [1] })).toThrow("more than 1 deep")
  })

  it.each<[unknown, string]>([
    [undefined, "there is no form for undefined."],
    [{ a: 1n }, "BigInt"],
    [{ a: "\ud800" }, "half a surrogate pair"],
    [{ "\udc00": 1 }, "half a surrogate pair"],
  ])("cannot write a value like number %#", (value, says) => {
    expect(() => write(value)).toThrow(says)
    expect(() => write(value)).toThrow(/^Cannot write YAML: /)
  })
})
