import { describe, expect, it } from "vitest"

import { filterFields, readFilter, WrongFilter } from "../../../src/observe/recorder/filter.ts"
import { recording } from "./recorded.ts"

const fits = (filter: string): boolean =>
  readFilter(filter)(
    recording(
      { method: "POST", rawPath: "/users/a%20b", headers: {} },
      { status: 503, took: 150, code: "unavailable", route: "POST /users/:id", tries: ["user", "cart"] },
    ),
  )

describe("readFilter()", () => {
  it.each([
    "",
    "  ",
    "users",
    "/users/:id",
    "method=POST",
    "method=post",
    "status=503",
    "status=5xx",
    "status!=4xx",
    "status>=500 status<600",
    "took>100ms",
    "took<1s",
    "took>=150 took<=150",
    "path=/users/*",
    "path=*%20*",
    'route="POST /users/:id"',
    "route!=nothing",
    "service=cart",
    "service=us*",
    "code=unavailable outcome=whole",
    "identity!=*",
    "sent<1kb",
    "client=127.*",
  ])("lets through what fits: %s", (filter) => {
    expect(fits(filter)).toBe(true)
  })

  it.each([
    "nothing",
    "method=GET",
    "status=5",
    "status!=503",
    "status=2xx",
    "took>1s",
    "path=/users",
    "path=/USERS/*",
    "service=payment",
    "service!=cart",
    "users method=GET",
    "code=*x",
    "identity=*",
    "upstream>1ms",
    "path=/users/.*%20b",
  ])("keeps out what does not: %s", (filter) => {
    expect(fits(filter)).toBe(false)
  })

  it.each([
    ["stauts=500", 'A filter knows no "stauts". Did you mean "status"?'],
    ["zzz=1", `A filter knows no "zzz". Use one of ${filterFields.slice(0, -1).join(", ")} or ${filterFields.at(-1)}.`],
    ["status>many", 'Cannot compare "status" with "many": write a value such as "404" or "5xx".'],
    ["status>5xx", 'Cannot compare "status" with "5xx": write a value such as "404" or "5xx".'],
    ["took>1kb", 'Cannot compare "took" with "1kb": write a value such as "100ms" or "2s".'],
    ["sent>1s", 'Cannot compare "sent" with "1s": write a value such as "1000" or "64kb".'],
    ["path>1", '"path" is a text: compare it with = or !=, not with >.'],
    ['path="/a b', 'A quote is not closed in path="/a b'],
  ])("says what is wrong with %s", (filter, message) => {
    expect(() => readFilter(filter)).toThrow(new WrongFilter(message))
  })

  it("takes a word for what it is, and not for a pattern", () => {
    expect(() => readFilter("path=((a+)+)$*[")).not.toThrow()
    expect(readFilter("path=a.c")(recording({ rawPath: "/abc" }))).toBe(false)
  })
})
