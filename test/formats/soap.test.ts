import fc from "fast-check"
import { describe, expect, it } from "vitest"

import { FormatError } from "../../src/formats/format.ts"
import { soap, type SoapOptions } from "../../src/formats/soap.ts"
import { attacks } from "./xml-attacks.ts"

const options: SoapOptions = { version: "1.1", operation: "Echo", namespace: "urn:x" }
const read = (text: string, more: Partial<SoapOptions> = {}) =>
  soap({ ...options, ...more }).read(Buffer.from(text), undefined)

const leaf = fc.string({ minLength: 1 }).filter((text) => /^[\x21-\x7e]+$/.test(text))
const value = fc.letrec<{ fields: Record<string, unknown> }>((tie) => ({
  fields: fc.dictionary(
    fc.stringMatching(/^[A-Za-z][\w.-]{0,8}$/),
    fc.oneof({ maxDepth: 4 }, leaf, fc.array(leaf, { minLength: 2, maxLength: 3 }), tie("fields")),
    { minKeys: 1, maxKeys: 4, noNullPrototype: true },
  ),
})).fields

describe("soap()", () => {
  it.each([
    ["1.1", true],
    ["1.1", false],
    ["1.2", true],
    ["1.2", false],
  ] as const)("reads in version %s what it wrote, with elements that are qualified: %s", (version, qualified) => {
    const both = soap({ ...options, version, qualified })
    fc.assert(
      fc.property(value, (sent) => {
        expect(both.read(Buffer.from(both.write(sent)), undefined)).toEqual({ value: sent })
      }),
    )
  })

  it("reads every encoding that XML may come in", () => {
    const text = soap(options).write({ name: "Zoë" })
    for (const encoding of ["utf-16le", "latin1"] as const) {
      const declared = text.replace("UTF-8", encoding === "latin1" ? "iso-8859-1" : "utf-16")
      const bytes = Buffer.from(encoding === "latin1" ? declared : `\ufeff${declared}`, encoding)
      expect(soap(options).read(bytes, undefined)).toEqual({ value: { name: "Zoë" } })
    }
  })

  it.each(attacks.map(({ says, document }) => [says, document] as const))("refuses %s", (_, document) => {
    expect(() => read(document())).toThrow(FormatError)
  })

  it("counts the envelope as no part of the depth that it is told", () => {
    const nested = (depth: number) =>
      soap(options).write(JSON.parse(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`) as Record<string, unknown>)
    expect(() => read(nested(4), { xml: { depth: 5 } })).not.toThrow()
    expect(() => read(nested(5), { xml: { depth: 5 } })).toThrow("nested more than 7 deep")
  })
})
