import fc from "fast-check"
import { describe, expect, it } from "vitest"

import {
  closePayload,
  frame,
  headSize,
  isCloseCode,
  opcodes,
  sizeOf,
  unmask,
  writeFrame,
} from "../../src/http/frame.ts"

/** A client's frame taken apart by the book, byte for byte. */
function unmasked(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const short = view.getUint8(1) & 0x7f
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0
  const length = extra === 0 ? short : extra === 2 ? view.getUint16(2) : Number(view.getBigUint64(2))
  const key = bytes.subarray(2 + extra, 6 + extra)
  const payload = bytes.subarray(6 + extra).map((byte, at) => byte ^ (key[at % 4] as number))
  return {
    first: view.getUint8(0),
    masked: view.getUint8(1) >= 0x80,
    extra,
    length,
    key,
    payload: Buffer.from(payload),
  }
}

describe("frame()", () => {
  it.each([0, 1, 2, 3, 4, 5, 125, 126, 127, 65535, 65536, 100_001])("masks a payload of %i bytes", (length) => {
    const payload = Buffer.alloc(length, "abcdefg")
    const read = unmasked(frame(opcodes.binary, payload))
    expect(read).toMatchObject({ first: 0x82, masked: true, length })
    expect(read.extra).toBe(length < 126 ? 0 : length < 65536 ? 2 : 8)
    expect(read.payload.equals(payload)).toBe(true)
  })

  it("carries any text and any bytes", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.uint8Array({ maxLength: 300 })), (payload) => {
        const read = unmasked(frame(opcodes.text, payload))
        const expected = typeof payload === "string" ? Buffer.from(payload) : Buffer.from(payload)
        expect(read.payload.equals(expected)).toBe(true)
        expect(read.length).toBe(expected.length)
      }),
    )
  })

  it("takes another key for each frame", () => {
    const keys = Array.from({ length: 1000 }, () => unmasked(frame(opcodes.ping, "")).key.join())
    expect(new Set(keys).size).toBeGreaterThan(990)
  })
})

describe("writeFrame()", () => {
  it.each([0, 1, 125, 126, 65535, 65536])("writes a payload of %i bytes without a mask, and nothing else", (size) => {
    const payload = Buffer.alloc(size, "abcdefg")
    const target = Buffer.alloc(size + 30, 0xee)
    const end = writeFrame(target, 7, opcodes.binary, payload, size, false)
    expect(end).toBe(7 + headSize(size) + size)
    expect(target.subarray(0, 7).equals(Buffer.alloc(7, 0xee))).toBe(true)
    expect(target.subarray(end).equals(Buffer.alloc(target.length - end, 0xee))).toBe(true)
    const short = size < 126 ? size : size < 65536 ? 126 : 127
    expect([target[7], target[8]]).toEqual([0x82, short])
    if (short === 126) expect(target.readUInt16BE(9)).toBe(size)
    if (short === 127) expect(target.readBigUInt64BE(9)).toBe(BigInt(size))
    expect(target.subarray(end - size, end).equals(payload)).toBe(true)
  })

  it("writes any text, and says when it is compressed", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.boolean(), (text, compressed) => {
        const size = sizeOf(text)
        const target = Buffer.alloc(headSize(size) + size)
        expect(writeFrame(target, 0, opcodes.text, text, size, compressed)).toBe(target.length)
        expect(target[0]).toBe(compressed ? 0xc1 : 0x81)
        expect(target.subarray(headSize(size)).equals(Buffer.from(text))).toBe(true)
      }),
    )
  })
})

describe("unmask()", () => {
  it("undoes any mask at any place, and touches nothing else", () => {
    const bytes = fc.uint8Array({ maxLength: 300 })
    const key = fc.uint8Array({ minLength: 4, maxLength: 4 })
    fc.assert(
      fc.property(bytes, key, fc.nat(9), (payload, mask, from) => {
        const around = new Uint8Array(payload.length + from + 3).fill(0xee)
        const masked = around.subarray(from, from + payload.length)
        masked.set(payload.map((byte, at) => byte ^ (mask[at % 4] as number)))
        unmask(masked, new DataView(mask.buffer, mask.byteOffset).getInt32(0, true))
        expect(masked).toEqual(payload)
        expect(around.filter((_, at) => at < from || at >= from + payload.length).every((byte) => byte === 0xee)).toBe(
          true,
        )
      }),
    )
  })
})

describe("closePayload()", () => {
  it("says code and reason", () => {
    expect(Buffer.from(closePayload(4001, "bye")).toString("latin1")).toBe("\x0f\xa1bye")
  })

  it("says nothing for a code that no frame may carry", () => {
    for (const code of [0, 999, 1004, 1005, 1006, 1015, 2999, 5000]) {
      expect(closePayload(code, "why").length).toBe(0)
      expect(isCloseCode(code)).toBe(false)
    }
  })

  it("cuts a reason that is too long between two letters", () => {
    const made = Buffer.from(closePayload(1000, "ä".repeat(100)))
    expect(made.length).toBe(2 + 122)
    expect(made.toString("utf8", 2)).toBe("ä".repeat(61))
  })
})
