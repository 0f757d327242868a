import { describe, expect, it } from "vitest"

import { slowness } from "../../../src/policies/cors/origin-pattern.ts"

describe("slowness()", () => {
  it.each([
    /https:\/\/[a-z0-9-]+\.shop\.example/,
    /https:\/\/[a-z0-9-]+\.[a-z]+\.example(?::\d{2,5})?/,
    /^https?:\/\/(?:www|shop|m\.shop)\.example$/i,
    /(?<name>a|b)\.test/,
    /[)(|*]+\(a\)\[b\]/,
    /(?:ab)+c/,
    /(?:ab){3}/,
    /[^]]*/,
  ])("takes %s", (pattern) => {
    expect(slowness(pattern)).toBeUndefined()
  })

  it.each([
    [/(a+)+b/, '"+" repeats what can match in several ways'],
    [/(a|a)*b/, '"*" repeats what can match in several ways'],
    [/(?:a?){2,30}b/, '"{2,30}" repeats what can match in several ways'],
    [/(?:a?){30}b/, "it has too many parts of any length"],
    [/.*.*.*b/, "it has too many parts of any length"],
    [/a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?b/, "it has too many parts of any length"],
    [/(?:.*|b)(?:.*|c)(?:.*|d)/, "it has too many parts of any length"],
    [/(.)\1/, '"\\1" repeats what was found before'],
    [/(?<a>.)\k<a>/, '"\\k" repeats what was found before'],
    [/(?=a)b/, '"(?" looks ahead, behind or at flags'],
    [/(?<!a)b/, '"(?" looks ahead, behind or at flags'],
    [/a/u, 'it has the flags "u"'],
  ])("refuses %s: %s", (pattern, why) => {
    expect(slowness(pattern)).toBe(why)
  })
})
