import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { FrameError, FrameParser } from "../../src/http/frame-parser.ts"

type Told = ["message", string | Buffer] | ["ping" | "pong", string] | ["close", number, string]

/** What a parser tells of bytes that come in these pieces. */
function told(pieces: readonly (string | Uint8Array)[], maxMessage = 1000): Told[] {
  const all: Told[] = []
  const parser = new FrameParser(
    {
      message: (data) => all.push(["message", typeof data === "string" ? data : Buffer.from(data)]),
      ping: (data) => all.push(["ping", Buffer.from(data).toString()]),
      pong: (data) => all.push(["pong", Buffer.from(data).toString()]),
      close: (code, reason) => all.push(["close", code, reason]),
    },
    maxMessage,
  )
  for (const piece of pieces) parser.push(typeof piece === "string" ? Buffer.from(piece, "latin1") : piece)
  return all
}

/** A frame of a server. */
function served(first: number, payload: string | Uint8Array): Buffer {
  const bytes = Buffer.from(payload)
  const head = bytes.length < 126 ? [first, bytes.length] : [first, 126, bytes.length >> 8, bytes.length & 255]
  return Buffer.concat([Buffer.from(head), bytes])
}

describe("FrameParser", () => {
  it("reads messages, pings, pongs and the end", () => {
    expect(told(["\x81\x02hi\x82\x01\xff\x89\x01a\x8a\x01b\x88\x05\x03\xe8bye"])).toEqual([
      ["message", "hi"],
      ["message", Buffer.from([255])],
      ["ping", "a"],
      ["pong", "b"],
      ["close", 1000, "bye"],
    ])
  })

  it("reads empty messages, and a close frame without a code", () => {
    expect(told(["\x81\0\x82\0\x88\0"])).toEqual([
      ["message", ""],
      ["message", Buffer.alloc(0)],
      ["close", 1005, ""],
    ])
  })

  it("says nothing of what follows a close frame", () => {
    expect(told(["\x88\0\x81\x02hi", "\x83nonsense"])).toEqual([["close", 1005, ""]])
  })

  it("tells the same however the bytes are cut and the messages are split", () => {
    const message = fc.record({
      text: fc.boolean(),
      parts: fc.array(fc.string({ unit: "grapheme", maxLength: 200 }), { minLength: 1, maxLength: 4 }),
      between: fc.constantFrom("", "ping", "pong"),
    })
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), fc.array(fc.nat(50)), (messages, cuts) => {
        const expected: Told[] = []
        const frames = messages.flatMap(({ text, parts, between }) => {
          const whole = parts.join("")
          const made = parts.flatMap((part, at) => {
            const opcode = at > 0 ? 0 : text ? 1 : 2
            const last = at === parts.length - 1
            const control = between === "" || last ? [] : [served(between === "ping" ? 0x89 : 0x8a, "x")]
            if (control.length > 0) expected.push([between as "ping" | "pong", "x"])
            return [served((last ? 0x80 : 0) | opcode, part), ...control]
          })
          expected.push(["message", text ? whole : Buffer.from(whole)])
          return made
        })
        const bytes = Buffer.concat(frames)
        const pieces: Buffer[] = []
        let at = 0
        for (const cut of cuts) {
          pieces.push(bytes.subarray(at, at + cut))
          at += cut
        }
        expect(told([...pieces, bytes.subarray(at)], 100_000)).toEqual(expected)
      }),
    )
  })

  it("reads every byte on its own", () => {
    const bytes = Buffer.concat([served(0x01, "grü"), served(0x89, "p"), served(0x80, "x".repeat(300))])
    expect(told([...bytes].map((byte) => Buffer.from([byte])))).toEqual([
      ["ping", "p"],
      ["message", `grü${"x".repeat(300)}`],
    ])
  })

  it("keeps many small frames of one message", () => {
    const many = Array.from({ length: 5000 }, (_, n) => served(n === 0 ? 0x02 : 0x00, String(n % 10)))
    const [[, message] = []] = told([...many, served(0x80, "")], 5000)
    expect(String(message)).toBe("0123456789".repeat(500))
  })

  const refused: [string, string, FrameError["code"]][] = [
    ["a reserved bit", "\xc1\0", 1002],
    ["an unknown opcode for data", "\x83\0", 1002],
    ["an unknown opcode for control", "\x8b\0", 1002],
    ["a masked frame", "\x81\x80\0\0\0\0", 1002],
    ["a control frame in pieces", "\x09\0", 1002],
    ["a control frame that is too long", "\x89\x7e\0\x7e", 1002],
    ["a continuation of nothing", "\x80\0", 1002],
    ["a message within another", "\x01\0\x81\0", 1002],
    ["a length that is longer than it need be", "\x82\x7e\0\x7d", 1002],
    ["a longer one, too", "\x82\x7f\0\0\0\0\0\0\xff\xff", 1002],
    ["a length with its first bit set", "\x82\x7f\x80\0\0\0\0\0\0\0", 1002],
    ["a close frame with half a code", "\x88\x01\x03", 1002],
    ["a close code that no frame may carry", "\x88\x02\x03\xed", 1002],
    ["a close code that is none", "\x88\x02\x13\x88", 1002],
    ["a text that is not UTF-8", "\x81\x02\xc3\x28", 1007],
    ["half a letter at the end of a text", "\x01\x01\xc3\x80\0", 1007],
    ["a surrogate in a text", "\x81\x03\xed\xa0\x80", 1007],
    ["a reason that is not UTF-8", "\x88\x03\x03\xe8\xff", 1007],
    ["a message that is too large", "\x82\x7e\x03\xe9", 1009],
    ["a message that is too large in all", `\x02\x7e\x03\xe8${"x".repeat(1000)}\x80\x01`, 1009],
  ]
  it.each(refused)("refuses %s", (_, bytes, code) => {
    let thrown: unknown
    try {
      told([bytes])
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(FrameError)
    expect(thrown).toMatchObject({ code })
  })

  it("takes a message that is exactly as large as allowed", () => {
    expect(told([served(0x82, "x".repeat(1000))])).toEqual([["message", Buffer.alloc(1000, "x")]])
  })

  it("keeps a mark at the beginning of a text", () => {
    expect(told(["\x81\x03\xef\xbb\xbf"])).toEqual([["message", "\ufeff"]])
  })
})
