import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { covers, parseSegmentPattern, type SegmentPattern } from "../../src/config/segment-pattern.ts"

function pattern(source: string): SegmentPattern {
  const read = parseSegmentPattern(source)
  if ("wrong" in read) throw new Error(`"${source}": ${read.wrong}`)
  return read
}

const matches = (source: string, segment: string): boolean =>
  new RegExp(`^(?:${pattern(source).normal})$`).test(segment)

describe("parseSegmentPattern() reads", () => {
  it.each([
    ["\\d+", ["7", "0042"], ["", "7a", "a7", "-7"]],
    ["[a-z0-9-]+", ["a-b", "-", "0"], ["", "A", "a_b"]],
    ["[^.-]{2}", ["ab", "%2"], ["a.", "a-", "a", "abc"]],
    ["[a-]b?", ["a", "-b"], ["b", "ab-"]],
    ["[\\w.-]+", ["a.b-c_D"], ["a~"]],
    ["[\\d\\]]", ["1"], ["]", "\\"]],
    ["\\D\\W", ["a-", "--"], ["1-", "aa"]],
    ["v\\d+|v\\d+\\.\\d+|latest", ["v1", "v1.20", "latest"], ["v", "v1.", "latest1", "1"]],
    [".+\\.json", ["a.json", "a.json.json", ".json.json"], [".json", "a.jsonx", "axjson"]],
    ["\\w+@\\w+\\.\\w+", ["a@b.c"], ["a@b", "@b.c"]],
    ["[0-9a-f]{8}-[0-9a-f]{4}", ["0123abcd-ef01"], ["0123abcdef01", "0123abcd-ef012"]],
    ["a{2,}", ["aa", "aaaa"], ["a", ""]],
    ["a{1,3}", ["a", "aaa"], ["aaaa"]],
    ["caf%C3%A9", ["caf%C3%A9"], ["café", "caf"]],
    ["\\$\\(\\)\\+\\*\\.", ["$()+*."], ["$()+*x"]],
    ["\\d\\d?", ["1", "12"], ["123"]],
    ["constructor", ["constructor"], ["__proto__"]],
  ])("%s", (source, taken, left) => {
    expect(taken.filter((segment) => !matches(source, segment))).toEqual([])
    expect(left.filter((segment) => matches(source, segment))).toEqual([])
  })

  it("what means the same as the same", () => {
    for (const [one, other] of [
      ["\\d+", "[0-9]{1,}"],
      ["\\d\\d*", "\\d+"],
      ["a|b|a", "b|a"],
      ["[ab]", "[ba]"],
      ["\\w", "[A-Za-z0-9_]"],
      ["[^a]", "[^aa]"],
    ] as const)
      expect(pattern(one).normal, one).toBe(pattern(other).normal)
    expect(pattern("ab").normal).not.toBe(pattern("ba").normal)
    expect(pattern("\\d+").normal).not.toBe(pattern("\\d{2,}").normal)
  })
})

describe("parseSegmentPattern() refuses", () => {
  it.each([
    ["(a|b)+", "its pattern has a group"],
    ["(?=a)a", "its pattern has a group"],
    ["(?:a)", "its pattern has a group"],
    ["a)", "its pattern has a group"],
    ["^a", 'its pattern has "^"'],
    ["a$", 'its pattern has "$"'],
    ["a++", '"+" repeats nothing, or a repeat'],
    ["a+?", '"?" repeats nothing, or a repeat'],
    ["*", '"*" repeats nothing, or a repeat'],
    ["a{2}{3}", '"{3}" repeats nothing, or a repeat'],
    ["{2}", '"{2}" repeats nothing, or a repeat'],
    ["d+", '"d+" repeats a letter'],
    ["w{3}", '"w{3}" repeats a letter'],
    ["a{3,2}", '"{3,2}" is not a count'],
    ["a{0}", '"{0}" is not a count'],
    ["a{257}", '"{257}" is not a count'],
    ["a{999999999999,}", '"{999999999999,}" is not a count'],
    ["", "a part of its pattern is empty"],
    ["a|", "a part of its pattern is empty"],
    ["|", "a part of its pattern is empty"],
    ["\\1", '"\\1" is not understood in a pattern'],
    ["\\s", '"\\s" is not understood in a pattern'],
    ["\\b", '"\\b" is not understood in a pattern'],
    ["\\x41", '"\\x" is not understood in a pattern'],
    ["\\u0041", '"\\u" is not understood in a pattern'],
    ["[z-a]", '"[z-a]" is not understood in a pattern'],
    ["[a-é]", '"[a-é]" is not understood in a pattern'],
    ["[\\w-.]", '"[\\w-.]" is not understood in a pattern'],
    ["[]", '"[]" is not understood in a pattern'],
    ["[a", '"[a" is not understood in a pattern'],
    ["a]", '"]" is not understood in a pattern'],
    ["a\\", '"\\" is not understood in a pattern'],
    ["é", '"é" never stands in a path'],
    ["[<>]", '"[<>]" never stands in a path'],
    ["\\[", '"\\[" never stands in a path'],
    ["[^!-~]", '"[^!-~]" never stands in a path'],
  ])("%s", (source, wrong) => {
    const read = parseSegmentPattern(source)
    expect(read).toMatchObject({ wrong })
    expect("fix" in read && read.fix).toMatch(/^[A-Z].*\.$/)
  })

  it.each([
    ["(a+)+b", "its pattern has a group"],
    ["(a|a)*b", "its pattern has a group"],
    [".*.*.*=.*", '".*.*.*" in its pattern may end in several places, which could take very long to try'],
    ["\\w*\\d*\\w*", '"\\w*" in its pattern may end in several places, which could take very long to try'],
    ["[ab]*a[ab]*", '"[ab]*" in its pattern may end in several places, which could take very long to try'],
    ["a?[ab]?[abc]?a", '"a?" in its pattern may end in several places, which could take very long to try'],
    [".*-\\d+", '".*" in its pattern may end in several places, which could take very long to try'],
    [".+[a-z]{65}", "its pattern looks ahead by 65 letters, of which 64 is the most"],
    [".+[a-z]{40}|.*[0-9]{40}", "its pattern looks ahead by 80 letters, of which 64 is the most"],
  ])("a pattern that an attacker could make take very long: %s", (source, wrong) => {
    expect(parseSegmentPattern(source)).toMatchObject({ wrong })
  })
})

