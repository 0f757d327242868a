import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { FormatError } from "../../src/formats/format.ts"
import { xml } from "../../src/formats/xml.ts"
import { typed } from "../../src/formats/xml/values.ts"

const bytes = (text: string | Uint8Array): Uint8Array => Buffer.from(text)

const text = fc
  .string({
    unit: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(..."ab<>&\"' \t\n\r]x01_:.-é") },
      { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }) },
    ),
  })
  .filter(
    (found) =>
      !/[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]/.test(found.replace(/[\ud800-\udbff][\udc00-\udfff]/g, "")),
  )

// Any text may be a key, but for those that would be an attribute's or the text's.
const key = fc
  .oneof(
    fc.constantFrom(
      "a",
      "b",
      "item",
      "__proto__",
      "constructor",
      "",
      "_x_",
      "_x0020_",
      "a:b",
      "p:a",
      "xsi:nil",
      "xml:lang",
      "1",
    ),
    fc.string({ unit: fc.constantFrom(..."ax0_: 1-."), maxLength: 12 }),
    fc.string({ unit: "binary", maxLength: 6 }),
  )
  .filter((found) => !found.startsWith("@") && found !== "#text")

const attributes = fc.dictionary(
  key.map((found) => `@${found}`).filter((found) => !/^@(?:xmlns|xsi:(?:nil|type)$)/.test(found)),
  text.filter((found) => typeof typed(found) === "string"),
  { maxKeys: 2 },
)

/** Values as XML has them: an object has something in it, a list more than one item, and the text beside is not space. */
const valueOf = (scalar: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.letrec<{ value: unknown; object: object }>((tie) => ({
    value: fc.oneof({ depthSize: "small", withCrossShrink: true }, scalar, tie("object")),
    object: fc
      .tuple(
        attributes,
        fc.dictionary(
          key,
          fc.oneof(
            { weight: 3, arbitrary: tie("value") },
            { weight: 1, arbitrary: fc.array(tie("value"), { minLength: 2, maxLength: 4 }) },
          ),
          { minKeys: 1, maxKeys: 3 },
        ),
        fc.option(
          scalar.filter((found) => typeof found !== "string" || found.trim() !== ""),
          { nil: undefined },
        ),
      )
      .map(([attached, members, own]) => ({
        ...attached,
        ...members,
        ...(own !== undefined && own !== null && { "#text": own }),
      })),
  })).value

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown

describe("xml", () => {
  it("reads back every value of texts as it was written, with any indentation", () => {
    fc.assert(
      fc.property(valueOf(text), fc.constantFrom(0, 1, 4), (value, indent) => {
        const format = xml.with({ root: "doc", indent })
        expect(plain(format.read(bytes(format.write(value))))).toEqual(plain(value))
      }),
      { numRuns: 1500 },
    )
  })

  it("reads back numbers, truth values and null as well, when they are to be told apart", () => {
    const number = fc.double({ noDefaultInfinity: true, noNaN: true }).filter((found) => !Object.is(found, -0))
    const scalar = fc.oneof(text, number, fc.integer(), fc.boolean(), fc.constant(null), number.map(String))
    const format = xml.with({ root: "doc", values: true })
    fc.assert(
      fc.property(valueOf(scalar), (value) => {
        expect(plain(format.read(bytes(format.write(value))))).toEqual(plain(value))
      }),
      { numRuns: 1500 },
    )
  })

  it("writes what Bun.XML reads, or says why not", () => {
    fc.assert(
      fc.property(
        fc.anything({ withDate: true, withBigInt: true, withNullPrototype: true }),
        fc.boolean(),
        (value, values) => {
          let document: string
          try {
            document = xml.with({ values }).write(value) as string
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError)
            return
          }
          expect(() => Bun.XML.parse(document)).not.toThrow()
        },
      ),
      { numRuns: 1500 },
    )
  })

  it("reads any bytes, or says why not", () => {
    const piece = fc.constantFrom(
      "<a>",
      "</a>",
      "<b ",
      "x='",
      "'",
      "/>",
      "<!--",
      "-->",
      "<![CDATA[",
      "]]>",
      "&lt;",
      "&#0;",
      "<?p",
      "?>",
      "<!DOCTYPE",
      "text",
      "\0",
      "é",
      "_x0041_",
    )
    const soup = fc.oneof(
      fc.uint8Array(),
      fc.array(piece).map((parts) => bytes(parts.join(""))),
    )
    fc.assert(
      fc.property(soup, fc.constantFrom({}, { values: true }, { namespaces: "strip" } as const), (body, options) => {
        try {
          xml.with(options).read(body)
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it("writes a document as it was read, whatever it was written as before", () => {
    fc.assert(
      fc.property(valueOf(text), (value) => {
        const document = xml.with({ root: "doc" }).write(value)
        expect(xml.write(xml.read(bytes(document)))).toBe(document)
      }),
    )
  })
})
