import { describe, expect, it } from "vitest"

import { aggregate } from "../../../src/targets/aggregate.ts"
import { namesTaken } from "../../../src/targets/aggregate/names-taken.ts"
import { problemsOf } from "../checked.ts"

type Given = Readonly<Record<string, never>>

describe("namesTaken()", () => {
  it.each<[how: string, run: (given: Given) => unknown, names: string[]]>([
    ["an arrow", ({ cart, user }) => [cart, user], ["cart", "user"]],
    ["other names", ({ cart: one, "the user": other }) => [one, other], ["cart", "the user"]],
    ["an async function", async ({ cart }) => cart, ["cart"]],
    [
      "a function",
      function named({ cart }) {
        return cart
      },
      ["cart"],
    ],
    [
      "a method",
      {
        body({ cart }: Given) {
          return cart
        },
      }.body,
      ["cart"],
    ],
    ["nothing", () => 1, []],
    ["the whole", (parts) => parts, []],
    ["what is not plain", ({ cart = { total: 1 } }: { cart?: unknown }) => cart, []],
    ["the rest", ({ cart, ...others }) => [cart, others], ["cart"]],
  ])("reads %s", (_, run, names) => {
    expect(namesTaken(run)).toEqual(names)
  })
})

const body = ({ cart }: Given): unknown => cart
const parts = (charge: object) => ({ aggregate: { cart: "shop GET /cart", user: "shop GET /user/:cart.id", charge } })
const problems = (charge: object) => problemsOf(aggregate, parts(charge), { services: ["shop"] })

describe("an aggregate is refused", () => {
  it.each<[option: string, charge: object, path: (string | number)[]]>([
    ["body", { call: "shop POST /", body }, ["body"]],
    ["request", { service: "shop", request: body }, ["request"]],
    ["when", { call: "shop POST /", when: body }, ["when"]],
    ["items", { call: "shop POST /", forEach: { items: body, limit: 3 } }, ["forEach", "items"]],
    ["body", { call: "shop POST /", compensate: { call: "shop DELETE /", body } }, ["compensate", "body"]],
  ])('where "%s" takes a part that is not needed: it would always be undefined', (option, charge, path) => {
    expect(problems(charge)).toEqual([
      {
        code: "E302",
        path: ["route", "aggregate", "charge", ...path],
        message: `"${option}" of part "charge" is told nothing of part "cart", which "charge" does not need.`,
        fix: 'Write "cart" among its needs.',
      },
    ])
    expect(problems({ ...charge, needs: ["user"] })).toEqual([])
  })
})
