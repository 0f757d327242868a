import { constants, deflateRawSync } from "node:zlib"

import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { inflated } from "../../src/http/deflate.ts"
import { FrameError, FrameParser, type Reading } from "../../src/http/frame-parser.ts"
import { frame, opcodes } from "../../src/http/frame.ts"

type Told = ["message", string | Buffer] | ["ping" | "pong", string] | ["close", number, string]

/** What a parser tells of bytes that come in these pieces. */
function told(pieces: readonly (string | Uint8Array)[], reading: Partial<Reading> = {}): Told[] {
  const all: Told[] = []
  const parser = new FrameParser(
    {
      message: (data) => all.push(["message", typeof data === "string" ? data : Buffer.from(data)]),
      ping: (data) => all.push(["ping", Buffer.from(data).toString()]),
      pong: (data) => all.push(["pong", Buffer.from(data).toString()]),
      close: (code, reason) => all.push(["close", code, reason]),
    },
    { from: "server", maxMessage: 1000, ...reading },
  )
  for (const piece of pieces) parser.push(typeof piece === "string" ? Buffer.from(piece, "latin1") : piece)
  return all
}

/** With which code the bytes are refused; undefined when they are not. */
function refusal(...asked: Parameters<typeof told>): FrameError["code"] | undefined {
  try {
    told(...asked)
  } catch (error) {
    if (error instanceof FrameError) return error.code
    throw error
  }
  return undefined
}

/** A frame of a server. */
function served(first: number, payload: string | Uint8Array): Buffer {
  const bytes = Buffer.from(payload)
  const head = bytes.length < 126 ? [first, bytes.length] : [first, 126, bytes.length >> 8, bytes.length & 255]
  return Buffer.concat([Buffer.from(head), bytes])
}

/** The same frame as a client sends it. */
function masked(bytes: Uint8Array, key: readonly number[] = [1, 2, 3, 0xf4]): Buffer {
  const [first = 0, short = 0] = bytes
  const start = short === 126 ? 4 : 2
  const payload = bytes.slice(start).map((byte, at) => byte ^ (key[at % 4] as number))
  return Buffer.concat([Buffer.from([first, short | 0x80]), bytes.slice(2, start), Buffer.from(key), payload])
}

/** The bytes in pieces of these sizes, and the rest. */
function cutUp(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  let at = 0
  for (const cut of cuts) {
    pieces.push(bytes.subarray(at, at + cut))
    at += cut
  }
  return [...pieces, bytes.subarray(at)]
}

