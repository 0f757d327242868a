import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { type Network, networkNames, networkSet, networksOf } from "../../src/http/networks.ts"
import { referenceAddress } from "./reference-address.ts"

const sound = (text: string): readonly Network[] => {
  const found = networksOf(text)
  return "wrong" in found ? expect.fail(`${text}: ${found.wrong}`) : found
}

const textOf = (family: 4 | 6, value: bigint): string =>
  family === 4
    ? [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join(".")
    : Array.from({ length: 8 }, (_, at) => ((value >> BigInt(112 - at * 16)) & 0xffffn).toString(16)).join(":")

/** A range with the address that it begins with, as a config writes it. */
const range = fc
  .tuple(fc.constantFrom<4 | 6>(4, 6), fc.bigInt(0n, (1n << 128n) - 1n), fc.nat())
  .map(([family, number, length]) => {
    const bits = family === 4 ? 32 : 128
    const prefix = length % (bits + 1)
    // Few bits, so that ranges meet and are met.
    const seed = (number % 16n) << BigInt(bits - 4)
    const first = (seed >> BigInt(bits - prefix)) << BigInt(bits - prefix)
    return { family, first, prefix, text: `${textOf(family, first)}/${prefix}` }
  })

describe("networkSet()", () => {
  it("has the addresses that a slow reference finds in one of the ranges, and no others", () => {
    const address = fc
      .tuple(fc.constantFrom<4 | 6>(4, 6), fc.bigInt(0n, 15n), fc.bigInt(0n, 3n), fc.boolean())
      .map(([family, high, low, end]) => {
        const bits = BigInt(family === 4 ? 32 : 128)
        const value = (high << (bits - 4n)) + (end ? (1n << (bits - 4n)) - 1n - low : low)
        return textOf(family, value)
      })
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), fc.array(address, { minLength: 1 }), (ranges, addresses) => {
        const set = networkSet(ranges.flatMap(({ text }) => sound(text)))
        for (const text of addresses) {
          const asked = referenceAddress(text) ?? expect.fail()
          const inside = ranges.some(({ family, first, prefix }) => {
            const size = 1n << BigInt((family === 4 ? 32 : 128) - prefix)
            return family === asked.family && asked.value >= first && asked.value < first + size
          })
          expect(set.has(text), text).toBe(inside)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it("knows neither yes nor no for what is no address", () => {
    const set = networkSet(sound("any"))
    for (const text of ["", "unknown", "10.0.0", "10.0.0.1, 10.0.0.2"]) expect(set.has(text)).toBeUndefined()
    expect(set.has("10.0.0.1")).toBe(true)
  })

  it("knows IPv4 by both of its names, and that no range of IPv6 has it", () => {
    const set = networkSet(sound("10.0.0.0/8"))
    expect(set.has("::ffff:10.1.2.3")).toBe(true)
    expect(networkSet(sound("::ffff:10.0.0.0/104")).has("10.1.2.3")).toBe(true)
    expect(networkSet(sound("::/0")).has("10.1.2.3")).toBe(false)
  })

  it("knows whether it has everything", () => {
    expect(networkSet(["0.0.0.0/1", "128.0.0.0/1"].flatMap(sound)).everything).toBe(true)
    expect(networkSet(sound("::/0")).everything).toBe(true)
    expect(networkSet(["0.0.0.0/1", "::/1"].flatMap(sound)).everything).toBe(false)
    expect(networkSet([]).everything).toBe(false)
  })
})

describe("networksOf()", () => {
  it("knows networks by their names", () => {
    for (const name of networkNames) expect(sound(name).length).toBeGreaterThan(1)
    const loopback = networkSet(sound("loopback"))
    expect(["127.0.0.1", "::1", "127.255.0.1"].every((one) => loopback.has(one))).toBe(true)
    expect(networkSet(sound("private")).has("172.32.0.1")).toBe(false)
  })

  it.each([
    ["10.0.0.1/8", "it is an address inside the range, not its first"],
    ["2001:db8::1/64", "it is an address inside the range, not its first"],
    ["10.0.0.0/33", '"/" is followed by a number from 0 to 32'],
    ["10.0.0.0/", '"/" is followed by a number from 0 to 32'],
    ["10.0.0.0/08", '"/" is followed by a number from 0 to 32'],
    ["::/129", '"/" is followed by a number from 0 to 128'],
    ["::ffff:10.0.0.0/8", '"/" is followed by a number from 96 to 128'],
    ["fe80::1%eth0", "it is no address"],
    ["example.com", "it is no address"],
    ["constructor", "it is no address"],
    ["10.0.0", "it is no address"],
  ])("refuses %j: %s", (text, wrong) => {
    expect(networksOf(text)).toEqual({ wrong })
  })
})
