import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { cookieNames, cookieOf, setCookie } from "../../src/http/cookies.ts"
import { HeaderList } from "../../src/http/header-list.ts"

const sent = (...lines: string[]): HeaderList => new HeaderList(lines.flatMap((line) => ["cookie", line]))

describe("cookieOf()", () => {
  it.each([
    ["a=1", "1"],
    ["b=2; a=1", "1"],
    ["b=2;a=1;c=3", "1"],
    [" \ta=1 ; b=2", "1"],
    ["aa=2; a=1", "1"],
    ["b=a=2; a=1", "1"],
    ["a=", ""],
    ["a=x=y", "x=y"],
    ["a=1; a=2", "1"],
    ["ab=1", undefined],
    ["a", undefined],
    ["b=1; a", undefined],
    ["a ; b==", undefined],
    ["", undefined],
    [";;; ;", undefined],
  ])("reads the cookie a of %j as %j", (line, value) => expect(cookieOf(sent(line), "a")).toBe(value))

  it("reads lines that were sent one by one", () => {
    expect(cookieOf(sent("b=2", "a=1"), "a")).toBe("1")
    expect(cookieOf(new HeaderList(), "a")).toBeUndefined()
  })

  it("finds what was written, whatever stands beside it", () => {
    const name = fc.stringMatching(/^[a-c_]{1,3}$/)
    const value = fc.stringMatching(/^[a-c=.]{0,3}$/)
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), name, (pairs, wanted) => {
        const line = pairs.map(([key, text]) => `${key}=${text}`).join("; ")
        expect(cookieOf(sent(line), wanted)).toBe(pairs.find(([key]) => key === wanted)?.[1])
        expect(cookieNames(sent(line))).toEqual(pairs.map(([key]) => key))
      }),
    )
  })
})

describe("setCookie()", () => {
  it("writes all that a browser has to know", () => {
    const headers: [string, string][] = []
    const attributes = { path: "/", domain: "shop.example", sameSite: "strict", secure: true, maxAge: 60 } as const
    setCookie(headers, "a", "1", attributes)
    expect(headers).toEqual([
      ["set-cookie", "a=1; Path=/; Domain=shop.example; Max-Age=60; HttpOnly; Secure; SameSite=Strict"],
    ])
  })

  it("takes the place of a cookie with the name, and of no other", () => {
    const headers: [string, string][] = [["x-a", "a=0"]]
    const attributes = { path: "/", sameSite: "lax", secure: false } as const
    for (const [name, value] of [
      ["a", "1"],
      ["ab", "2"],
      ["a", "3"],
    ] as const)
      setCookie(headers, name, value, attributes)
    expect(headers.map(([, line]) => line.split(";")[0])).toEqual(["a=0", "a=3", "ab=2"])
  })
})
