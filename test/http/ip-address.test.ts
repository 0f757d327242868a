import { isIP, isIPv6 } from "node:net"

import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { canonicalAddress, readAddress } from "../../src/http/ip-address.ts"
import { referenceAddress } from "./reference-address.ts"

function read(text: string): { family: 4 | 6; value: bigint } | undefined {
  const words = new Uint32Array(4)
  const family = readAddress(text, words)
  return family === 0 ? undefined : { family, value: words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n) }
}

/** Texts that are addresses, or nearly. */
const nearly = fc.oneof(
  fc.ipV4(),
  fc.ipV4Extended(),
  fc.ipV6(),
  fc
    .tuple(fc.ipV6(), fc.nat(), fc.constantFrom("", ":", ".", "0", "g", "%", "1.2.3.4", "::"))
    .map(([text, at, piece]) => {
      const place = at % (text.length + 1)
      return text.slice(0, place) + piece + text.slice(place + (at % 3))
    }),
  fc.string({ unit: fc.constantFrom(..."0123456789abcdefF:.::"), maxLength: 42 }),
  fc.ipV4().map((four) => `::ffff:${four}`),
)

describe("readAddress()", () => {
  it("reads what a slow reference reads, and refuses what it refuses", () => {
    fc.assert(
      fc.property(nearly, (text) => {
        expect(read(text)).toEqual(referenceAddress(text))
      }),
      { numRuns: 5000 },
    )
  })

  it("takes no text that the platform does not take", () => {
    fc.assert(
      fc.property(nearly, (text) => {
        if (readAddress(text, new Uint32Array(4)) !== 0) expect(isIP(text)).not.toBe(0)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    "",
    "1",
    "1.2.3",
    "1.2.3.4.5",
    "01.2.3.4",
    "1.2.3.256",
    "0x7f.0.0.1",
    "1.2.3.4 ",
    " 1.2.3.4",
    "127.1",
    "١.1.1.1",
  ])("takes %j for no address", (text) => {
    expect(read(text)).toBeUndefined()
  })

  it.each([
    ":",
    ":::",
    "1:",
    ":1",
    "::1::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7::8",
    "12345::",
    "::1.2.3",
    "::1.2.3.4:5",
    "[::1]",
    "::1%",
    "::1%a b",
  ])("takes %j for no address either", (text) => {
    expect(read(text)).toBeUndefined()
  })

  it("takes IPv4 inside of IPv6 for what it is, and leaves zones out", () => {
    expect(read("::ffff:10.0.0.1")).toEqual(read("10.0.0.1"))
    expect(read("::FFFF:a00:1")).toEqual(read("10.0.0.1"))
    expect(read("::10.0.0.1")?.family).toBe(6)
    expect(read("fe80::1%eth0")).toEqual(read("fe80::1"))
  })
})

describe("canonicalAddress()", () => {
  it.each([
    ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["1:0:0:0:0:0:0:0", "1::"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["fe80::00a1%en0", "fe80::a1"],
    ["nobody", undefined],
  ])("writes %j as %j", (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical)
  })

  it("has one text for each address, which says the same", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV6(), fc.ipV4()), (text) => {
        const canonical = canonicalAddress(text) ?? expect.fail()
        expect(read(canonical)).toEqual(read(text))
        expect(canonicalAddress(canonical)).toBe(canonical)
        if (isIPv6(canonical)) expect(new URL(`http://[${canonical}]`).hostname).toBe(`[${canonical}]`)
      }),
      { numRuns: 2000 },
    )
  })
})
