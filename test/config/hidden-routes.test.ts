import { describe, expect, it } from "vitest"

import { check } from "../../src/config/check.ts"

const found = (...keys: string[]): string[] =>
  check({ routes: Object.fromEntries(keys.map((key) => [key, { reply: {} }])) })
    .problems.filter(({ code }) => code === "E402")
    .map(({ message }) => message)

describe("checkHidden()", () => {
  it.each([
    ["/users/:any(\\w+)", "/users/:id(\\d+)"],
    ["/users/:any(.+)", "GET /users/:id(\\d+)"],
    ["GET,POST /x/:a(\\w+)/:b", "GET /x/:a(\\d+)/:c"],
    ["h.example/:a(\\w+)/*", "h.example/:a([a-z]+)/*"],
    ["/:a(\\w+)/:b(\\w+)", "/:a(\\d+)/:b(\\d+)"],
    ["/:a(\\w+)/:b(\\d+)", "/:a(\\d+)/:b(\\d+)"],
  ])("finds that %s leaves nothing for %s", (one, other) => {
    expect(found(one, other)).toEqual([
      `"${other}" is never asked: "${one}" stands before it and takes all of its requests.`,
    ])
    expect(found(other, one)).toEqual([])
  })

  it.each([
    ["/users/:id(\\d+)", "/users/:any(\\w+)"],
    ["GET /x/:a(\\w+)", "/x/:a(\\d+)"],
    ["GET /x/:a(\\w+)", "POST /x/:a(\\d+)"],
    ["a.example/:a(\\w+)", "b.example/:a(\\d+)"],
    ["/:a(\\w+)", "h.example/:a(\\d+)"],
    ["/:a(\\w+)/:b(\\d+)", "/:a(\\d+)/:b(\\w+)"],
    ["/:a(\\w+)/x", "/:a(\\d+)/y"],
    ["/:a(\\w+)/x", "/:a(\\d+)"],
    ["/:a(\\w+)/*", "/:a(\\d+)/:b"],
    ["/users/:any", "/users/:id(\\d+)"],
  ])("lets %s stand before %s", (one, other) => expect(found(one, other)).toEqual([]))

  it("knows that patterns at one place are tried in the order in which they come first", () => {
    expect(found("/:a(\\d+)/x", "/:a(\\w+)/y", "/:a(\\d+)/y")).toEqual([])
    expect(found("/:a(\\w+)/x", "/:a(\\w+)/y", "/:a(\\d+)/y")).toHaveLength(1)
  })
})
