import { describe, expect, it } from "vitest"

import { byteRange } from "../../src/http/byte-range.ts"

describe("byteRange()", () => {
  it.each([
    ["bytes=0-0", { start: 0, end: 1 }],
    ["bytes=2-4", { start: 2, end: 5 }],
    ["bytes=2-", { start: 2, end: 10 }],
    ["bytes=2-99", { start: 2, end: 10 }],
    ["bytes=-3", { start: 7, end: 10 }],
    ["bytes=-99", { start: 0, end: 10 }],
    ["BYTES=1-1", { start: 1, end: 2 }],
    ["bytes=10-", "none"],
    ["bytes=-0", "none"],
    ["bytes=4-2", undefined],
    ["bytes=0-1,3-4", undefined],
    ["bytes=", undefined],
    ["bytes=a-b", undefined],
    ["seconds=0-1", undefined],
    [`bytes=0-${"9".repeat(40)}`, undefined],
  ])("reads %j of ten bytes as %j", (text, range) => {
    expect(byteRange(text, 10)).toEqual(range)
  })

  it("finds no part of nothing", () => {
    expect(byteRange("bytes=0-", 0)).toBe("none")
    expect(byteRange("bytes=-1", 0)).toBe("none")
  })
})
