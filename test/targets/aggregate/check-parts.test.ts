import { describe, expect, it } from "vitest"

import { aggregate } from "../../../src/targets/aggregate.ts"
import { problemsOf } from "../checked.ts"

const check = (parts: object, params: string[] = []) =>
  problemsOf(aggregate, { aggregate: parts }, { services: ["cart", "user"], params })

const needing = (needs: Record<string, string[]>): object =>
  Object.fromEntries(
    Object.entries(needs).map(([name, others]) => [
      name,
      others.length === 0 ? "cart GET /" : { call: "cart GET /", needs: others },
    ]),
  )

describe("checkParts()", () => {
  it("has nothing to say about parts that are right", () => {
    expect(check({ a: "cart GET /cart/:id?x=:id", b: { call: "user POST /*", needs: ["a"] } }, ["id", "*"])).toEqual([])
    expect(check(needing({ d: ["b", "c"], b: ["a"], c: ["a"], a: [] }))).toEqual([])
  })

  it("refuses an aggregate without parts", () => {
    expect(check({})).toMatchObject([{ code: "E205", path: ["route", "aggregate"] }])
  })

  it.each([
    "cart",
    "cart /cart",
    "GET /cart",
    "cart get /cart",
    "cart GET cart",
    "cart GET  /cart",
    "cart GET /a b",
    "cart GET /a#b",
    "cart TRACE /",
    "",
  ])("refuses the call %j", (call) => {
    expect(check({ a: call })).toMatchObject([{ code: "E204", path: ["route", "aggregate", "a"] }])
    expect(check({ a: { call } })).toMatchObject([{ code: "E204", path: ["route", "aggregate", "a", "call"] }])
  })

  it("finds a service that is not there, in both ways to write a part", () => {
    const message = 'Unknown service "crat". Did you mean "cart"?'
    expect(check({ a: "crat GET /" })).toMatchObject([{ code: "E301", path: ["route", "aggregate", "a"], message }])
    expect(check({ a: { call: "crat GET /" } })).toMatchObject([
      { code: "E301", path: ["route", "aggregate", "a", "call"], message },
    ])
  })

  it("finds parameters that the route does not have, in path and query", () => {
    const problems = check({ a: "cart GET /:id/*?q=:word" }, ["word"])
    expect(problems.map(({ code, message }) => [code, message.slice(0, 5)])).toEqual([
      ["E307", '":id"'],
      ["E307", '"*" i'],
    ])
  })

  it("finds a need that is no part, with the one that was meant", () => {
    expect(check(needing({ cart: [], charge: ["crat", "xyz"] }))).toEqual([
      {
        code: "E302",
        path: ["route", "aggregate", "charge", "needs", 0],
        message: 'Unknown part "crat". Did you mean "cart"?',
        fix: "Other parts: cart.",
      },
      {
        code: "E302",
        path: ["route", "aggregate", "charge", "needs", 1],
        message: 'Unknown part "xyz".',
        fix: "Other parts: cart.",
      },
    ])
  })

  it.each(["__proto__", "constructor"])("takes %j for no part unless there is one", (name) => {
    expect(check(needing({ a: [name] }))).toMatchObject([{ code: "E302", fix: "Remove it: there is no other part." }])
    expect(
      check(JSON.parse(`{"${name}":"cart GET /","a":{"call":"cart GET /","needs":["${name}"]}}`) as object),
    ).toEqual([])
  })

  it("finds a part that needs itself", () => {
    expect(check(needing({ a: ["a"], b: [] }))).toMatchObject([
      { code: "E302", path: ["route", "aggregate", "a", "needs", 0], message: 'Part "a" needs itself.' },
    ])
  })

  it.each([
    [{ a: ["b"], b: ["a"] }, '"a" → "b" → "a"'],
    [{ x: [], a: ["b"], b: ["c"], c: ["x", "a"] }, '"a" → "b" → "c" → "a"'],
    [{ start: ["a"], a: ["b"], b: ["a"] }, '"a" → "b" → "a"'],
  ])("finds the circle in %j", (needs, circle) => {
    const problems = check(needing(needs))
    expect(problems).toMatchObject([{ code: "E303", path: ["route", "aggregate", "a", "needs"] }])
    expect(problems[0]?.message).toBe(`Parts need each other in a circle: ${circle}.`)
  })

  it("says one thing about each mistake, and all of them at once", () => {
    const problems = check({
      a: { call: "crat GET /:x", needs: ["b", "nope"] },
      b: { call: "cart GET /", needs: ["a"] },
    })
    expect(problems.map(({ code }) => code).sort()).toEqual(["E301", "E302", "E303", "E307"])
  })
})

describe("aggregate.uses()", () => {
  it("has the services of all parts", () => {
    const options = aggregate.options.parse(
      { aggregate: { a: "cart GET /", b: { call: "user GET /" } } },
      [],
      ({ message }) => {
        throw new Error(message)
      },
    )
    expect(aggregate.uses?.(options)).toEqual(["cart", "user"])
  })
})
