import { describe, expect, it } from "vitest"

import type { Schema } from "../../../src/core/schema.ts"
import { amountOf, metersOption } from "../../../src/policies/quota/meters.ts"
import { plansOption } from "../../../src/policies/quota/plans.ts"
import { standardStatuses, statusesOption } from "../../../src/policies/quota/statuses.ts"
import { plansOf } from "./options.ts"

const problems = (of: Schema<unknown>, value: unknown): string[] => {
  const found: string[] = []
  of.parse(value, [], ({ path, message }) => void found.push(`${path.join(".")}: ${message}`))
  return found
}

describe("plansOption", () => {
  it("reads limits by meter, one or several, and plans without any", () => {
    const given = {
      free: { requests: { limit: 5, per: "day" }, bytes: { limit: "1kb", per: "30d", overage: "allow" } },
      pro: {
        requests: [
          { limit: 9, per: "hour" },
          { limit: 99, per: "year" },
        ],
      },
      metered: {},
    }
    expect([...plansOf(given)]).toEqual([
      [
        "free",
        [
          { meter: "requests", limit: 5, per: "day", overage: "deny" },
          { meter: "bytes", limit: 1024, per: 2_592_000_000, overage: "allow" },
        ],
      ],
      [
        "pro",
        [
          { meter: "requests", limit: 9, per: "hour", overage: "deny" },
          { meter: "requests", limit: 99, per: "year", overage: "deny" },
        ],
      ],
      ["metered", []],
    ])
  })

  it.each([
    [{ free: { requests: { limit: 0, per: "day" } } }, "free.requests.limit: Expected a whole number from 1, got 0."],
    [
      { free: { requests: { limit: 1.5, per: "day" } } },
      "free.requests.limit: Expected a whole number from 1, got 1.5.",
    ],
    [
      { free: { requests: { limit: 1, per: "dya" } } },
      'free.requests.per: Expected a period such as "day" or "month", or a duration such as "24h", got "dya".',
    ],
    [{ free: { requests: { limit: 1 } } }, 'free.requests: Missing option "per".'],
    [{ free: { requests: [] } }, "free.requests: Empty list."],
    [
      {
        free: {
          requests: [
            { limit: 1, per: "24h" },
            { limit: 2, per: "1d" },
          ],
        },
      },
      'free.requests.1: The plan "free" has two limits of "requests" for the same time.',
    ],
    [{ free: 5 }, "free: Expected an object, got 5."],
    [{ "my plan": {} }, 'my plan: Expected the name of a plan: letters, digits, ".", "_" and "-", got "my plan".'],
    [
      { free: { 'to"ken': { limit: 1, per: "day" } } },
      'free.to"ken: Expected the name of a meter: letters, digits, ".", "_" and "-", got "to\\"ken".',
    ],
  ])("refuses %j", (given, message) => {
    expect(problems(plansOption, given)).toContain(message)
  })
})

describe("metersOption", () => {
  it.each([
    [{ a: { header: "x", field: "y" } }, 'a: Expected an object with "header" or "field", or a function.'],
    [{ a: {} }, 'a: Expected an object with "header" or "field", or a function.'],
    [{ a: { field: "items.*.n" } }, 'a.field: Expected the path of one field, without "*".'],
    [{ a: { header: "no header" } }, 'a.header: Expected a header name, got "no header".'],
    [{ bytes: { header: "x" } }, 'bytes: "bytes" is counted by itself.'],
    [{ requests: () => 1 }, 'requests: "requests" is counted by itself.'],
  ])("refuses %j", (given, message) => {
    expect(problems(metersOption, given)).toEqual([message])
  })
})

describe("amountOf()", () => {
  it.each([
    [0, 0],
    [7, 7],
    [7.2, 8],
    ["12", 12],
    [" 1.5 ", 2],
  ])("takes %j for %i", (said, amount) => {
    expect(amountOf(said)).toBe(amount)
  })

  it.each([
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1e300,
    "",
    "-1",
    "1e3",
    "0x10",
    "1,000",
    null,
    undefined,
    true,
    {},
  ])("takes %j for none", (said) => {
    expect(amountOf(said)).toBeUndefined()
  })
})

describe("statusesOption", () => {
  it("reads numbers and classes", () => {
    const found = statusesOption.parse(["2xx", 404], [], () => {})
    expect([200, 299, 300, 404, 405].map((status) => found.has(status))).toEqual([true, true, false, true, false])
    expect(statusesOption.parse("5xx", [], () => {}).has(503)).toBe(true)
  })

  it.each([["6xx"], [99], [600], [200.5], [["2xx", "x"]], [[]], [{}]])("refuses %j", (given) => {
    expect(problems(statusesOption, given)).toHaveLength(1)
  })

  it("has all but failures of services for its standard", () => {
    expect([101, 200, 302, 499, 500, 599].map((status) => standardStatuses.has(status))).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ])
  })
})
