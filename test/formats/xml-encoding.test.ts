import { describe, expect, it } from "vitest"

import { xml } from "../../src/formats/xml.ts"

const mark = "\ufeff"
const utf8 = (text: string): Uint8Array => Buffer.from(text)
const latin1 = (text: string): Uint8Array => Buffer.from(text, "latin1")
const utf16le = (text: string): Uint8Array => Buffer.from(text, "utf16le")
const utf16be = (text: string): Uint8Array => Buffer.from(text, "utf16le").swap16()
const says = (encoding: string, text = "é"): string => `<?xml version="1.0" encoding="${encoding}"?><a>${text}</a>`

describe("encodings", () => {
  it.each<[string, Uint8Array, string | undefined]>([
    ["UTF-8", utf8("<a>é</a>"), undefined],
    ["UTF-8 with a mark", utf8(`${mark}<a>é</a>`), undefined],
    ["UTF-8 that says so", utf8(says("UTF-8")), undefined],
    [
      "UTF-8 that says so in other words",
      utf8("<?xml version='1.0'\n\tencoding = 'utf-8' standalone='yes'?><a>é</a>"),
      undefined,
    ],
    ["UTF-8 with a mark, a declaration and a charset", utf8(mark + says("UTF-8")), "UTF-8"],
    ["ISO-8859-1 that says so", latin1(says("ISO-8859-1")), undefined],
    ["ISO-8859-1 by its charset", latin1("<a>é</a>"), "ISO-8859-1"],
    ["windows-1252", latin1(says("windows-1252")), undefined],
    ["ISO-8859-15", latin1(says("ISO-8859-15")), undefined],
    ["UTF-16 with a mark", utf16le(`${mark}<a>é</a>`), undefined],
    ["UTF-16, big-endian, with a mark", utf16be(`${mark}<a>é</a>`), undefined],
    ["UTF-16 with a mark that says so", utf16le(mark + says("UTF-16")), "utf-16"],
    ["UTF-16, big-endian, with a mark and a charset", utf16be(`${mark}<a>é</a>`), "utf-16"],
    ["UTF-16 without a mark that says so", utf16le(says("UTF-16")), undefined],
    ["UTF-16, big-endian, without a mark that says so", utf16be(says("UTF-16")), undefined],
    [
      "UTF-16 without a mark, with a character that is two",
      utf16le(says("UTF-16", `é<!--${"😀".repeat(500)}x${"😀".repeat(500)}-->`)),
      undefined,
    ],
    ["UTF-16 without a mark by its charset", utf16le("<a>é</a>"), "utf-16le"],
    ["UTF-16, big-endian, without a mark by its charset", utf16be("<a>é</a>"), "utf-16"],
    // RFC 7303 section 8.3: what recodes a document does not rewrite it.
    ["UTF-8 by its charset that says ISO-8859-1", utf8(says("ISO-8859-1")), "utf-8"],
    ["ISO-8859-1 by its charset that says UTF-8", latin1(says("UTF-8")), "iso-8859-1"],
  ])("xml reads %s", (_, bytes, charset) => {
    expect(xml.read(bytes, charset)).toEqual({ a: "é" })
  })

  it("xml reads what ISO-8859-1 and windows-1252 have different characters for", () => {
    const bytes = (encoding: string): Uint8Array => latin1(says(encoding, "\x80"))
    expect(xml.read(bytes("ISO-8859-1"))).toEqual({ a: "\u0080" })
    expect(xml.read(bytes("windows-1252"))).toEqual({ a: "€" })
  })

  it("xml reads us-ascii as what it is", () => {
    expect(xml.read(utf8(says("US-ASCII", "e")))).toEqual({ a: "e" })
    expect(() => xml.read(utf8(says("US-ASCII")))).toThrow("it is not us-ascii, as it says. Send it as UTF-8.")
  })

  it.each<[string, Uint8Array, string | undefined, string]>([
    ["bytes that are no UTF-8", latin1("<a>é</a>"), undefined, "it is not UTF-8."],
    ["an overlong <", Buffer.from([0x3c, 0x61, 0x3e, 0xc0, 0xbc, 0x62, 0x2f, 0x3e]), undefined, "it is not UTF-8."],
    [
      "surrogates as UTF-8",
      Buffer.from([0x3c, 0x61, 0x3e, 0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]),
      undefined,
      "it is not UTF-8.",
    ],
    [
      "UTF-7 that says so",
      utf8(says("UTF-7", "+ADw-b/+AD4-")),
      undefined,
      'it declares the encoding "UTF-7", which is not known.',
    ],
    ["UTF-7 by its charset", utf8("<a>+ADw-</a>"), "utf-7", 'the charset "utf-7" is not known. Send it as UTF-8.'],
    ["an unknown encoding, whatever the charset", utf8(says("UTF-7")), "utf-8", 'declares the encoding "UTF-7"'],
    ["EBCDIC", utf8(says("IBM037")), undefined, 'declares the encoding "IBM037"'],
    ["no encoding's name", utf8(says("")), undefined, 'declares the encoding ""'],
    ["UTF-8 that says UTF-16", utf8(says("UTF-16")), undefined, 'it declares the encoding "UTF-16", but is not in it.'],
    [
      "UTF-8 by its charset that says UTF-16",
      utf8(says("UTF-16")),
      "utf-8",
      'it declares the encoding "UTF-16", but came as utf-8.',
    ],
    ["UTF-16 that says UTF-8", utf16le(mark + says("UTF-8")), undefined, "but came as utf-16le."],
    ["UTF-16 that says it is of the other kind", utf16le(mark + says("UTF-16BE")), undefined, "but came as utf-16le."],
    ["UTF-8 with a mark that says ISO-8859-1", utf8(mark + says("ISO-8859-1")), undefined, "but came as utf-8."],
    [
      "a mark that the charset contradicts",
      utf8(`${mark}<a/>`),
      "iso-8859-1",
      "its byte order mark says utf-8, its content type says iso-8859-1.",
    ],
    [
      "a mark of UTF-16 that the charset contradicts",
      utf16le(`${mark}<a/>`),
      "utf-8",
      "its byte order mark says utf-16le",
    ],
    [
      "UTF-16 without a mark that says nothing",
      utf16le("<a>é</a>"),
      undefined,
      "UTF-16 has to begin with a byte order mark, or be declared.",
    ],
    ["UTF-16 with half a character", utf16le(`${mark}<a>\ud800</a>`), undefined, "it is not utf-16le, as it says."],
    [
      "UTF-16 with half of two bytes",
      utf16le(`${mark}<a/>`).subarray(0, 9),
      undefined,
      "it is not utf-16le, as it says.",
    ],
    ["UTF-16 without a mark that says UTF-8", utf16le(says("UTF-8")), undefined, "but came as utf-16le."],
    [
      "an encoding out of sight",
      latin1(says("ISO-8859-1").replace(" enc", `${" ".repeat(500)}enc`)),
      "iso-8859-1",
      "its declaration is longer than 400 characters.",
    ],
    ["UTF-32", Buffer.from([0xff, 0xfe, 0, 0, 0x3c, 0, 0, 0]), undefined, "control character 0x00"],
    ["two marks", utf8(`${mark}${mark}<a/>`), undefined, "it has two byte order marks."],
  ])("xml refuses %s", (_, bytes, charset, why) => {
    expect(() => xml.read(bytes, charset)).toThrow(why)
    expect(() => xml.read(bytes, charset)).toThrow(expect.objectContaining({ name: "FormatError" }))
  })
})
