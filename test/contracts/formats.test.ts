import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { formatOf } from "../../src/formats/format-of.ts"
import { deepest, FormatError } from "../../src/formats/format.ts"
import { formats } from "../../src/formats/index.ts"
import { negotiate } from "../../src/formats/negotiate.ts"

// For each format a value, options, what is written for it with these, and with which it is read back.
const samples = new Map<string, { value: unknown; options: object; body: string }>([
  ["json", { value: { a: [1, "é", null, { b: true }] }, options: { depth: 3 }, body: '{"a":[1,"é",null,{"b":true}]}' }],
  [
    "xml",
    {
      value: { id: 1, item: ["é"] },
      options: { root: "order", arrays: ["order.item"], values: true, declaration: false },
      body: "<order><id>1</id><item>é</item></order>",
    },
  ],
  ["form", { value: { a: ["1"], b: "é" }, options: { arrays: ["a"] }, body: "a=1&b=%C3%A9" }],
  ["yaml", { value: { a: [1, "é", null] }, options: { depth: 2 }, body: 'a:\n  - 1\n  - "é"\n  - null\n' }],
  ["csv", { value: [{ a: "=1", b: "é" }], options: { separator: ";", formulas: "keep" }, body: "a;b\r\n=1;é\r\n" }],
  ["msgpack", { value: { a: [1, null] }, options: { depth: 2 }, body: "\x81\xa1a\x92\x01\xc0" }],
])

const bytes = (body: string | Uint8Array): Uint8Array => Buffer.from(body)
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown

describe("the shelf of formats", () => {
  it("has names, types and suffixes, none of them twice", () => {
    for (const all of [formats.map(({ name }) => name), formats.flatMap(({ types }) => types)])
      expect(new Set(all).size).toBe(all.length)
    const suffixes = formats.flatMap(({ suffix }) => suffix ?? [])
    expect(new Set(suffixes).size).toBe(suffixes.length)
  })
})

describe.each(formats)("format $name", (format) => {
  const sample = samples.get(format.name)
  if (!sample) throw new Error(`Give the format "${format.name}" a sample in this test.`)
  const body = format.name === "msgpack" ? Buffer.from(sample.body, "latin1") : bytes(sample.body)

  it("has the name of its file, which exports it", async () => {
    const file = `../../src/formats/${format.name}.ts`
    expect(existsSync(fileURLToPath(new URL(file, import.meta.url)))).toBe(true)
    expect(((await import(file)) as Record<string, unknown>)[format.name]).toBe(format)
  })

  it("says what it is, in a sentence", () => {
    expect(format.about).toMatch(/^[A-Z].*\.$/)
  })

  it("is found by each of its types, by its suffix, and when it is asked for", () => {
    expect(format.types.length).toBeGreaterThan(0)
    for (const type of format.types) {
      expect(type).toMatch(/^[a-z]+\/[a-z\d.+-]+$/)
      expect(formatOf(type)).toBe(format)
      expect(formatOf(`${type.toUpperCase()} ; charset="utf-8"`)).toBe(format)
      expect(negotiate(`image/png, ${type};q=0.1`, formats)).toEqual({ format, type })
    }
    if (format.suffix) expect(formatOf(`application/vnd.example${format.suffix}`)).toBe(format)
    expect(negotiate(undefined, [format])?.type).toBe(format.types[0])
  })

  it("writes and reads with options, and leaves the format without them alone", () => {
    const own = format.with(sample.options)
    expect([own.name, own.types, own.suffix, own.about]).toEqual([
      format.name,
      format.types,
      format.suffix,
      format.about,
    ])
    expect(bytes(own.write(sample.value))).toEqual(body)
    expect(plain(own.read(body))).toEqual(sample.value)
    expect(own.with({}).write(sample.value)).toEqual(format.write(sample.value))
  })

  it("writes the same for the same value, and changes no value", () => {
    const value = structuredClone(sample.value)
    expect(format.write(value)).toEqual(format.write(value))
    expect(value).toEqual(sample.value)
  })

  it("reads a part of a larger buffer as if it were alone", () => {
    const around = Buffer.concat([Buffer.from("<[{"), body, Buffer.from("}]>")])
    expect(format.with(sample.options).read(around.subarray(3, 3 + body.length))).toEqual(
      format.with(sample.options).read(body),
    )
  })

  it("reads any bytes and any charset, or says why not, and never deeper than it should", () => {
    const depthOf = (value: unknown): number =>
      typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0
    const cut = fc.nat(body.length).map((length) => body.subarray(0, length))
    const changed = fc.tuple(fc.nat(Math.max(body.length - 1, 0)), fc.nat(255)).map(([at, byte]) => {
      const copy = Buffer.from(body)
      copy[at] = byte
      return copy
    })
    const charsets = fc.oneof(fc.constantFrom(undefined, "utf-8", "iso-8859-1", "utf-16", "utf-7"), fc.string())
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), cut, changed), charsets, (found, charset) => {
        try {
          expect(depthOf(format.read(found, charset))).toBeLessThanOrEqual(deepest)
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError)
          expect((error as FormatError).message).toMatch(/^Cannot read .*\.$/s)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it("writes any value, or says why not, and reads what it wrote", () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withTypedArray: true,
      withSparseArray: true,
      stringUnit: "binary",
    })
    fc.assert(
      fc.property(fc.oneof(anything, fc.jsonValue(), fc.array(fc.dictionary(fc.string(), fc.string()))), (value) => {
        let written: string | Uint8Array
        try {
          written = format.write(value)
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError)
          expect((error as FormatError).message).toMatch(/^Cannot write .*[.]?$/s)
          return
        }
        expect(() => format.read(bytes(written))).not.toThrow()
      }),
      { numRuns: 1000 },
    )
  })

  it("takes the names of objects for names, whatever they are", () => {
    const names = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty"]
    const value = Object.fromEntries(names.map((name) => [name, "x"]))
    // Object.fromEntries defines; a literal would have set the prototype.
    const sent = format.name === "csv" ? [value] : format.name === "xml" ? { root: value } : value
    const read = format.read(bytes(format.write(sent))) as Record<string, unknown> & unknown[]
    const found = (format.name === "csv" ? read[0] : format.name === "xml" ? read.root : read) as object
    expect(Object.entries(found)).toEqual(names.map((name) => [name, "x"]))
    expect(Object.getPrototypeOf({})).toBe(Object.prototype)
    expect(typeof {}.toString).toBe("function")
  })
})
