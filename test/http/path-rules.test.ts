import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { canonicalPath } from "../../src/http/canonical-path.ts"
import { type PathChoices, pathRules, standardPaths } from "../../src/http/path-rules.ts"

const reads = (choices: PathChoices, raw: string): string | undefined => pathRules(choices).canonical(raw)

const passing: PathChoices = {
  doubleSlash: "merge",
  encodedSlash: "pass",
  encodedBackslash: "pass",
  encodedPercent: "pass",
  encodedDelimiters: "pass",
  semicolon: "pass",
}
const refusing: PathChoices = {
  doubleSlash: "refuse",
  encodedSlash: "refuse",
  encodedBackslash: "refuse",
  encodedPercent: "refuse",
  encodedDelimiters: "refuse",
  semicolon: "refuse",
}

const pieces = fc
  .array(
    fc.constantFrom(
      ..."/ // . .. %2e %2f %2F %5c %5C \\ ; %3b %3F %23 %25 %252f %00 %0a %zz % a B %41 ~ é %C3%A9 %c0%af |".split(
        " ",
      ),
    ),
    { maxLength: 8 },
  )
  .map((found) => `/${found.join("")}`)

describe("pathRules()", () => {
  it("is the canonical path as it is, where a config chooses nothing, and sends on what was sent", () => {
    expect(pathRules().canonical).toBe(canonicalPath)
    expect(standardPaths.canonical).toBe(canonicalPath)
    expect(pathRules({ doubleSlash: "merge", encodedSlash: "pass", forward: "sent" }).canonical).toBe(canonicalPath)
    expect([standardPaths.forwardsCanonical, pathRules({ forward: "canonical" }).forwardsCanonical]).toEqual([
      false,
      true,
    ])
  })

  it.each([
    ["doubleSlash", ["//a", "/a//b", "/a//", "/a///b"], ["/a/b", "/a%2F/b", "/a/"]],
    ["encodedSlash", ["/a%2Fb", "/a%2fb", "/%2f"], ["/a/b", "/a%252Fb", "/a%5Bb"]],
    ["encodedPercent", ["/%25", "/a%252e%252e/b", "/%2541"], ["/%20", "/a%C3%A9"]],
    ["encodedDelimiters", ["/a%3Fb", "/a%3fb", "/a%23b"], ["/a%24b", "/a%253Fb"]],
    ["semicolon", ["/a;b", "/a;", "/a%3Bb", "/a%3bb=1/c"], ["/a:b", "/a,b"]],
  ] as const)('takes %s: "refuse" at its word', (name, refused, others) => {
    for (const raw of refused) {
      expect(reads({ [name]: "refuse" }, raw), raw).toBeUndefined()
      expect(reads({}, raw), raw).toBeDefined()
    }
    for (const raw of others) expect(reads({ [name]: "refuse" }, raw), raw).toBe(canonicalPath(raw))
  })

  it('lets an escaped backslash through as a letter with encodedBackslash: "pass"', () => {
    expect(reads({}, "/a%5cb")).toBeUndefined()
    expect(reads({ encodedBackslash: "pass" }, "/a%5cb")).toBe("/a%5Cb")
    expect(reads({ encodedBackslash: "pass" }, "/a\\b")).toBeUndefined()
  })

  it.each(["/a/..%5cadmin", "/a%5C..%5Cadmin", "/a%5c%2e%2e", "/..%5C", "/a/..%3Bx%5cadmin", "/%5c..%2fadmin"])(
    'never reads %j, where an escaped backslash is to hide a dot segment, even with encodedBackslash: "pass"',
    (raw) => expect(reads(passing, raw)).toBeUndefined(),
  )

  it.each(["/a%00b", "/a%0d%0ax", "/a%7f", "/%zz", "/%", "/a%4", "/%c0%af", "/a/../b", "/a/..%2fb", "/a/..;/b"])(
    "never reads %j, whatever a config chooses",
    (raw) => {
      for (const choices of [{}, passing, refusing]) expect(reads(choices, raw)).toBeUndefined()
    },
  )

  it("refuses or reads the same: no choice makes one path of two, or another of one", () => {
    const choice = fc.constantFrom("pass" as const, "refuse" as const)
    const choices = fc.record({
      doubleSlash: fc.constantFrom("merge" as const, "refuse" as const),
      encodedSlash: choice,
      encodedBackslash: choice,
      encodedPercent: choice,
      encodedDelimiters: choice,
      semicolon: choice,
    })
    fc.assert(
      fc.property(pieces, choices, (raw, chosen) => {
        const path = reads(chosen, raw)
        if (path === undefined) return
        expect(path).toBe(canonicalPath(raw, true))
        // What is forwarded as canonical is read again by the next gateway, to the same.
        expect(reads(chosen, path)).toBe(path)
      }),
      { numRuns: 2000 },
    )
  })

  it("refuses by the canonical path what it refuses by the sent one: no spelling goes around a choice", () => {
    fc.assert(
      fc.property(pieces, (raw) => {
        const path = canonicalPath(raw)
        if (path === undefined) return
        const { doubleSlash: _, ...others } = refusing
        expect(reads(others, raw) === undefined).toBe(/%2F|%25|%3F|%23|;|%3B/.test(path))
      }),
      { numRuns: 2000 },
    )
  })

  it("tells clients what to leave out", () => {
    expect(standardPaths.advice).toBe("Send a path without dot segments, controls, backslashes or broken escapes.")
    expect(pathRules({ encodedSlash: "refuse", semicolon: "refuse", encodedPercent: "pass" }).advice).toBe(
      "Send a path without dot segments, controls, backslashes, escaped slashes, semicolons or broken escapes.",
    )
  })
})
