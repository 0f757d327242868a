import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { msgpack } from "../../src/formats/msgpack.ts"

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(" ", ""), "hex")
const read = (text: string): unknown => msgpack.read(hex(text))
const written = (value: unknown): string => Buffer.from(msgpack.write(value) as Uint8Array).toString("hex")

describe("msgpack", () => {
  it("reads back what it wrote", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), (raw) => {
        const value = JSON.parse(JSON.stringify(raw)) as unknown
        expect(msgpack.read(msgpack.write(value) as Uint8Array)).toEqual(value)
      }),
      { numRuns: 500 },
    )
  })

  it("reads back numbers of all sizes", () => {
    const number = fc.oneof(
      fc.double(),
      fc.maxSafeInteger(),
      fc.integer({ min: -40, max: 300 }),
      fc.constantFrom(
        ...[7, 8, 15, 16, 31, 32, 53].flatMap((bits) => [2 ** bits, 2 ** bits - 1, -(2 ** bits), -(2 ** bits) - 1]),
      ),
    )
    fc.assert(
      fc.property(number, (value) => {
        expect(msgpack.read(msgpack.write(value) as Uint8Array)).toBe(value)
      }),
      { numRuns: 500 },
    )
  })

  it.each<[string, unknown]>([
    ["c0", null],
    ["c2", false],
    ["c3", true],
    ["00", 0],
    ["7f", 127],
    ["cc80", 128],
    ["cd0100", 256],
    ["ce00010000", 65_536],
    ["cf0000000100000000", 2 ** 32],
    ["ff", -1],
    ["e0", -32],
    ["d0df", -33],
    ["d1ff7f", -129],
    ["d2ffff7fff", -32_769],
    ["d3ffffffff7fffffff", -2_147_483_649],
    ["cb3fe0000000000000", 0.5],
    ["cb8000000000000000", -0],
    ["cb7ff0000000000000", Number.POSITIVE_INFINITY],
    ["a0", ""],
    ["a3c3a961", "éa"],
    [`d920${"61".repeat(32)}`, "a".repeat(32)],
    [`da0100${"61".repeat(256)}`, "a".repeat(256)],
    [`db00010000${"61".repeat(65_536)}`, "a".repeat(65_536)],
    ["90", []],
    [`dc0010${"01".repeat(16)}`, Array.from({ length: 16 }, () => 1)],
    ["80", {}],
    ["82a16101a16290", { a: 1, b: [] }],
  ])("writes and reads %s", (bytes, value) => {
    expect(written(value)).toBe(bytes)
    expect(read(bytes)).toEqual(value)
  })

  it.each<[string, string, unknown]>([
    ["integers in more bytes than they need", "dd 00000002 d3 0000000000000001 d2 ffffffff", [1, -1]],
    ["large integers as numbers", "cf ffffffffffffffff", 18446744073709552000],
    ["single precision", "ca 3f000000", 0.5],
    ["bytes as base64", "93 c4 02 6869 c5 0001 ff c6 00000000", ["aGk=", "/w==", ""]],
    [
      "times",
      "93 d6ff 00000001 d7ff 77359400 00000001 c70cff 3b9aca00 ffffffffffffffff".replace("3b9aca00", "1dcd6500"),
      ["1970-01-01T00:00:01.000Z", "1970-01-01T00:00:01.500Z", "1969-12-31T23:59:59.500Z"],
    ],
    ["numbers as names", "82 01 a161 ff a162", { "1": "a", "-1": "b" }],
    ["large maps", "df 00000001 a161 01", { a: 1 }],
    ["maps of two bytes' size", "de 0001 a161 01", { a: 1 }],
    ["the last of two members of one name", "82 a161 01 a161 02", { a: 2 }],
    ["a mark that is part of a text", "a3 efbbbf", "\ufeff"],
  ])("reads %s", (_, bytes, value) => {
    expect(read(bytes)).toEqual(value)
  })

  it("takes dangerous names for names", () => {
    const value = msgpack.read(msgpack.write(JSON.parse('{"__proto__":{"admin":1}}')) as Uint8Array) as object
    expect(Object.keys(value)).toEqual(["__proto__"])
    expect(value).not.toHaveProperty("admin")
  })

  it.each([
    ["nothing", "", "at byte 1: it ends in the middle of a value."],
    ["more after the value", "c0c0", "at byte 2: there is more after the value."],
    ["a list that ends early", "9301", "at byte 3: it ends in the middle of a value."],
    ["a list of four billion", "ddffffffff", "it ends in the middle"],
    ["lists of a hundred thousand in lists of a hundred thousand", "dd0001869f".repeat(150), "it ends in the middle"],
    ["a map of four billion", "dfffffffff", "it ends in the middle"],
    ["a text longer than the body", "dbffffffff61", "it ends in the middle"],
    ["a byte that means nothing", "c1", "at byte 1: 0xc1 begins no value."],
    ["a text that is no UTF-8", "a1ff", "at byte 2: a text is not UTF-8."],
    ["a list as a name", "819001", "its lists and maps are nested"],
    ["null as a name", "81c001", "at byte 2: a key is neither a text nor a number."],
    ["an unknown extension", "d40100", "the extension 1 is not known."],
    ["a time of an odd size", "d4ff00", "the extension -1 is not known."],
    ["a time beyond all times", "c70cff 00000000 7fffffffffffffff", "a time is out of range."],
    ["nesting", "91".repeat(201) + "c0", "nested more than 200 deep, which is the limit."],
    ["nesting of maps", "81a161".repeat(201) + "c0", "nested more than 200 deep"],
    ["nesting by the million", "91".repeat(1_000_000), "nested more than 200 deep"],
  ])("refuses %s", (_, bytes, says) => {
    expect(() => read(bytes)).toThrow(says)
    expect(() => read(bytes)).toThrow(/^Cannot read MessagePack at byte \d+: /)
  })

  it("reads any bytes, or says why not", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (body) => {
        try {
          msgpack.read(body)
        } catch (error) {
          expect(error).toMatchObject({ name: "FormatError" })
        }
      }),
      { numRuns: 2000 },
    )
  })

  it("writes what JSON would, and large integers", () => {
    expect(written({ a: undefined, b: [undefined], c: () => 1, d: new Date(0) })).toBe(
      written({ b: [null], d: "1970-01-01T00:00:00.000Z" }),
    )
    expect(written([2n ** 64n - 1n, -(2n ** 63n)])).toBe("92cfffffffffffffffffd38000000000000000")
  })

  const circle: unknown[] = []
  circle.push(circle)

  it.each<[string, unknown, string]>([
    ["undefined", undefined, "there is no form for undefined."],
    ["a map", { a: [new Map()] }, 'at "a[0]": there is no form for Map.'],
    ["an integer too large", 2n ** 64n, "the integer has more than 64 bits."],
    ["half a character", { a: "\ud800" }, 'at "a": it holds half a surrogate pair'],
    ["a circle", circle, "nested more than 200 deep"],
  ])("cannot write %s", (_, value, says) => {
    expect(() => msgpack.write(value)).toThrow(says)
    expect(() => msgpack.write(value)).toThrow(/^Cannot write MessagePack/)
  })

  it("counts the depth as told", () => {
    const format = msgpack.with({ depth: 1 })
    expect(format.read(hex("9101"))).toEqual([1])
    expect(() => format.read(hex("919101"))).toThrow("more than 1 deep")
    expect(() => format.write([[]])).toThrow("more than 1 deep")
  })
})
