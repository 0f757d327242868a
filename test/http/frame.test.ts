import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { closePayload, frame, isCloseCode, opcodes } from "../../src/http/frame.ts"

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