/** A payload as RFC 7692 compresses it. */
const squeezed = (payload: string | Uint8Array): Buffer =>
  deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)

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
      compressed: fc.boolean(),
      parts: fc.array(fc.string({ unit: "grapheme", maxLength: 200 }), { minLength: 1, maxLength: 4 }),
      between: fc.constantFrom("", "ping", "pong"),
    })
    const key = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255))
    const from = fc.constantFrom<"client" | "server">("client", "server")
    fc.assert(
      fc.property(
        from,
        key,
        fc.array(message, { maxLength: 5 }),
        fc.array(fc.nat(50)),
        (side, bits, messages, cuts) => {
          const expected: Told[] = []
          const frames = messages.flatMap(({ text, compressed, parts, between }) => {
            const whole = parts.join("")
            // Compressed as one, then cut anywhere.
            const sent = compressed
              ? cutUp(
                  squeezed(whole),
                  parts.slice(1).map((part) => part.length >> 2),
                )
              : parts
            const made = sent.flatMap((part, at) => {
              const opcode = at > 0 ? 0 : (text ? 1 : 2) | (compressed ? 0x40 : 0)
              const last = at === sent.length - 1
              const control = between === "" || last ? [] : [served(between === "ping" ? 0x89 : 0x8a, "x")]
              if (control.length > 0) expected.push([between as "ping" | "pong", "x"])
              return [served((last ? 0x80 : 0) | opcode, part), ...control]
            })
            expected.push(["message", text ? whole : Buffer.from(whole)])
            return made
          })
          const bytes = Buffer.concat(side === "client" ? frames.map((one) => masked(one, bits)) : frames)
          expect(told(cutUp(bytes, cuts), { from: side, maxMessage: 100_000, inflate: inflated })).toEqual(expected)
        },
      ),
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
    const [[, message] = []] = told([...many, served(0x80, "")], { maxMessage: 5000 })
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
  it.each(refused)("refuses %s", (_, bytes, code) => expect(refusal([bytes])).toBe(code))

  it("refuses of a client what is not masked", () => {
    expect(refusal(["\x81\x02hi"], { from: "client" })).toBe(1002)
  })

  const hello = squeezed("hello")
  const refusedOfClients: [string, Uint8Array, FrameError["code"]][] = [
    ["another reserved bit", served(0xa1, "hi"), 1002],
    [
      "compression from the middle of a message on",
      Buffer.concat([served(0x01, "a"), served(0xc0, hello)].map((one) => masked(one))),
      1002,
    ],
    ["a compressed ping", served(0xc9, hello), 1002],
    ["what cannot be decompressed", served(0xc1, "\xff\xff"), 1007],
    ["a compressed text that is not UTF-8", served(0xc1, squeezed(Buffer.from([0xc3, 0x28]))), 1007],
    ["a text that is not UTF-8", served(0x81, Buffer.from([0xc3, 0x28])), 1007],
    ["a message that is too large once it is decompressed", served(0xc2, squeezed("x".repeat(1001))), 1009],
    ["a message that is far too large once it is decompressed", served(0xc2, squeezed("x".repeat(900_000))), 1009],
    ["a compressed message that is too large before", served(0xc2, Buffer.alloc(1200)), 1009],
  ]
  it.each(refusedOfClients)("refuses of a client that may compress: %s", (_, bytes, code) => {
    const sent = ((bytes[1] ?? 0) & 0x80) === 0 ? masked(bytes) : bytes
    expect(refusal([sent], { from: "client", inflate: inflated })).toBe(code)
  })

  it("refuses compression that was not agreed on", () => {
    expect(refusal([masked(served(0xc1, hello))], { from: "client" })).toBe(1002)
  })

  it("reads compressed messages that are as large as allowed, however little they can be compressed", () => {
    const noise = crypto.getRandomValues(new Uint8Array(1000))
    const frames = ["x".repeat(1000), noise].map((one) => masked(served(0xc2, squeezed(one))))
    expect(told(frames, { from: "client", inflate: inflated })).toEqual([
      ["message", Buffer.alloc(1000, "x")],
      ["message", Buffer.from(noise)],
    ])
  })

  it("reads what frame() makes, wherever in memory it lies and however it is cut", () => {
    const payload = Buffer.from(Array.from({ length: 70_000 }, (_, n) => n % 251))
    for (const size of [0, 1, 63, 64, 65, 66, 67, 125, 126, 1000, 65_535, 65_536, 70_000])
      for (const shift of [0, 1, 2, 3]) {
        const made = frame(opcodes.binary, payload.subarray(0, size))
        const moved = Buffer.concat([Buffer.alloc(shift), made]).subarray(shift)
        const pieces = [moved.subarray(0, shift * 1000), moved.subarray(shift * 1000)]
        const [[, message] = []] = told(pieces, { from: "client", maxMessage: 70_000 })
        expect(payload.subarray(0, size).equals(message as Buffer)).toBe(true)
      }
  })

  it("hold() keeps what came, in order, until release()", () => {
    const all: string[] = []
    const parser: FrameParser = new FrameParser(
      {
        message(data) {
          all.push(String(data))
          parser.hold()
          if (data === "goes on") parser.release()
        },
        ping() {},
        pong() {},
        close: (code) => all.push(`closed ${code}`),
      },
      { from: "server", maxMessage: 1000 },
    )
    parser.push(Buffer.from("\x81\x07goes on\x81\x03one\x81\x03t", "latin1"))
    expect(all).toEqual(["goes on", "one"])
    parser.push(Buffer.from("wo\x81\x05three\x88", "latin1"))
    parser.push(Buffer.from("\0", "latin1"))
    expect(all).toEqual(["goes on", "one"])
    parser.release()
    expect(all).toEqual(["goes on", "one", "two"])
    parser.release()
    parser.release()
    expect(all).toEqual(["goes on", "one", "two", "three", "closed 1005"])
  })

  it("takes a message that is exactly as large as allowed", () => {
    expect(told([served(0x82, "x".repeat(1000))])).toEqual([["message", Buffer.alloc(1000, "x")]])
  })

  it("keeps a mark at the beginning of a text", () => {
    expect(told(["\x81\x03\xef\xbb\xbf"])).toEqual([["message", "\ufeff"]])
  })
})
