import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

import { deflateOffered, inflated } from "../../../src/http/deflate.ts"
import { FrameParser } from "../../../src/http/frame-parser.ts"
import { frame, type Opcode, opcodes } from "../../../src/http/frame.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { Outbox } from "../../../src/server/http1/outbox.ts"
import { WebSocketEnd } from "../../../src/server/http1/websocket-end.ts"
import { EchoTunnel } from "./echo-end.ts"

const deflate = deflateOffered(new HeaderList(["sec-websocket-extensions", "permessage-deflate"]))

const ends: WebSocketEnd[] = []

/** An end whose socket takes so many bytes, and writes down what it is told. */
function end({ room = Number.POSITIVE_INFINITY, compressing = false, maxMessage = 1000 } = {}) {
  let left = room
  const done: string[] = []
  const wire: Buffer[] = []
  const note = (what: string) => () => void done.push(what)
  let closed = false
  const socket = {
    write(data: Uint8Array, offset = 0, length = data.byteLength - offset) {
      if (closed) return -1
      const taken = Math.min(left, length)
      left -= taken
      // A copy, as the system makes one.
      if (taken > 0) wire.push(Buffer.from(data.slice(offset, offset + taken)))
      return taken
    },
    pause: note("pause"),
    resume: note("resume"),
    end() {
      done.push("end")
      closed = true
    },
    shutdown: note("shutdown"),
    terminate: note("terminate"),
  }
  const out = new Outbox(socket)
  const tunnel = new EchoTunnel()
  const gone = vi.fn()
  const made = new WebSocketEnd(socket, out, tunnel, { maxMessage, deflate: compressing ? deflate : undefined }, gone)
  tunnel.join(made)
  ends.push(made)
  return {
    made,
    tunnel,
    out,
    done,
    left: gone,
    /** What was written, each time. */
    wire,
    /** The client sends frames, all at once. */
    says: (...frames: [opcode: Opcode, payload: string | Uint8Array][]) =>
      made.received(Buffer.concat(frames.map(([opcode, payload]) => frame(opcode, payload)))),
    /** The client takes so many bytes more. */
    drain(more: number) {
      left += more
      made.drained()
    },
    /** What the client reads in what was written since. */
    reads(): string[] {
      const all: string[] = []
      const parser = new FrameParser(
        {
          message: (data) => all.push(typeof data === "string" ? data : `bytes ${Buffer.from(data).toString()}`),
          ping: (data) => all.push(`ping ${Buffer.from(data).toString()}`.trim()),
          pong: (data) => all.push(`pong ${Buffer.from(data).toString()}`.trim()),
          close: (code, reason) => all.push(`close ${code} ${reason}`.trim()),
        },
        { from: "server", maxMessage: 10_000_000, inflate: inflated },
      )
      for (const piece of wire.splice(0)) parser.push(piece)
      return all
    },
  }
}

const { text, binary, ping, pong, close } = opcodes

