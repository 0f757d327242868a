import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { Arena, blockSize } from "../../../src/policies/cache/arena.ts"
import type { Kept } from "../../../src/policies/cache/entry.ts"
import { CacheMemory, variantOf } from "../../../src/policies/cache/memory.ts"

const answer = (text: string, more: Partial<Kept> = {}): Kept => ({
  status: 200,
  lines: ["x-name", text.slice(0, 20), "etag", '"ü"'],
  body: new TextEncoder().encode(text),
  validators: { tag: '"ü"', modified: undefined },
  vary: [],
  tags: [],
  born: 1,
  freshUntil: 2,
  whileUntil: 3,
  errorUntil: 4,
  always: false,
  ...more,
})

const bodyOf = (memory: CacheMemory, uri: string, variant = ""): string | undefined => {
  const place = memory.place(uri)
  const entry = place && variantOf(place, variant)
  return entry && new TextDecoder().decode(memory.read(entry).body)
}

describe("Arena", () => {
  it("gives back what was written, whatever was freed and written again, and uses no more than it needs", () => {
    const sizes = fc.array(fc.tuple(fc.nat(5 * blockSize), fc.boolean()), { maxLength: 200 })
    fc.assert(
      fc.property(sizes, (steps) => {
        const arena = new Arena()
        const there: { first: number; bytes: Uint8Array }[] = []
        for (const [index, [size, frees]] of steps.entries()) {
          if (frees && there.length > 0) {
            const [gone] = there.splice(size % there.length, 1)
            if (gone) arena.free(gone.first)
            continue
          }
          const bytes = new Uint8Array(size).fill(index + 1)
          const cut = Math.floor(size / 3)
          there.push({ first: arena.write([bytes.subarray(0, cut), bytes.subarray(cut)]), bytes })
        }
        for (const { first, bytes } of there) expect(arena.read(first, bytes.byteLength)).toEqual(bytes)
        expect(arena.used).toBe(there.reduce((sum, { bytes }) => sum + Math.ceil(bytes.byteLength / blockSize), 0))
      }),
    )
  })
})

describe("CacheMemory", () => {
  it("gives back an answer as it was put there", () => {
    const memory = new CacheMemory(100_000)
    const put = answer("content", { tags: ["a"], vary: ["accept"] })
    const entry = memory.put("u", "v", put)
    expect(entry && memory.read(entry)).toEqual(put)
  })

  it("keeps answers with nothing in them", () => {
    const memory = new CacheMemory(100_000)
    memory.put("u", "", answer("", { lines: [], validators: { tag: undefined, modified: undefined } }))
    expect(bodyOf(memory, "u")).toBe("")
  })

  it("keeps within its bytes, and counts all of them back", () => {
    const memory = new CacheMemory(64 * 1024)
    for (let at = 0; at < 1000; at++) {
      memory.put(`u${at % 300}`, `v${at % 3}`, answer("x".repeat((at * 37) % 3000), { tags: [`t${at % 5}`] }))
      expect(memory.bytes).toBeLessThanOrEqual(64 * 1024)
    }
    expect(memory.evicted).toBeGreaterThan(500)
    for (let tag = 0; tag < 5; tag++) memory.dropTag(`t${tag}`)
    expect([memory.bytes, memory.entries, [...memory.uris()].length]).toEqual([0, 0, 0])
  })

  it("spares what was asked for when it makes room, and takes what came once and was never asked for", () => {
    const memory = new CacheMemory(64 * 1024)
    const hot = Array.from({ length: 10 }, (_, at) => `hot${at}`)
    for (const uri of hot) memory.put(uri, "", answer(uri))
    for (let at = 0; at < 500; at++) {
      memory.put(`once${at}`, "", answer("x"))
      for (const uri of hot) {
        const entry = memory.place(uri)?.only
        if (entry) entry.visited = true
      }
    }
    expect(hot.map((uri) => bodyOf(memory, uri))).toEqual(hot)
  })

  it("keeps no answer larger than a quarter of it", () => {
    const memory = new CacheMemory(64 * 1024)
    expect(memory.put("u", "", answer("x".repeat(20_000)))).toBeUndefined()
    expect(memory.entries).toBe(0)
  })

  it("drops what was there before under the same variant, even where the new one is too large", () => {
    const memory = new CacheMemory(64 * 1024)
    memory.put("u", "", answer("old"))
    memory.put("u", "", answer("x".repeat(20_000)))
    expect(bodyOf(memory, "u")).toBeUndefined()
  })

  it("reads nothing of an answer that is gone: its room may be another's", () => {
    const memory = new CacheMemory(64 * 1024)
    const entry = memory.put("u", "", answer("mine"))
    memory.drop("u")
    memory.put("other", "", answer("another's"))
    expect(() => entry && memory.read(entry)).toThrow("not there any more")
  })

  it("gives away copies: what was read stays as it is when its room is used again", () => {
    const memory = new CacheMemory(64 * 1024)
    const entry = memory.put("u", "", answer("mine"))
    const read = entry && memory.read(entry)
    memory.drop("u")
    memory.put("other", "", answer("other"))
    expect(new TextDecoder().decode(read?.body)).toBe("mine")
  })

  it("makes room at once when it gets smaller, and forgets everything when told to", () => {
    const memory = new CacheMemory(64 * 1024)
    for (let at = 0; at < 20; at++) memory.put(`u${at}`, "", answer("x".repeat(1000)))
    memory.limit = 8 * 1024
    expect(memory.bytes).toBeLessThanOrEqual(8 * 1024)
    expect(memory.clear()).toBeGreaterThan(0)
    expect([memory.bytes, memory.entries]).toEqual([0, 0])
    memory.put("again", "", answer("again"))
    expect(bodyOf(memory, "again")).toBe("again")
  })
})
