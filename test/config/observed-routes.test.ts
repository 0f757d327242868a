import { describe, expect, it } from "vitest"

import { check } from "../../src/config/check.ts"

const problems = (except: readonly string[]): string[] =>
  check({
    observe: { log: { except } },
    routes: { "GET /healthz": { reply: {} }, "/cart": { reply: {} } },
  }).problems.map(({ code, path, message }) => `${code} ${path.join(".")}: ${message}`)

describe("checkObserved()", () => {
  it("finds routes that the log is to leave out and that are not there", () => {
    expect(problems(["GET /healthz", "/cart"])).toEqual([])
    expect(problems(["GET /heathz"])).toEqual([
      'E207 observe.log.except.0: Unknown route "GET /heathz". Did you mean "GET /healthz"?',
    ])
  })
})