describe("WebSocketEnd", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    for (const one of ends.splice(0)) one.gone()
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  it("writes at once what answers frames that came at once, and what cork() sends", () => {
    const { made, wire, says, reads } = end()
    says([text, "one"], [binary, "two"], [ping, "three"])
    made.cork(() => {
      made.send("four", false)
      made.cork(() => made.ping(Buffer.from("five")))
      expect(wire).toHaveLength(1)
    })
    made.send("six", false)
    expect(wire).toHaveLength(3)
    expect(reads()).toEqual(["one", "bytes two", "pong three", "four", "ping five", "six"])
  })

  it("keeps the frames of two ends apart that cork() within each other", () => {
    const [one, other] = [end(), end()]
    one.made.cork(() => {
      one.made.send("a", false)
      other.made.cork(() => {
        other.made.send("b", false)
        one.made.send("c", false)
      })
      other.made.send("d", false)
      one.made.send("e", false)
    })
    expect([one.reads(), other.reads()]).toEqual([
      ["a", "c", "e"],
      ["b", "d"],
    ])
  })

  it("sends in order what is larger than all that is gathered", () => {
    const { made, reads } = end()
    const sizes = [10, 40_000, 30_000, 70_000, 65_000, 1, 200_000, 65_526, 65_527, 5]
    made.cork(() => {
      for (const size of sizes) made.send("x".repeat(size), false)
    })
    expect(reads().map(({ length }) => length)).toEqual(sizes)
  })

  it("gives back what was gathered to nobody else when a tunnel fails", () => {
    const { made, reads } = end()
    const failing = () =>
      made.cork(() => {
        made.send("before", false)
        throw new Error("broken")
      })
    expect(failing).toThrow("broken")
    made.send("after", false)
    expect(reads()).toEqual(["before", "after"])
  })

  it("send() says -1 until the client has taken everything, and drops nothing", () => {
    const { made, tunnel, reads, drain } = end({ room: 8 })
    expect(made.send("hello", false)).toBe(1)
    expect(made.send("world", false)).toBe(-1)
    made.cork(() => expect(made.send("again", false)).toBe(-1))
    drain(5)
    expect(tunnel.told).toEqual([])
    drain(100)
    expect(tunnel.told).toEqual(["drained"])
    expect(made.send("fine", false)).toBe(1)
    expect(reads()).toEqual(["hello", "world", "again", "fine"])
  })

  it("keeps what a client has not taken from what others send", () => {
    const [slow, other] = [end({ room: 4 }), end()]
    slow.made.cork(() => slow.made.send("for the slow one", false))
    other.made.cork(() => other.made.send("something else, and longer", false))
    slow.drain(100)
    expect(slow.reads()).toEqual(["for the slow one"])
  })

  it("waits with its frames behind what was to be sent before", () => {
    const { made, out, wire, drain } = end({ room: 2 })
    out.write(Buffer.from("head"))
    made.cork(() => made.send("hi", false))
    drain(100)
    expect(Buffer.concat(wire).toString("latin1")).toBe("head\x81\x02hi")
  })

  it("answers only the last ping of a client that reads nothing", () => {
    const { tunnel, says, reads, drain, made } = end({ room: 0 })
    made.send("wait", false)
    for (let n = 0; n < 1000; n++) says([ping, String(n)])
    expect(tunnel.told).toHaveLength(1000)
    drain(10_000)
    expect(reads()).toEqual(["wait", "pong 999"])
  })

  it("compresses what it is asked to, where that was agreed on and makes it smaller", () => {
    const long = "x".repeat(2000)
    const agreed = end({ compressing: true })
    agreed.made.send(long, true)
    agreed.made.send(long, false)
    agreed.made.send(new Uint8Array(Buffer.from(long)), true)
    agreed.made.send("hi", true)
    expect(agreed.wire.map((piece) => piece[0])).toEqual([0xc1, 0x81, 0xc2, 0x81])
    expect(agreed.wire[0]?.length).toBeLessThan(50)
    expect(agreed.reads()).toEqual([long, long, `bytes ${long}`, "hi"])
    const other = end()
    other.made.send(long, true)
    expect(other.wire[0]?.[0]).toBe(0x81)
  })

  it("answers a close, tells the tunnel once, and ends when its answer is sent", () => {
    const { tunnel, done, left, says, reads, drain, made } = end({ room: 3 })
    says([text, "one"], [close, Buffer.from("\x0f\xa1bye", "latin1")], [text, "late"])
    expect(tunnel.told).toEqual(["closed 4001 bye"])
    expect([made.send("late", false), made.ping(new Uint8Array()), done]).toEqual([0, 0, []])
    drain(100)
    expect([done, reads()]).toEqual([["end"], ["one", "close 4001 bye"]])
    says([text, "later"])
    made.close(1000, "")
    made.gone()
    expect([tunnel.told, left.mock.calls.length, reads()]).toEqual([["closed 4001 bye"], 1, []])
  })

  it("close() says so, waits for the answer, and hands on nothing any more", () => {
    const { tunnel, done, left, says, reads, made } = end()
    made.close(1012, "The config changed.")
    made.close(1000, "again")
    says([text, "late"], [ping, "late"], [pong, "late"])
    expect([reads(), tunnel.told, done]).toEqual([["close 1012 The config changed."], [], []])
    says([close, Buffer.from("\x03\xf4", "latin1")])
    expect([reads(), tunnel.told, done, left.mock.calls.length]).toEqual([[], ["closed 1012"], ["end"], 1])
  })

  it("close() reads on where reading was stopped, to come to the answer", () => {
    const { tunnel, done, says, made } = end()
    made.pause()
    says([text, "one"], [close, ""])
    made.close(1001, "")
    expect([tunnel.told, done]).toEqual([["closed 1005"], ["pause", "resume", "end"]])
  })

  it("close() with 1006 ends it without a word", () => {
    const { done, made, reads } = end()
    made.cork(() => {
      made.send("last", false)
      made.close(1006, "")
      made.cork(() => undefined)
    })
    expect([done, reads()]).toEqual([["end"], ["last"]])
  })

  it("breaks off with who does not close in time, whatever else it says", () => {
    const { tunnel, done, left, says, made } = end()
    made.close(1001, "")
    for (let second = 0; second < 10; second++) {
      says([text, "I go on"])
      vi.advanceTimersByTime(1000)
    }
    expect([done, tunnel.told, left.mock.calls.length]).toEqual([["terminate"], ["closed 1006"], 1])
    expect(vi.getTimerCount()).toBe(0)
  })

  it("asks who is silent, and gives up who stays so", () => {
    const [silent, answering, paused] = [end(), end(), end()]
    paused.made.pause()
    vi.advanceTimersByTime(108_000)
    expect([silent.reads(), answering.reads()]).toEqual([[], []])
    vi.advanceTimersByTime(4_000)
    expect([silent.reads(), answering.reads()]).toEqual([["ping"], ["ping"]])
    answering.says([pong, ""])
    vi.advanceTimersByTime(10_000)
    expect([silent.done, silent.tunnel.told, silent.left.mock.calls.length]).toEqual([
      ["terminate"],
      ["closed 1006"],
      1,
    ])
    expect([answering.done, answering.tunnel.told]).toEqual([[], ["pong"]])
    // Who is not read cannot be heard.
    vi.advanceTimersByTime(1_000_000)
    expect(paused.done).toEqual(["pause"])
  })

  it("does not give up who is slow to take what it gets", () => {
    const { made, done, drain } = end({ room: 0 })
    made.send("x".repeat(500), false)
    for (let times = 0; times < 10; times++) {
      vi.advanceTimersByTime(60_000)
      drain(10)
    }
    expect(done).toEqual([])
  })

  it("breaks off with who breaks the protocol, and reads on for a while so that it can read why", () => {
    const { made, tunnel, done, left, reads } = end()
    made.received(Buffer.from("\x81\x02hi", "latin1"))
    made.received(Buffer.from("\x81\x02hi", "latin1"))
    expect([tunnel.told, left.mock.calls.length, done]).toEqual([["closed 1006"], 1, ["shutdown"]])
    expect(reads()).toEqual(["close 1002 A frame of a client is not masked."])
    vi.advanceTimersByTime(10_000)
    expect(done).toEqual(["shutdown", "terminate"])
  })

  it("breaks off in the same way with who reads nothing", () => {
    const { made, tunnel, done, left, reads } = end({ room: 1 })
    made.received(Buffer.from("\x81\x02hi", "latin1"))
    expect([tunnel.told, left.mock.calls.length, done]).toEqual([["closed 1006"], 1, []])
    made.received(Buffer.from("nonsense that would be refused again"))
    expect(reads()).toEqual([])
    vi.advanceTimersByTime(10_000)
    expect(done).toEqual(["terminate"])
  })

  it("tells the tunnel of nothing that was not read when the client went, and once of that", () => {
    const { made, tunnel, left, says, reads } = end()
    made.pause()
    says([text, "one"])
    made.gone()
    made.gone()
    made.resume()
    expect([tunnel.told, left.mock.calls.length, reads()]).toEqual([["closed 1006"], 1, []])
  })

  it("echoes the same however the bytes are cut, the client takes them, and reading stops and goes on", () => {
    const message = fc.tuple(fc.constantFrom(text, binary), fc.string({ unit: "grapheme", maxLength: 300 }))
    const step = fc.record({ piece: fc.nat(400), takes: fc.nat(400), pause: fc.boolean() })
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 10 }),
        fc.array(step),
        fc.boolean(),
        (messages, steps, compressing) => {
          const { made, tunnel, reads, drain, done } = end({ room: 0, compressing, maxMessage: 10_000 })
          tunnel.compress = compressing
          const bytes = Buffer.concat([
            ...messages.map(([opcode, payload]) => frame(opcode, payload)),
            frame(close, Buffer.from([3, 232])),
          ])
          let at = 0
          for (const { piece, takes, pause } of steps) {
            if (pause) made.pause()
            else made.resume()
            // Nothing comes once the socket is paused but what was on its way.
            made.received(Buffer.from(bytes.subarray(at, at + piece)))
            at += piece
            drain(takes)
          }
          made.resume()
          made.received(Buffer.from(bytes.subarray(at)))
          drain(1_000_000)
          const echoed = messages.map(([opcode, payload]) => (opcode === text ? payload : `bytes ${payload}`))
          expect(reads()).toEqual([...echoed, "close 1000"])
          expect(tunnel.told.filter((one) => one !== "drained")).toEqual(["closed 1000"])
          expect(done.at(-1)).toBe("end")
        },
      ),
    )
  })
})
