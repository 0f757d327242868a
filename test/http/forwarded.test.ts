import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { forwardedHops, nodeAddress, xForwardedHops } from "../../src/http/forwarded.ts"

describe("nodeAddress()", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["192.0.2.1:8080", "192.0.2.1"],
    ["2001:DB8::1", "2001:db8::1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["[2001:db8::1]:443", "2001:db8::1"],
    ["[fe80::1%eth0]:443", "fe80::1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["[::ffff:192.0.2.1]:1", "192.0.2.1"],
  ])("finds the address in %j", (node, address) => {
    expect(nodeAddress(node)).toBe(address)
  })

  it.each([
    "",
    "unknown",
    "_hidden",
    "shop.example",
    "192.0.2.1:",
    "192.0.2.1:port",
    "[192.0.2.1]",
    "[::1",
    "::1]",
    "[::1]80",
    "192.0.2.1 ",
  ])("finds none in %j", (node) => {
    expect(nodeAddress(node)).toBeUndefined()
  })
})

describe("forwardedHops()", () => {
  const hop = (client: string | undefined, scheme?: string, host?: string) => ({ client, scheme, host })

  it.each([
    ["for=192.0.2.1", [hop("192.0.2.1")]],
    ['For="[2001:db8:cafe::17]:4711"', [hop("2001:db8:cafe::17")]],
    [
      "for=192.0.2.43, for=198.51.100.17;by=203.0.113.60;proto=http;host=example.com",
      [hop("192.0.2.43"), hop("198.51.100.17", "http", "example.com")],
    ],
    ['for=192.0.2.1;host="shop.example:8443" ; PROTO=https', [hop("192.0.2.1", "https", "shop.example:8443")]],
    ['for="192.0.2.1\\"", for=_x;proto=https', [hop(undefined), hop(undefined, "https")]],
    ['for="a, for=10.0.0.1", for=192.0.2.1', [hop(undefined), hop("192.0.2.1")]],
    ["for=192.0.2.1:80, for=[::1]:80", [hop("192.0.2.1"), hop("::1")]],
    [", ,for=192.0.2.1;,", [hop("192.0.2.1")]],
    ["proto=https", [hop(undefined, "https")]],
    ["", []],
  ])("reads %j", (header, hops) => {
    expect(forwardedHops(header)).toEqual(hops)
  })

  it.each(['for="192.0.2.1', "for=192.0.2.1 for=10.0.0.1", "for=1;for=2", "for", "for =1", "=1", 'for="a"b', "for=é"])(
    "refuses %j as a whole",
    (header) => {
      expect(forwardedHops(header)).toBeUndefined()
    },
  )

  it("gives back what was written, in quotes or not", () => {
    const quoted = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`
    const value = fc.string({ unit: fc.constantFrom(...'ab1.:;,=\\" []\t'), maxLength: 12 })
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 4 }), (values) => {
        const header = values.map(([host, proto]) => `host=${quoted(host)};proto=${quoted(proto)}`).join(", ")
        expect(forwardedHops(header)).toEqual(values.map(([host, proto]) => hop(undefined, proto, host)))
      }),
    )
  })

  it("ends, whatever it is given", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'for=;,"\\ 1.'), maxLength: 200 }), (header) => {
        const hops = forwardedHops(header)
        expect(hops === undefined || hops.length <= header.length).toBe(true)
      }),
    )
  })
})

describe("xForwardedHops()", () => {
  it("puts schemes and hosts beside the addresses where there are as many, and takes the last for all elsewhere", () => {
    expect(xForwardedHops("192.0.2.1, 10.0.0.1", "https,http", "a.example")).toEqual([
      { client: "192.0.2.1", scheme: "https", host: "a.example" },
      { client: "10.0.0.1", scheme: "http", host: "a.example" },
    ])
    expect(xForwardedHops("192.0.2.1", "https, http", "")).toEqual([
      { client: "192.0.2.1", scheme: "http", host: undefined },
    ])
    expect(xForwardedHops(" , ", "https", "a")).toEqual([])
  })
})
