import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { networkOf } from "../../../src/policies/rate-limit/network-of.ts"

describe("networkOf()", () => {
  it.each([
    ["192.0.2.1", 64, "192.0.2.1"],
    ["", 64, ""],
    ["no address", 64, "no address"],
    ["2001:db8:1:2:3:4:5:6", 64, "20010db8.10002.0.0/64"],
    ["2001:DB8:1:2::", 48, "20010db8.10000.0.0/48"],
    ["2001:db8::1", 128, "20010db8.0.0.1/128"],
    ["2001:db8:ffff::", 33, "20010db8.80000000.0.0/33"],
    ["2001:db8:ffff::", 32, "20010db8.0.0.0/32"],
    // What sockets for both families have of IPv4 is told apart as a whole.
    ["::ffff:192.0.2.1", 64, "::ffff:192.0.2.1"],
  ])("makes %j with %i bits %j", (address, bits, network) => {
    expect(networkOf(address, bits)).toBe(network)
  })

  it("takes two addresses for one network where their first bits are the same, and only then", () => {
    const words = fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 })
    const numberOf = (groups: readonly number[]): bigint =>
      groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n)
    const text = (groups: readonly number[]): string => groups.map((group) => group.toString(16)).join(":")
    fc.assert(
      fc.property(
        words,
        words,
        fc.integer({ min: 0, max: 7 }),
        fc.integer({ min: 32, max: 128 }),
        (a, b, same, bits) => {
          // Nothing of IPv4 in them.
          const one = [0x2001, ...a.slice(1)]
          const other = [...one.slice(0, same + 1), ...b.slice(same + 1)]
          const shift = BigInt(128 - bits)
          const isSame = numberOf(one) >> shift === numberOf(other) >> shift
          expect(networkOf(text(one), bits) === networkOf(text(other), bits)).toBe(isSame)
        },
      ),
    )
  })
})
