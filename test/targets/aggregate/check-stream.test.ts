import { describe, expect, it } from "vitest"

import { aggregate } from "../../../src/targets/aggregate.ts"
import { problemsOf } from "../checked.ts"

const problems = (route: object) =>
  problemsOf(aggregate, { aggregate: { a: "a GET /", b: "a GET /b" }, stream: "ndjson", ...route }, { services: ["a"] })

describe("checkStream()", () => {
  it.each(["ndjson", "sse", "multipart"])("finds nothing wrong with %s", (stream) => {
    expect(problems({ stream, idempotency: false, report: { parts: false } })).toEqual([])
  })

  it("refuses other words", () => {
    expect(problems({ stream: "json" })).toMatchObject([
      {
        code: "E204",
        path: ["route", "stream"],
        message: 'Expected one of "ndjson", "sse" or "multipart", got "json".',
      },
    ])
  })

  it.each([
    ["response", { response: () => 1 }, "each part is sent by itself"],
    ["merge", { merge: "deep" }, "each part is sent by itself"],
    ["idempotency", { idempotency: {} }, "what is sent as it comes is not remembered"],
    ["report.parts", { report: { parts: "x-parts" } }, "what became of the parts is in the last entry"],
    ["report.complete", { report: { complete: false } }, "the last entry says whether it is complete"],
    [
      "aggregate.a.pass",
      { aggregate: { a: { call: "a GET /", pass: ["x-a"] } } },
      "the head is sent before all parts are there",
    ],
  ])("finds that %s has no effect", (option, route, why) => {
    const path = option.split(".")
    expect(problems(route)).toMatchObject([
      {
        code: "E306",
        path: ["route", ...path],
        on: "key",
        message: `"${path.at(-1)}" has no effect beside "stream": ${why}.`,
        fix: expect.stringMatching(/^Remove/) as string,
      },
    ])
    expect(problemsOf(aggregate, { aggregate: { a: "a GET /" }, ...route }, { services: ["a"] })).toEqual([])
  })

  it("finds two names that are one in the last entry", () => {
    const parts = { a: { call: "a GET /", as: false }, b: { call: "a GET /b", as: "a" } }
    expect(problems({ aggregate: parts })).toMatchObject([{ code: "E204", path: ["route", "aggregate", "b", "as"] }])
  })
})
