import { describe, expect, it } from "vitest"

import { mock } from "../../src/targets/mock.ts"
import { exchange, tools, valueOf } from "../support/exchange.ts"
import { built, problemsOf } from "./checked.ts"

describe("mock", () => {
  it("answers with the file that it names", async () => {
    const given = tools({ files: { "mocks/orders.json": { json: ["orders"] }, function: { json: "no" } } })
    const asked = exchange({ path: "/orders" })
    expect(await valueOf(await built(mock, { mock: "mocks/orders.json" }, given)(asked))).toEqual(["orders"])
    expect(given.calls).toEqual([{ to: "mocks/orders.json", exchange: asked }])
  })

  it("answers with a function", async () => {
    const given = tools({ files: { function: { json: "computed" } } })
    expect(await valueOf(await built(mock, { mock: () => 1 }, given)(exchange()))).toBe("computed")
  })

  it.each([5, {}, true])("refuses %j", (value) => {
    expect(problemsOf(mock, { mock: value })).toMatchObject([{ code: "E203", path: ["route", "mock"] }])
  })
})