/** Tries a pattern the plainest way, each repeat as long as can be first, and counts the letters that are looked at. */
function tried({ alternatives }: SegmentPattern, segment: string): { found: boolean; looks: number } {
  let looks = 0
  const rest = (pieces: SegmentPattern["alternatives"][number], from: number): boolean => {
    const [piece, ...others] = pieces
    if (!piece) return from === segment.length
    let taken = 0
    while (taken < piece.max && from + taken < segment.length) {
      looks++
      if ((piece.set & (1n << BigInt(segment.charCodeAt(from + taken)))) === 0n) break
      taken++
    }
    for (; taken >= piece.min; taken--) if (rest(others, from + taken)) return true
    return false
  }
  return { found: alternatives.some((pieces) => rest(pieces, 0)), looks }
}

const letters = fc.constantFrom("a", "b", "1", "-", ".", "\\d", "\\w", "[ab]", "[^a]", "[a-z-]", "\\.")
const times = fc.constantFrom("", "", "", "?", "*", "+", "{2}", "{0,3}", "{2,}")
const source = fc
  .array(fc.array(fc.tuple(letters, times), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.map((pieces) => pieces.map((pair) => pair.join("")).join("")).join("|"))
const segment = fc.string({ unit: fc.constantFrom("a", "b", "1", "-", "."), maxLength: 40 })

describe("parseSegmentPattern(), whatever it is given,", () => {
  it("matches what the regular expression of the same text matches", () => {
    fc.assert(
      fc.property(source, fc.array(segment, { minLength: 5 }), (written, segments) => {
        const read = parseSegmentPattern(written)
        if ("wrong" in read) return
        for (const one of segments) {
          expect(matches(written, one), `${written} ${one}`).toBe(new RegExp(`^(?:${written})$`).test(one))
          expect(tried(read, one).found).toBe(matches(written, one))
        }
      }),
      { numRuns: 1000 },
    )
  })

  it("lets only patterns through that look at each letter a bounded number of times", () => {
    const long = fc
      .tuple(segment, fc.constantFrom("a", "b", "1", "-", "ab", "a-", "a1"))
      .map(([end, one]) => one.repeat(300) + end)
    fc.assert(
      fc.property(source, long, (written, hostile) => {
        const read = parseSegmentPattern(written)
        if ("wrong" in read) return
        const pieces = read.alternatives.reduce((sum, one) => sum + one.length, 0)
        expect(tried(read, hostile).looks, written).toBeLessThan((pieces + 64) * (hostile.length + 1))
      }),
      { numRuns: 1000 },
    )
  })
})

describe("covers()", () => {
  it.each([
    ["\\w+", "\\d+"],
    [".+", "a|b\\d{2}-x"],
    ["[^.]+", "[a-z-]+"],
    ["\\w{2,}", "\\d{2}\\w*"],
    ["v\\w+", "v\\d+"],
    ["a|b|c", "c|a"],
  ])("knows that %s takes all that %s takes", (wide, narrow) => {
    expect(covers(pattern(wide), pattern(narrow))).toBe(true)
    expect(covers(pattern(narrow), pattern(wide))).toBe(false)
  })

  it("never says so where there is a segment that only the other takes", () => {
    fc.assert(
      fc.property(source, source, fc.array(segment, { minLength: 20 }), (wide, narrow, segments) => {
        const [one, other] = [parseSegmentPattern(wide), parseSegmentPattern(narrow)]
        if ("wrong" in one || "wrong" in other || !covers(one, other)) return
        for (const given of segments)
          if (matches(narrow, given)) expect(matches(wide, given), `${wide} ${narrow} ${given}`).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ["\\d+", "[a-z]+"],
    ["\\w{2,}", "\\w+"],
    ["\\w{1,3}", "\\d{4}"],
    ["\\w+", "a-b"],
    ["a", "a|b"],
  ])("does not say so of %s and %s", (wide, narrow) => {
    expect(covers(pattern(wide), pattern(narrow))).toBe(false)
  })
})
