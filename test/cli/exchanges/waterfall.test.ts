import { describe, expect, it } from "vitest"

import { exchangeLine } from "../../../src/cli/exchanges/exchange-line.ts"
import { waterfall } from "../../../src/cli/exchanges/waterfall.ts"
import type { ShownSpan, Summary } from "../../../src/observe/recorder/shown.ts"

const span = (
  kind: ShownSpan["kind"],
  name: string,
  start: number,
  took: number,
  more: Partial<ShownSpan> = {},
): ShownSpan => ({
  kind,
  name,
  start,
  took,
  status: null,
  failure: null,
  attributes: {},
  events: [],
  children: [],
  dropped: 0,
  ...more,
})

const told = (outcome: string) => ({ attributes: { "bellhop.part.outcome": outcome } })
const tried = (name: string, start: number, took: number, more: Partial<ShownSpan> = {}) =>
  span("try", name, start, took, { status: 200, attributes: { "bellhop.upstream": `http://${name}` }, ...more })

const checkout = span("route", "POST /checkout", 0, 100, {
  children: [
    span("policy", "auth", 0, 10, { attributes: { "bellhop.policy.verdict": "passed" } }),
    span("part", "cart", 10, 40, { ...told("200"), children: [tried("cart", 10, 40)] }),
    span("part", "user", 10, 60, {
      ...told("fallback"),
      failure: "timeout",
      children: [
        tried("user", 10, 20, { status: null, failure: "unreachable" }),
        tried("user", 30, 40, { status: null, failure: "timeout" }),
      ],
    }),
    span("part", "charge", 50, 50, { ...told("200"), children: [tried("payment", 50, 50)] }),
  ],
})

const drawn = (tree: ShownSpan, whole = false, width = 80): string[] =>
  waterfall(tree, { width, color: false, indent: 2, whole })

describe("waterfall()", () => {
  it("draws parts where and as long as they were, and tries where there was more than one", () => {
    expect(drawn(checkout)).toEqual(
      [
        "  ├ cart         ━━━━━━━━━━━━━                      40 ms  200",
        "  ├ user         ━━━━━━━━━━━━━━━━━━━━               60 ms  fallback timeout",
        "  │ ├ → user     ──────                             20 ms  unreachable http://user",
        "  │ └ → user           ─────────────                40 ms  timeout http://user",
        "  └ charge                    ━━━━━━━━━━━━━━━━━     50 ms  200",
      ].map((line) => expect.stringMatching(shapeOf(line))),
    )
  })

  it("draws policies and every try where all of it is wanted", () => {
    const names = drawn(checkout, true).map((line) => line.replace(/[━─·].*/, "").trimEnd())
    expect(names).toEqual([
      "  ├ auth",
      "  ├ cart",
      "  │ └ → cart",
      "  ├ user",
      "  │ ├ → user",
      "  │ └ → user",
      "  └ charge",
      "    └ → payment",
    ])
  })

  it("draws nothing where one service was asked once, and went well", () => {
    expect(drawn(span("route", "/x", 0, 5, { children: [tried("shop", 1, 3)] }))).toEqual([])
    expect(drawn(span("route", "/x", 0, 5))).toEqual([])
  })

  it("keeps every bar within its room, whatever the times are", () => {
    const odd = span("route", "/x", 0, 0, {
      children: [
        span("part", "a", 0, 0),
        span("part", "b", 5000, 0),
        span("part", "c", -3, 1e9),
        span("part", "d", 1, 2, { took: null }),
      ],
    })
    for (const width of [0, 20, 40, 200])
      for (const line of drawn(odd, true, width)) {
        expect(line).toMatch(/━/)
        expect(Bun.stringWidth(line)).toBeLessThanOrEqual(Math.max(width, 60))
      }
  })

  it("lets nothing that a service is called move the cursor", () => {
    const [line] = drawn(span("route", "/x", 0, 5, { children: [span("part", "a\u001b[2Jb\nc", 0, 5)] }))
    expect(line).toContain("a\ufffd[2Jb c")
  })
})

/** The line with any number of letters in its bar. */
const shapeOf = (line: string): RegExp =>
  new RegExp(
    `^${RegExp.escape(line)
      .replace(/(?:━)+/g, "━+")
      .replace(/(?:─)+/g, "─+")
      .replace(/(?:\\x20| )+/g, " +")}$`,
  )

const summary: Summary = {
  id: "01a1fc70-2ae4-73b4-acec-497a9cdd3ff1",
  exchange: "x",
  replayOf: null,
  trace: null,
  at: "2026-11-21T04:49:31.875Z",
  method: "GET",
  host: "shop.test",
  path: "/users/1",
  query: "?a=1",
  route: "GET /users/:id",
  client: "127.0.0.1",
  identity: null,
  status: 200,
  code: null,
  outcome: "whole",
  took: 12.4,
  answered: 12,
  upstream: 10,
  received: 0,
  sent: 5,
  services: ["user"],
}

describe("exchangeLine()", () => {
  const line = (more: Partial<Summary> = {}, width = 100): string =>
    exchangeLine({ ...summary, ...more }, { width, color: false }).replace(/^\d\d:\d\d:\d\d\.875/, "TIME")

  it("says when, what came of it, how long it took, what was asked, and of whom", () => {
    expect(line()).toBe("TIME  200    12 ms  GET /users/1?a=1  → user  9cdd3ff1\n")
  })

  it("says what went wrong, and what is a replay", () => {
    expect(line({ status: 504, code: "timeout", outcome: "gone", replayOf: "y", services: [] })).toBe(
      "TIME  504    12 ms  GET /users/1?a=1  timeout  client gone  replay  9cdd3ff1\n",
    )
  })

  it("cuts a path to the width, and leaves nothing in it that a terminal would obey", () => {
    expect(
      Bun.stringWidth(
        line({ path: "/x".repeat(200) })
          .replace("TIME", "00:00:00.875")
          .trimEnd(),
      ),
    ).toBe(100)
    expect(line({ path: "/\u009b2J\u202e" })).toContain("/\ufffd2J\ufffd?a=1")
  })
})
