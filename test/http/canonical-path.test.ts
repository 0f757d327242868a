import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { canonicalPath } from "../../src/http/canonical-path.ts"

/** Everything that a path may be made of, and more: what is hostile comes often. */
const hostile = fc
  .array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.constantFrom("/", "//", ".", "..", "%2e", "%2E", "%2f", "%2F", "%5c", "\\", ";", "%3b"),
      },
      { weight: 2, arbitrary: fc.constantFrom("%", "%2", "%25", "%252e", "%00", "%0d", "%c0%af", "%zz", "%41", "%7e") },
      {
        weight: 4,
        arbitrary: fc.constantFrom("a", "B", "-", "_", "~", "!", "@", ":", "é", "%C3%A9", "|", "[", "{", " "),
      },
      fc.string({ unit: "binary", maxLength: 3 }),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => `/${pieces.join("")}`)

const utf8 = (text: string): string[] =>
  [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, "0"))

describe("canonicalPath()", () => {
  it.each([
    ["/", "/"],
    ["/cart", "/cart"],
    ["/cart/", "/cart/"],
    ["/ADMIN", "/ADMIN"],
    ["//admin", "/admin"],
    ["/a//b///c", "/a/b/c"],
    ["/%41%7e%2d", "/A~-"],
    ["/caf%c3%a9", "/caf%C3%A9"],
    ["/a%2fb", "/a%2Fb"],
    ["/%2Fadmin", "/%2Fadmin"],
    ["/%2525", "/%2525"],
    ["/a%20b", "/a%20b"],
    ["/a|b", "/a%7Cb"],
    ["/{id}", "/%7Bid%7D"],
    ["/a;x=1", "/a;x=1"],
    ["/a:b@c!$&'()*+,=", "/a:b@c!$&'()*+,="],
    ["/.well-known", "/.well-known"],
    ["/a/...", "/a/..."],
    ["/a..b/.c", "/a..b/.c"],
    ["/%2ewell-known", "/.well-known"],
  ])("reads %j as %j", (raw, expected) => {
    expect(canonicalPath(raw)).toBe(expected)
  })

  it.each([
    "",
    "a",
    "*",
    "/a/../admin",
    "/a/%2e%2e/admin",
    "/a/%2E./admin",
    "/a/.%2e/admin",
    "/..",
    "/.",
    "/a/./b",
    "/a//../b",
    "/a;x/../admin",
    "/..;/admin",
    "/a/..;x=1/admin",
    "/.;/admin",
    "/..%3b/admin",
    "/..%3Bx=1/admin",
    "/a%2f..%2fadmin",
    "/a%2F%2E%2E%2Fadmin",
    "/a/..%2fadmin",
    "/a\\..\\admin",
    "/\\evil.com",
    "/a%5cb",
    "/a%5C..%5Cadmin",
    "/admin%00",
    "/admin\0",
    "/a%0d%0ax:y",
    "/a\r\nx:y",
    "/a\tb",
    "/a%09b",
    "/a%7fb",
    "/a b",
    "/%zz",
    "/%",
    "/a%4",
    "/%%41",
    "/%\n41",
    "/%c0%af",
    "/%c0%ae%c0%ae/admin",
    "/%ff",
    "/%C3",
    "/é",
    "/a\u0085b",
    "/admin#x",
    "/admin?x",
    "/%u002e%u002e/",
  ])("refuses %j", (raw) => {
    expect(canonicalPath(raw)).toBeUndefined()
  })

  it("is its own canonical path", () => {
    fc.assert(
      fc.property(hostile, (raw) => {
        const once = canonicalPath(raw)
        if (once !== undefined) expect(canonicalPath(once)).toBe(once)
      }),
      { numRuns: 1000 },
    )
  })

  it("never has dot segments, doubled slashes, needless escapes or anything unprintable", () => {
    fc.assert(
      fc.property(hostile, (raw) => {
        const path = canonicalPath(raw)
        if (path === undefined) return
        expect(path).toMatch(/^\/[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*$/)
        expect(path).not.toContain("//")
        expect(path).not.toMatch(/%(?![0-9A-F]{2})/)
        expect(path).not.toMatch(/%(?:4[1-9A-F]|5[0-9A]|6[1-9A-F]|7[0-9AE]|3\d|2[DE]|5F)/)
        // Even when somebody else undoes the escapes of slashes and semicolons first.
        for (const segment of decodeURIComponent(path).split(/[/\\]/))
          expect(segment.replace(/;.*/, "")).not.toMatch(/^\.\.?$/)
        // oxlint-disable-next-line no-control-regex
        expect(decodeURIComponent(path)).not.toMatch(/[\u0000-\u001f\u007f]/)
      }),
      { numRuns: 1000 },
    )
  })

  it("is the same for all spellings of letters that need no escape", () => {
    const letter = fc.constantFrom(..."abcXYZ019-_~")
    const spelled = fc.array(fc.tuple(letter, fc.constantFrom("plain", "upper", "lower")), {
      minLength: 1,
      maxLength: 8,
    })
    fc.assert(
      fc.property(
        fc.array(spelled, { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat({ max: 2 })),
        (segments, slashes) => {
          const spell = (write: (of: string, how: string) => string): string =>
            segments
              .map(
                (pairs, index) =>
                  "/".repeat(1 + (slashes[index] ?? 0)) + pairs.map(([of, how]) => write(of, how)).join(""),
              )
              .join("")
          const written = spell((of, how) => {
            const code = of.charCodeAt(0).toString(16)
            return how === "plain" ? of : `%${how === "upper" ? code.toUpperCase() : code}`
          })
          const plain = segments.map((pairs) => `/${pairs.map(([of]) => of).join("")}`).join("")
          expect(canonicalPath(written)).toBe(plain)
        },
      ),
    )
  })

  it("is the same for a letter that must be escaped, in upper and lower case", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 4 }), (text) => {
        const lower = `/x${utf8(text)
          .map((byte) => `%${byte}`)
          .join("")}`
        expect(canonicalPath(lower)).toBe(canonicalPath(lower.toUpperCase().replace("/X", "/x")))
      }),
    )
  })

  it("is the same whether or not a browser would have escaped a letter", () => {
    for (const letter of '"<>[]^`{|}') {
      const escaped = canonicalPath(`/a%${letter.charCodeAt(0).toString(16)}b`)
      expect(canonicalPath(`/a${letter}b`), letter).toBe(escaped)
      expect(escaped).toBeDefined()
    }
  })

  it("takes an escaped backslash for a letter only where it is told to, and never for one that hides dots", () => {
    expect(canonicalPath("/a%5cb", true)).toBe("/a%5Cb")
    expect(canonicalPath("/a%5cb", true)).not.toBe(canonicalPath("/a/b", true))
    for (const raw of ["/a\\b", "/a%5c..%5cb", "/..%5c", "/%5c.", "/a%00%5c"])
      expect(canonicalPath(raw, true), raw).toBeUndefined()
  })

  it("keeps different resources apart", () => {
    expect(canonicalPath("/a%2Fb")).not.toBe(canonicalPath("/a/b"))
    expect(canonicalPath("/a%3Fb")).not.toBe(canonicalPath("/a"))
    expect(canonicalPath("/a%23b")).not.toBe(canonicalPath("/a"))
    expect(canonicalPath("/%2541")).not.toBe(canonicalPath("/A"))
  })
})
