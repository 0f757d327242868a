import { describe, expect, it } from "vitest"

import { writeHead } from "../../src/http/write-head.ts"

/** A socket that takes so many bytes in all, and then none. */
function socket(room: number) {
  const taken: Buffer[] = []
  return {
    get text(): string {
      return Buffer.concat(taken).toString("latin1")
    },
    writes: taken,
    write(data: Uint8Array, offset = 0, length = data.byteLength - offset): number {
      const size = Math.min(room, length)
      room -= size
      taken.push(Buffer.from(data.subarray(offset, offset + size)))
      return size
    },
  }
}

const text = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString("latin1")

describe("writeHead()", () => {
  it("writes every letter as one byte, and a small body with it", () => {
    const to = socket(1_000)
    expect(text(writeHead(to, "caf\xe9\r\n\r\n", Buffer.from("body")))).toBe("")
    expect(to.text).toBe("caf\xe9\r\n\r\nbody")
    expect(to.writes).toHaveLength(1)
  })

  it("does not copy a large body", () => {
    const to = socket(1_000_000)
    expect(text(writeHead(to, "head", Buffer.alloc(100_000, "b")))).toBe("")
    expect(to.writes.map(({ length }) => length)).toEqual([4, 100_000])
  })

  it.each([
    ["a head", "0123456789".repeat(5_000), undefined],
    ["a head and a small body", "head", "0123456789"],
    ["a head and a large body", "head", "0123456789".repeat(5_000)],
  ])("gives what was not taken of %s, wherever the socket stops", (_, head, body) => {
    const all = head + (body ?? "")
    for (const room of [0, 1, 3, 4, 5, 9, all.length - 1, all.length]) {
      const to = socket(room)
      const rest = text(writeHead(to, head, body === undefined ? null : Buffer.from(body)))
      // What follows is another head: the rest must not be where that one is made.
      writeHead(socket(1_000), "another head, which is written meanwhile")
      expect(to.text + rest === all).toBe(true)
      expect(to.text.length).toBe(room)
    }
  })

  it("says when the socket is closed", () => {
    expect(writeHead({ write: () => -1 }, "head", Buffer.from("body"))).toBeUndefined()
    expect(writeHead({ write: () => -1 }, "head")).toBeUndefined()
  })
})
