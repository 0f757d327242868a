import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { preferredCoding } from "../../src/http/accept-encoding.ts"

const offered = ["zstd", "br", "gzip"] as const

describe("preferredCoding()", () => {
  const cases: [header: string, coding: string | undefined, plainRefused: boolean][] = [
    ["gzip", "gzip", false],
    ["gzip, deflate, br, zstd", "zstd", false],
    ["gzip, deflate, br", "br", false],
    ["GZip ;\tQ=0.5", "gzip", false],
    ["x-gzip", "gzip", false],
    ["br;q=0.5, gzip;q=0.8", "gzip", false],
    ["zstd;q=0, br;q=0.001", "br", false],
    ["gzip;q=1.000", "gzip", false],
    ["*", "zstd", false],
    ["*, zstd;q=0", "br", false],
    ["br, *;q=0.1", "br", false],
    ["gzip;q=0.1, *;q=0.2", "zstd", false],
    ["", undefined, false],
    [" , ,", undefined, false],
    ["identity", undefined, false],
    ["deflate, compress", undefined, false],
    ["gzip;q=0", undefined, false],
    ["identity, gzip", "gzip", false],
    ["identity, gzip;q=0.5", undefined, false],
    ["identity;q=0.5, gzip", "gzip", false],
    ["identity;q=0", undefined, true],
    ["identity;q=0, gzip;q=0.1", "gzip", true],
    ["*;q=0", undefined, true],
    ["*;q=0, gzip", "gzip", true],
    ["*;q=0, identity", undefined, false],
    ["identity;q=0, *", "zstd", true],
    ["gzip, gzip;q=0", undefined, false],
    ["gzip;q=0, gzip", undefined, false],
    ["gzip;q=0.2, br;q=0.3, gzip;q=0.9", "br", false],
    ["gzip;q=2", undefined, false],
    ["gzip;q=-1", undefined, false],
    ["gzip;q=", undefined, false],
    ["gzip;q=0.0001", undefined, false],
    ["gzip;level=9", undefined, false],
    ["gzip br", undefined, false],
    ["gzip;q=1;q=0", undefined, false],
    ['"gzip"', undefined, false],
    ["__proto__, constructor, br", "br", false],
  ]
  it.each(cases)("reads %j", (header, coding, plainRefused) => {
    expect(preferredCoding([header], offered)).toEqual({ coding, plainRefused })
  })

  it("takes nothing for granted without the header", () => {
    expect(preferredCoding([], offered)).toEqual({ coding: undefined, plainRefused: false })
  })

  it("reads several lines as one list", () => {
    expect(preferredCoding(["gzip", "br;q=0.5"], offered)).toEqual({ coding: "gzip", plainRefused: false })
    expect(preferredCoding(["gzip", "gzip;q=0"], offered)).toMatchObject({ coding: undefined })
  })

  it("goes by the order of the offer among equals", () => {
    expect(preferredCoding(["zstd, br, gzip"], ["gzip", "br"])).toMatchObject({ coding: "gzip" })
  })

  it("never gives what was refused or is not offered, whatever is sent", () => {
    const name = fc.constantFrom("gzip", "br", "zstd", "deflate", "identity", "*", "x")
    const weight = fc.constantFrom("", ";q=0", ";q=0.000", ";q=1", ";q=0.5", " ; q=0.25", ";q=7", ";")
    const item = fc.oneof(
      fc.tuple(name, weight).map(([a, b]) => a + b),
      fc.string({ maxLength: 8 }),
    )
    fc.assert(
      fc.property(fc.array(item, { maxLength: 6 }), fc.shuffledSubarray([...offered]), (items, some) => {
        const { coding } = preferredCoding([items.join(",")], some)
        if (coding === undefined) return
        expect(some).toContain(coding)
        expect(items).not.toContain(`${coding};q=0`)
        expect(items).not.toContain(`${coding};q=0.000`)
      }),
    )
  })
})
