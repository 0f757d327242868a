import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { Outbox } from "../../../src/server/http1/outbox.ts"

/** A socket that takes so many bytes until it is given more room. */
class Narrow {
  room: number
  taken = ""
  closed = false

  constructor(room: number) {
    this.room = room
  }

  write(data: Uint8Array, offset = 0, length = data.byteLength - offset): number {
    if (this.closed) return -1
    const taken = Math.min(this.room, length)
    this.room -= taken
    this.taken += Buffer.from(data.subarray(offset, offset + taken)).toString("latin1")
    return taken
  }
}

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1")

describe("Outbox", () => {
  it("sends a head and its body, letters as bytes", () => {
    const socket = new Narrow(1000)
    const out = new Outbox(socket)
    out.send("h\u00e9\u00ff\r\n\r\n", bytes("body"))
    out.send("alone", null)
    expect(socket.taken).toBe("h\u00e9\u00ff\r\n\r\nbodyalone")
    expect(out).toMatchObject({ pending: false, full: false })
  })

  it("keeps what is not taken, in order, whatever it is, and says so", () => {
    const socket = new Narrow(3)
    const out = new Outbox(socket)
    out.send("head", bytes("body"))
    expect(out).toMatchObject({ pending: true, full: true })
    out.write(bytes("more"))
    out.send("next", null)
    out.send("last", bytes("end"))
    expect(out.take(bytes("not yet"), 0)).toBe(0)
    expect(out.flush()).toBe(false)
    for (let round = 0; round < 30 && out.pending; round++) {
      socket.room = 1
      out.flush()
    }
    expect(socket.taken).toBe("headbodymorenextlastend")
    expect(out.flush()).toBe(true)
    expect(out).toMatchObject({ pending: false, full: false })
  })

  it("takes what somebody else keeps, from a place in it, and says that the client is behind", () => {
    const socket = new Narrow(4)
    const out = new Outbox(socket)
    expect(out.take(bytes("abcd"), 2)).toBe(2)
    expect(out).toMatchObject({ pending: false, full: false })
    expect(out.take(bytes("efgh"), 0)).toBe(2)
    expect(out).toMatchObject({ pending: false, full: true })
    socket.room = 10
    expect(out.flush()).toBe(true)
    expect(out.full).toBe(false)
    expect(out.take(bytes("efgh"), 2)).toBe(2)
    expect(socket.taken).toBe("cdefgh")
  })

  it("forgets what nobody takes any more", () => {
    const socket = new Narrow(0)
    const out = new Outbox(socket)
    socket.closed = true
    out.send("head", bytes("body"))
    out.write(bytes("more"))
    expect(out.pending).toBe(false)
    expect(out.take(bytes("x"), 0)).toBe(-1)
  })

  it("keeps no view of memory that the next head is written to", () => {
    const socket = new Narrow(2)
    const out = new Outbox(socket)
    out.send("first head", bytes("first body"))
    const other = new Narrow(1000)
    new Outbox(other).send("X".repeat(100), bytes("Y".repeat(100)))
    socket.room = 1000
    out.flush()
    expect(socket.taken).toBe("first headfirst body")
  })

  it("loses, doubles and disorders nothing, for any room", () => {
    const text = fc.string({
      maxLength: 40,
      unit: fc.integer({ min: 97, max: 122 }).map((code) => String.fromCharCode(code)),
    })
    const large = fc.integer({ min: 16_380, max: 40_000 }).map((size) => "L".repeat(size))
    const act = fc.record({
      how: fc.constantFrom("send", "write", "take", "flush"),
      one: text,
      two: fc.oneof(text, large),
    })
    fc.assert(
      fc.property(fc.array(fc.tuple(act, fc.nat(60_000)), { maxLength: 20 }), (acts) => {
        const socket = new Narrow(0)
        const out = new Outbox(socket)
        let sent = ""
        for (const [{ how, one, two }, room] of acts) {
          socket.room = room
          if (how === "send") {
            out.send(one, two === "" ? null : bytes(two))
            sent += one + two
          } else if (how === "write") {
            out.write(bytes(two))
            sent += two
          } else if (how === "take") sent += one.slice(0, out.take(bytes(one), 0))
          else expect(out.flush()).toBe(!out.pending)
        }
        socket.room = Number.POSITIVE_INFINITY
        expect(out.flush()).toBe(true)
        expect(socket.taken === sent).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})
