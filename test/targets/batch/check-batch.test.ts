import { describe, expect, it } from "vitest"

import { batch } from "../../../src/targets/batch.ts"
import { problemsOf } from "../checked.ts"

describe("batch in a config", () => {
  const problems = (options: object) =>
    problemsOf(
      batch,
      { batch: options },
      { routes: { "GET /cart": "service", "GET /users": "service", "/b": "batch" } },
    )

  it("takes the routes of the config", () => {
    expect(problems({ routes: ["GET /cart", "GET /users"] })).toEqual([])
  })

  it.each<[string, object, string, (string | number)[], RegExp]>([
    ["a route that is not there", { routes: ["GET /crat"] }, "E309", ["routes", 0], /Did you mean "GET \/cart"\?/],
    ["a route of another method", { routes: ["GET /cart", "POST /zzzzzz"] }, "E309", ["routes", 1], /Unknown route/],
    ["a batch in a batch", { routes: ["/b"] }, "E309", ["routes", 0], /batches do not ask batches/],
    ["a route twice", { routes: ["GET /cart", "GET /cart"] }, "E204", ["routes", 1], /twice/],
    ["names of objects", { routes: ["constructor"] }, "E309", ["routes", 0], /Unknown route/],
    ["no routes", { routes: [] }, "E205", ["routes"], /Empty/],
    ["no list of routes", {}, "E202", [], /Missing/],
    ["no limit", { routes: ["GET /cart"], limit: 0 }, "E204", ["limit"], /from 1 to 1000/],
    ["too much at a time", { routes: ["GET /cart"], concurrency: 101 }, "E204", ["concurrency"], /from 1 to 100/],
    ["another stream", { routes: ["GET /cart"], stream: "sse" }, "E204", ["stream"], /ndjson/],
    ["a transaction", { routes: ["GET /cart"], atomic: true }, "E201", ["atomic"], /Unknown option/],
    [
      "a header about the body",
      { routes: ["GET /cart"], inherit: ["Content-Type"] },
      "E204",
      ["inherit", 0],
      /inherited/,
    ],
    ["a header of a hop", { routes: ["GET /cart"], inherit: ["cookie", "TE"] }, "E204", ["inherit", 1], /inherited/],
  ])("refuses %s", (_, options, code, at, message) => {
    expect(problems(options)).toMatchObject([
      { code, path: ["route", "batch", ...at], message: expect.stringMatching(message) },
    ])
  })
})
