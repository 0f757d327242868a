import { describe, expect, it } from "vitest"

import { check } from "../../src/config/check.ts"
import { shapeOf } from "../../src/config/overlaps.ts"

const found = (...keys: string[]): string[] =>
  check({ routes: Object.fromEntries(keys.map((key) => [key, { reply: {} }])) }).problems.map(({ message }) => message)

describe("checkOverlaps()", () => {
  it.each([
    ["GET /users/:id", "GET /users/:name"],
    ["/users/:id", "/users/:name"],
    ["GET,POST /cart", "POST /cart"],
    ["GET a.example.com/x/:id", "GET a.example.com/x/:name"],
    ["GET /%63art", "GET /cart"],
    ["/users/:id(\\d+)", "/users/:number(\\d+)"],
    ["/users/:id(\\d+)", "/users/:id([0-9]{1,})"],
    ["/:a(x|y)/*", "/:a(y|x)/*"],
  ])("finds that %s and %s answer the same", (one, other) => {
    expect(found(one, other)).toEqual([`"${other}" answers the same requests as "${one}".`])
  })

  it.each([
    ["GET /users/:id", "GET /users/me"],
    ["GET /users/:id", "POST /users/:name"],
    ["GET /users/:id", "/users/:name"],
    ["GET /a/*", "GET /a/:rest"],
    ["GET a.example.com/x", "GET b.example.com/x"],
    ["GET a.example.com/x", "GET /x"],
    ["GET /Cart", "GET /cart"],
    ["/users/:id(\\d+)", "/users/:id"],
    ["/users/:id(\\d+)", "/users/:id([a-z]+)"],
    ["/users/:id(\\d+)", "/users/7"],
  ])("lets %s stand beside %s", (one, other) => expect(found(one, other)).toEqual([]))
})

describe("checkOverlaps() on the choices of a route", () => {
  const choices = (...list: unknown[]): (string | number)[][] =>
    check({ routes: { "/": list } })
      .problems.filter(({ code }) => code === "E402")
      .map(({ path }) => [...path])

  const beta = { when: { header: { "x-beta": "1" } }, reply: {} }

  it("finds those after one that takes every request", () => {
    expect(choices({ reply: {} }, beta)).toEqual([["routes", "/", 1]])
    expect(choices(beta, { reply: {} }, { reply: {} })).toEqual([["routes", "/", 2]])
    expect(choices(beta, { reply: {} })).toEqual([])
    expect(choices(beta, beta)).toEqual([])
  })

  it("takes conditions that are empty for none", () => {
    expect(choices({ when: {}, reply: {} }, beta)).toEqual([["routes", "/", 1]])
    expect(choices({ when: { header: {} }, reply: {} }, beta)).toEqual([["routes", "/", 1]])
    expect(choices({ when: { weight: 10 }, reply: {} }, beta)).toEqual([])
  })
})

it("shapeOf() forgets the names of parameters and the spelling of escapes, and nothing else", () => {
  expect(shapeOf("/users/:id/orders/:order")).toBe(shapeOf("/users/:a/orders/:b"))
  expect(shapeOf("/%63art")).toBe(shapeOf("/cart"))
  expect(shapeOf("/users/:id")).not.toBe(shapeOf("/users/id"))
  expect(shapeOf("/a/*")).not.toBe(shapeOf("/a/:b"))
  expect(shapeOf("/users/:id(\\d+)")).toBe(shapeOf("/users/:n([0-9]+)"))
  expect(shapeOf("/users/:id(\\d+)")).not.toBe(shapeOf("/users/:id"))
  expect(shapeOf("/a/")).not.toBe(shapeOf("/a"))
})
