import { describe, expect, it } from "vitest"

import { queryOptions, rewriting, taken } from "../../../src/policies/transform/query.ts"
import { exchange } from "../../support/exchange.ts"

function rewritten(search: string, options: object): string {
  const problems: string[] = []
  const made = queryOptions.parse(options, [], ({ message }) => void problems.push(message))
  if (problems.length > 0) throw new Error(problems.join(" "))
  const given = { exchange: exchange({ params: { id: "a&b" }, headers: { "x-t": "t" } }), search, body: undefined }
  return rewriting(made)(search, given)
}

describe("rewriting()", () => {
  it.each([
    ["?a=1&b=2", { remove: ["a"] }, "?b=2"],
    ["?a=1", { remove: ["a"] }, ""],
    ["?a=1&a=2&b", { rename: { a: "x" } }, "?x=1&x=2&b"],
    ["?a", { rename: { a: "x y" } }, "?x%20y"],
    ["?a=1&b=2&a=3", { set: { a: "n" } }, "?a=n&b=2"],
    ["", { set: { tenant: ":headers.x-t", id: ":id", none: ":query.none" } }, "?tenant=t&id=a%26b"],
    ["?q=x", { set: { search: "s-:query.q" } }, "?q=x&search=s-x"],
    ["?a=1&b=2", { remove: ["b"], rename: { a: "b" }, set: { c: "3" } }, "?b=1&c=3"],
    ["?a=1&b=2", { rename: { a: "b" }, set: { b: "3" } }, "?b=3"],
    ["?%61=1&b+c=2", { remove: ["a", "b c"] }, ""],
    ["?x=%zz&&y=a+b%20c", { remove: ["a"] }, "?x=%zz&y=a+b%20c"],
    ["??a=1&a=2", { remove: ["a"] }, "??a=1"],
  ])("of %j with %j makes %j", (search, options, made) => {
    expect(rewritten(search, options)).toBe(made)
  })

  it.each([{ remove: [] }, { remove: [""] }, { rename: { a: "" } }, { set: { a: 1 } }, { drop: ["a"] }])(
    "refuses %j when the config is read",
    (options) => {
      expect(() => rewritten("", options)).toThrow(/^(?:Expected|Unknown option|Empty list)/)
    },
  )
})

describe("taken()", () => {
  it.each([
    ["", [], ""],
    ["?a=1", [], "?a=1"],
    ["?f=x,y", ["x,y"], ""],
    ["?a=1&f=x&b=2&%66=y+z", ["x", "y z"], "?a=1&b=2"],
    ["?f", [""], ""],
  ])("takes f out of %j", (search, values, left) => {
    expect(taken(search, "f")).toEqual({ values, left })
  })
})
