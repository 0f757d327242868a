import { describe, expect, it } from "vitest"

import type { Issue } from "../../src/config/issue.ts"
import { json, merge, text } from "../../src/config/report.ts"

const file = "/shop/gateway.config.ts"
const source = `export default {\n  routes: {\n    "GET /orders": "order",\n  },\n}\n`
const read = (name: string): string | undefined => (name === file ? source : undefined)

const issue = (more: Partial<Issue> = {}): Issue => ({
  code: "E301",
  severity: "error",
  message: 'Unknown service "order". Did you mean "orders"?',
  fix: "Services: orders and users.",
  place: { file, line: 3, column: 20, length: 7 },
  ...more,
})

const at = (line: number, column = 1, name = file): Issue["place"] => ({ file: name, line, column, length: 1 })
const typed = (more: Partial<Issue> = {}): Issue =>
  issue({ code: "E901", message: "TS2322: Bad.", fix: undefined, ...more })

describe("text()", () => {
  it("shows the place, the code, the message, the frame, the fix and a summary", () => {
    expect(text([issue()], { root: "/shop", read })).toBe(
      [
        'gateway.config.ts:3:20  E301 Unknown service "order". Did you mean "orders"?',
        "   2 |   routes: {",
        '>  3 |     "GET /orders": "order",',
        "     |                    ^^^^^^^",
        "   4 |   },",
        "fix: Services: orders and users.",
        "",
        "1 error · bellhop explain E301",
      ].join("\n"),
    )
  })

  it("leaves out what is not known", () => {
    const issues = [issue({ code: "E109", message: "No config.", fix: undefined, place: undefined })]
    expect(text(issues, { root: "/shop", read })).toBe("E109 No config.\n\n1 error · bellhop explain E109")
  })

  it("leaves out the frame of a file that cannot be read", () => {
    const drawn = text([issue({ place: at(1, 1, "/shop/gone.ts") })], { root: "/shop", read })
    expect(drawn).toContain("gone.ts:1:1  E301")
    expect(drawn).not.toContain("|")
  })

  it("counts errors and warnings and explains the first error", () => {
    const warning = issue({ code: "E504", severity: "warning", message: "Unused." })
    const summary = (issues: Issue[]) => text(issues, { root: "/shop", read }).split("\n").at(-1)
    expect(summary([warning, issue(), issue({ code: "E201" })])).toBe("2 errors, 1 warning · bellhop explain E301")
    expect(summary([warning, warning])).toBe("2 warnings · bellhop explain E504")
    expect(text([warning], { root: "/shop", read })).toContain("E504 warning Unused.")
  })

  it("is empty without issues", () => {
    expect(text([], { root: "/shop", read })).toBe("")
  })

  it("shows files outside the project by their whole path", () => {
    expect(text([issue({ place: at(1, 2, "/etc/x.ts") })], { root: "/shop", read })).toContain("/etc/x.ts:1:2  ")
  })

  it("indents further lines and shows control characters instead of obeying them", () => {
    const drawn = text([issue({ message: "One\ntwo \u001b[2J", fix: "a\nb" })], { root: "/shop", read })
    expect(drawn).toContain("E301 One\n  two ␛[2J\n")
    expect(drawn).toContain("fix: a\n  b\n")
    expect(drawn).not.toContain("\u001b")
  })

  it("differs in nothing but colours when colours are asked for", () => {
    const coloured = text([issue(), issue({ severity: "warning" })], { root: "/shop", read, color: true })
    expect(coloured).toContain("\u001b[31mE301\u001b[0m")
    expect(Bun.stripANSI(coloured)).toBe(text([issue(), issue({ severity: "warning" })], { root: "/shop", read }))
  })
})

describe("json()", () => {
  it("gives plain objects with file names relative to the root", () => {
    expect(json([issue()], "/shop")).toEqual([
      {
        code: "E301",
        severity: "error",
        message: 'Unknown service "order". Did you mean "orders"?',
        fix: "Services: orders and users.",
        file: "gateway.config.ts",
        line: 3,
        column: 20,
        length: 7,
      },
    ])
  })

  it("gives null for what is not known, so that every issue has the same keys", () => {
    expect(json([issue({ place: undefined, fix: undefined })], "/shop")[0]).toMatchObject({
      fix: null,
      file: null,
      line: null,
      column: null,
      length: null,
    })
  })
})

describe("merge()", () => {
  it("drops a type error on a line where there is a clearer error", () => {
    expect(merge([issue()], [typed({ place: at(3, 5) })])).toEqual([issue()])
  })

  it("keeps type errors on other lines and in other files", () => {
    const others = [typed({ place: at(4) }), typed({ place: at(3, 5, "/shop/other.ts") }), typed({ place: undefined })]
    expect(merge([issue()], others)).toHaveLength(4)
  })

  it("keeps a type error on the line of a warning, since the check must fail", () => {
    expect(merge([issue({ severity: "warning" })], [typed()])).toHaveLength(2)
  })

  it("keeps two different errors of ours on one line", () => {
    expect(merge([issue(), issue({ code: "E204", message: "Other." })], [])).toHaveLength(2)
  })

  it("sorts by file, line and column, with what has no place first", () => {
    const own = [at(9, 1), at(2, 8), at(2, 3), at(1, 1, "/shop/a.ts"), undefined].map((place) => issue({ place }))
    expect(merge(own, []).map(({ place }) => place && [place.file.slice(6), place.line, place.column])).toEqual([
      undefined,
      ["a.ts", 1, 1],
      ["gateway.config.ts", 2, 3],
      ["gateway.config.ts", 2, 8],
      ["gateway.config.ts", 9, 1],
    ])
  })

  it("lists equal issues once", () => {
    expect(merge([issue(), issue()], [])).toEqual([issue()])
    expect(merge([], [typed(), typed()])).toHaveLength(1)
  })

  it("changes neither list that it is given", () => {
    const own = [issue({ place: at(9) }), issue({ place: at(1) })]
    merge(own, [typed()])
    expect(own[0]?.place?.line).toBe(9)
  })
})
