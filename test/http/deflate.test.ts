import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { deflated, deflateOffered, inflated } from "../../src/http/deflate.ts"
import { HeaderList } from "../../src/http/header-list.ts"

const offered = (...lines: string[]) =>
  deflateOffered(new HeaderList(lines.flatMap((line) => ["sec-websocket-extensions", line])))

const terms = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

describe("deflateOffered()", () => {
  it.each([
    // Browsers, and Bun's own client.
    "permessage-deflate",
    "permessage-deflate; client_max_window_bits",
    "Permessage-Deflate;client_max_window_bits=10 ; server_no_context_takeover",
    'x-webkit-deflate-frame, permessage-deflate; client_max_window_bits="8"; client_no_context_takeover',
    "permessage-deflate; server_max_window_bits=8, permessage-deflate",
    "permessage-deflate; mystery=1, permessage-deflate; client_max_window_bits",
  ])("takes %s", (line) => {
    expect(offered(line)).toEqual({ answer: terms, windowBits: 15 })
  })

  it.each([9, 12, 15])("keeps to a window of %i bits, and says so", (bits) => {
    const agreed = offered(`permessage-deflate; server_max_window_bits=${bits}; client_max_window_bits=12`)
    expect(agreed).toEqual({ answer: `${terms}; server_max_window_bits=${bits}`, windowBits: bits })
  })

  it("takes the first that it can keep, of all lines", () => {
    expect(offered("permessage-bzip2", "permessage-deflate; server_max_window_bits=10, permessage-deflate")).toEqual({
      answer: `${terms}; server_max_window_bits=10`,
      windowBits: 10,
    })
  })

  it.each([
    "",
    "permessage-bzip2",
    "permessage-deflate2",
    "permessage-deflate; server_max_window_bits",
    "permessage-deflate; server_max_window_bits=8",
    "permessage-deflate; server_max_window_bits=16",
    "permessage-deflate; server_max_window_bits=09",
    "permessage-deflate; client_max_window_bits=7",
    "permessage-deflate; client_max_window_bits=",
    "permessage-deflate; server_no_context_takeover=1",
    "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
    "permessage-deflate; unheard_of",
    "permessage-deflate; constructor",
    "permessage-deflate;",
  ])("passes over what it cannot keep: %s", (line) => {
    expect(offered(line)).toBeUndefined()
  })

  it("agrees on nothing with who offers nothing", () => {
    expect(offered()).toBeUndefined()
  })
})

describe("deflated()", () => {
  it("gives what inflated() undoes, or nothing where it is no smaller", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(20),
        fc.integer({ min: 9, max: 15 }),
        (part, times, bits) => {
          const payload = Buffer.concat(Array.from({ length: times }, () => part))
          const made = deflated(payload, bits)
          if (!made) return
          expect(made.byteLength).toBeLessThan(payload.length)
          expect(Buffer.from(inflated(made, payload.length)).equals(payload)).toBe(true)
        },
      ),
    )
    expect(deflated("x".repeat(100), 15)?.byteLength).toBeLessThan(20)
    expect(deflated("", 15)).toBeUndefined()
    expect(deflated(crypto.getRandomValues(new Uint8Array(1000)), 15)).toBeUndefined()
  })

  it.each([9, 10, 12])("refers no further back than a window of %i bits", (bits) => {
    const noise = crypto.getRandomValues(new Uint8Array(400))
    const payload = Buffer.concat([noise, Buffer.alloc(2 ** bits), noise])
    // The second time costs as much as the first, where the first is out of sight.
    expect(deflated(payload, bits)?.byteLength).toBeGreaterThan(800)
    expect(deflated(payload, 15)?.byteLength).toBeLessThan(600)
  })
})

describe("inflated()", () => {
  it("reads the examples of RFC 7692", () => {
    const text = (...bytes: number[]) => Buffer.from(inflated(Buffer.from(bytes), 5)).toString()
    expect(text(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00)).toBe("Hello")
    // A block without compression; a last block; two blocks; nothing.
    expect(text(0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00)).toBe("Hello")
    expect(text(0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00)).toBe("Hello")
    expect(text(0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00)).toBe("Hello")
    expect(text(0x00)).toBe("")
    expect(text()).toBe("")
  })

  it("stops at the limit, with 1009", () => {
    const bomb = deflated(Buffer.alloc(50_000_000), 15) as Uint8Array
    for (const most of [0, 1, 1000]) expect(() => inflated(bomb, most)).toThrow(expect.objectContaining({ code: 1009 }))
  })

  it("refuses what was never compressed, with 1007", () => {
    expect(() => inflated(Buffer.from([0xff, 0xff]), 1000)).toThrow(expect.objectContaining({ code: 1007 }))
  })
})
