import { describe, expect, it } from "vitest"

import { xml } from "../../src/formats/xml.ts"
import type { XmlOptions } from "../../src/formats/xml/options.ts"
import { documents, unchanged } from "./xml-corpus.ts"

const declaration = '<?xml version="1.0" encoding="UTF-8"?>'
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const read = (text: string, options: XmlOptions = {}): unknown => xml.with(options).read(bytes(text))
const write = (value: unknown, options: XmlOptions = {}): string =>
  (xml.with(options).write(value) as string).replace(declaration, "")

describe("the corpus", () => {
  it("has more than forty values", () => {
    expect(unchanged.length).toBeGreaterThan(40)
    expect(new Set(unchanged.map(({ says }) => says)).size).toBe(unchanged.length)
  })

  it.each(unchanged)("xml writes $says", ({ value, options, xml: expected }) => {
    expect(write(value, options)).toBe(expected)
  })

  it.each(unchanged)("xml reads $says back", ({ value, options, xml: document }) => {
    expect(read(document, options)).toEqual(value)
  })

  it.each(unchanged)("another parser takes $says", ({ value, options }) => {
    expect(() => Bun.XML.parse(xml.with(options ?? {}).write(value) as string)).not.toThrow()
  })

  it.each(documents)("xml reads $says and writes them back", ({ xml: document, value, options }) => {
    expect(read(document, options)).toEqual(value)
    expect(write(value, options)).toBe(document)
  })
})

describe("what XML has no form for", () => {
  it.each([
    ["null as an empty element, which reads as a text", { a: null }, "<a/>", { a: "" }],
    ["an empty object as an empty element", { a: {} }, "<a/>", { a: "" }],
    [
      "numbers and truth values as texts",
      { a: { n: 1, t: true } },
      "<a><n>1</n><t>true</t></a>",
      { a: { n: "1", t: "true" } },
    ],
    ["an empty list as nothing", { a: { b: [], c: "" } }, "<a><c/></a>", { a: { c: "" } }],
    ["a list of one as an element", { a: { b: ["1"] } }, "<a><b>1</b></a>", { a: { b: "1" } }],
    [
      "lists in lists with items",
      { a: { b: [["1", "2"], ["3"]] } },
      "<a><b><item>1</item><item>2</item></b><b><item>3</item></b></a>",
      { a: { b: [{ item: ["1", "2"] }, { item: "3" }] } },
    ],
    [
      "a list at the top with items",
      ["1", "2"],
      "<root><item>1</item><item>2</item></root>",
      { root: { item: ["1", "2"] } },
    ],
    ["an object of two with a root", { a: "1", b: "2" }, "<root><a>1</a><b>2</b></root>", { root: { a: "1", b: "2" } }],
    ["a list of a root with a root", { a: ["1", "2"] }, "<root><a>1</a><a>2</a></root>", { root: { a: ["1", "2"] } }],
    ["attributes alone with a root", { "@x": "1" }, '<root x="1"/>', { root: { "@x": "1" } }],
    ["an attribute that is null not at all", { a: { "@x": null, b: "" } }, "<a><b/></a>", { a: { b: "" } }],
    ["undefined not at all", { a: { x: undefined, b: "" }, c: undefined }, "<a><b/></a>", { a: { b: "" } }],
    [
      "an empty text beside attributes not at all",
      { a: { "@x": "1", "#text": "" } },
      '<a x="1"/>',
      { a: { "@x": "1" } },
    ],
    ["a text of its own alone as the element's", { a: { "#text": "x" } }, "<a>x</a>", { a: "x" }],
    ["space between elements as layout", { a: { "#text": " ", b: "" } }, "<a> <b/></a>", { a: { b: "" } }],
    ["dates as texts", { a: new Date(0) }, "<a>1970-01-01T00:00:00.000Z</a>", { a: "1970-01-01T00:00:00.000Z" }],
    [
      "large integers digit by digit",
      { a: 2n ** 70n },
      "<a>1180591620717411303424</a>",
      { a: "1180591620717411303424" },
    ],
  ])("xml writes %s", (_, value, document, then) => {
    expect(write(value)).toBe(document)
    expect(read(document)).toEqual(then)
  })
})

describe("what a document says beside its values", () => {
  it.each([
    ["comments and processing instructions", "<?p x?><!-- c --><a><!-- c -->x<?p y?>y</a><!-- d -->", { a: "xy" }],
    ["sections", "<a>1 <![CDATA[<]]> 2</a>", { a: "1 < 2" }],
    ["layout", "<a>\n  <b>1</b>\n  <c> </c>\n</a>", { a: { b: "1", c: " " } }],
    [
      "the place of text between elements",
      "<p>one<b/>two<b/>three</p>",
      { p: { "#text": "onetwothree", b: ["", ""] } },
    ],
    ["the order of elements of different names", "<a><b>1</b><c>2</c><b>3</b></a>", { a: { b: ["1", "3"], c: "2" } }],
    ["escapes that nobody would write", "<a_x0041_/>", { a_x0041_: "" }],
  ])("xml reads a document without %s", (_, document, value) => {
    expect(read(document)).toEqual(value)
  })
})

describe("values", () => {
  it.each<[string, unknown]>([
    ["0", 0],
    ["-1", -1],
    ["10.50", 10.5],
    ["1E3", 1000],
    ["123456789012345", 123_456_789_012_345],
    ["0.000000000000001", 1e-15],
    ["1.7976931348623157e+308", Number.MAX_VALUE],
    ["true", true],
    ["false", false],
  ])("xml reads %s as what it says", (text, value) => {
    expect(read(`<a b="${text}">${text}</a>`, { values: true })).toEqual({ a: { "@b": value, "#text": value } })
  })

  it.each([
    "007",
    "+1",
    "1.",
    ".5",
    "0x10",
    "1_000",
    " 1",
    "1 ",
    "TRUE",
    "yes",
    "null",
    "NaN",
    "1e400",
    "12345678901234567",
    "1.00000000000000000",
    "--1",
    "１",
  ])("xml leaves %j a text, which is no number or would not be the same one", (text) => {
    expect(read(`<a>${text}</a>`, { values: true })).toEqual({ a: text })
  })

  it("xml reads null and texts by whatever prefix stands for XML Schema", () => {
    const document = `<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:d="http://www.w3.org/2001/XMLSchema">
      <b i:nil="1"/><c i:type="d:string">1</c><d i:type="d:int">1</d><e i:nil="false">x</e><f i:nil="true">x</f></a>`
    expect(read(document, { values: true })).toEqual({
      a: {
        "@xmlns:d": "http://www.w3.org/2001/XMLSchema",
        b: null,
        c: "1",
        d: { "@xsi:type": "d:int", "#text": 1 },
        e: { "@xsi:nil": "false", "#text": "x" },
        f: { "@xsi:nil": "true", "#text": "x" },
      },
    })
  })

  it("xml reads nil in no namespace, or another one, as an attribute", () => {
    const document = '<a xmlns:xsi="urn:x"><b xsi:nil="true"/><c nil="true"/><d y:nil="true"/></a>'
    expect(read(document, { values: true })).toEqual({
      a: { "@xmlns:xsi": "urn:x", b: { "@xsi:nil": true }, c: { "@nil": true }, d: { "@y:nil": true } },
    })
  })

  it("xml does not write null where its prefix stands for something else", () => {
    expect(() => write({ a: { "@xmlns:xsi": "urn:x", b: null } }, { values: true })).toThrow(
      'Cannot write XML at "a.b": the prefix "xsi" is needed for XML Schema, but stands for "urn:x".',
    )
  })
})

describe("lists", () => {
  it.each([
    ["<a><b>1</b></a>", { a: { b: ["1"] } }],
    ["<a><b/><b/></a>", { a: { b: ["", ""] } }],
    ["<a/>", { a: { b: [] } }],
    ["<a>\n  </a>", { a: { b: [] } }],
    ["<a>text</a>", { a: "text" }],
    ['<a x="1"/>', { a: { "@x": "1", b: [] } }],
  ])("xml reads the b of %s as a list when it is declared as one", (document, value) => {
    expect(read(document, { arrays: ["a.b"] })).toEqual(value)
  })

  it.each([
    ["<a><b>1</b></a>", { a: ["1"] }],
    ["<a/>", { a: [] }],
    ["<a> </a>", { a: [] }],
    ["<a><b>1</b><c/></a>", { a: { b: ["1"], c: "" } }],
    ['<a x="1"/>', { a: { "@x": "1", b: [] } }],
    ["<a>text</a>", { a: "text" }],
  ])("xml reads %s as a list of b when it is declared as one", (document, value) => {
    expect(read(document, { lists: { a: "b" } })).toEqual(value)
  })

  it("xml leaves null what would be a list", () => {
    const document = '<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><b i:nil="true"/></a>'
    expect(read(document, { values: true, lists: { "a.b": "c" } })).toEqual({ a: { b: null } })
  })

  it("xml goes by the names that it reads, without prefixes and escapes", () => {
    const document = '<s:a xmlns:s="u"><s:b_x0020_c>1</s:b_x0020_c></s:a>'
    expect(read(document, { arrays: ["a.b c"], namespaces: "strip" })).toEqual({ a: { "b c": ["1"] } })
    expect(read(document, { arrays: ["s:a.s:b c"] })).toEqual({ "s:a": { "@xmlns:s": "u", "s:b c": ["1"] } })
  })
})

describe("root", () => {
  it("xml takes off a root of that name only", () => {
    expect(read("<order><id>1</id></order>", { root: "order" })).toEqual({ id: "1" })
    expect(read("<error>no</error>", { root: "order" })).toEqual({ error: "no" })
  })
})

describe("namespaces", () => {
  const document = `<s:Envelope xmlns:s="urn:soap" xmlns="urn:shop" xmlns:i="http://www.w3.org/2001/XMLSchema-instance">
    <s:Body s:id="1" i:type="x" xml:lang="de"><order><s:item>1</s:item><item>2</item></order></s:Body></s:Envelope>`

  it("xml reads names without their prefixes when told so, and puts together what has one name then", () => {
    expect(read(document, { namespaces: "strip" })).toEqual({
      Envelope: { Body: { "@id": "1", "@xsi:type": "x", "@lang": "de", order: { item: ["1", "2"] } } },
    })
  })

  it("xml leaves no object where there were declarations only", () => {
    expect(read('<a xmlns="u"><b xmlns="v">x</b><c xmlns="w"/></a>', { namespaces: "strip" })).toEqual({
      a: { b: "x", c: "" },
    })
  })

  it("xml refuses to choose between two attributes", () => {
    const two = '<a xmlns:p="u" role="user" p:role="admin"/>'
    expect(() => read(two, { namespaces: "strip" })).toThrow('two attributes of an element are called "@role"')
  })
})

describe("names in documents", () => {
  it.each([
    ["an attribute", "<a><_x0040_id>1</_x0040_id></a>", { a: { _x0040_id: "1" } }],
    ["the text", "<a><_x0023_text>1</_x0023_text></a>", { a: { _x0023_text: "1" } }],
    ["a name in a namespace", '<a xmlns:p="u"><p_x003A_b/></a>', { a: { "@xmlns:p": "u", p_x003A_b: "" } }],
    ["a name that needs no escape", "<a><_x0062_/></a>", { a: { _x0062_: "" } }],
    ["two halves of a character", "<a><_xD83D__xDE00_/></a>", { a: { _xD83D__xDE00_: "" } }],
    ["no character at all", "<a><_xFFFFFFFF_/></a>", { a: { _xFFFFFFFF_: "" } }],
  ])("xml does not let an escaped name pass for %s", (_, document, value) => {
    expect(read(document)).toEqual(value)
  })

  it.each<XmlOptions>([{}, { values: true }, { arrays: ["a.x"] }, { namespaces: "strip" }])(
    "xml takes the sender's names for nothing but names, with %j",
    (options) => {
      const value = read('<a __proto__="x"><__proto__><admin>1</admin></__proto__><constructor/></a>', options)
      const { a } = value as { a: Record<string, unknown> }
      expect(Object.keys(a).slice(0, 3)).toEqual(["@__proto__", "__proto__", "constructor"])
      expect(Object.getOwnPropertyDescriptor(a, "__proto__")?.value).toHaveProperty("admin")
      expect(a).not.toHaveProperty("admin")
      expect({}).not.toHaveProperty("admin")
    },
  )
})

describe("what cannot be written", () => {
  const circle: Record<string, unknown> = {}
  circle.again = circle

  it.each<[string, unknown, string]>([
    ["a control character", { a: [{ b: "x" }, { b: "\u0000" }] }, '"root.a[1].b": U+0000 is no character of XML 1.0'],
    ["a control character in an attribute", { a: { "@b": "\u001b" } }, '"a.@b": U+001B'],
    ["half a character", { a: "\ud83d" }, '"a": U+D83D'],
    ["U+FFFE", { a: "\ufffe" }, '"a": U+FFFE'],
    ["an object in an attribute", { a: { "@b": {} } }, '"a.@b": an attribute is a text, not an object; choose another'],
    ["a list in an attribute", { a: { "@b": [1] } }, "not a list"],
    ["a list as the text", { a: { "#text": ["x"] } }, "there is no form for a list"],
    ["a number that is none", { a: Number.NaN }, "there is no form for the number NaN"],
    ["a number beyond numbers", { a: JSON.parse("1e400") as unknown }, "the number Infinity"],
    ["a map", { a: new Map() }, "there is no form for Map"],
    ["bytes", { a: new Uint8Array(1) }, "there is no form for Uint8Array"],
    ["nothing", undefined, "there is no form for undefined"],
    ["a function", () => 1, "there is no form for function"],
    ["a circle", circle, "elements would be nested more than 200 deep"],
  ])("xml refuses %s and says where", (_, value, says) => {
    expect(() => write(value)).toThrow(says)
    expect(() => write(value)).toThrow(expect.objectContaining({ name: "FormatError" }))
  })

  it("xml counts the depth", () => {
    expect(write({ a: { b: "" } }, { depth: 2 })).toBe("<a><b/></a>")
    expect(() => write({ a: { b: { c: "" } } }, { depth: 2 })).toThrow("more than 2 deep")
  })

  it("xml stops before a long name and a long list become an enormous document", () => {
    const value = { a: { ["n".repeat(100_000)]: Array.from({ length: 100_000 }, () => 1) } }
    expect(() => write(value)).toThrow("more than 16777216 characters")
    expect(() => write({ a: "x".repeat(100) }, { size: 100 })).toThrow("more than 100 characters")
    expect(write({ a: "x".repeat(80) }, { size: 100 })).toContain("xxx")
  })

  it("xml sets elements in by twenty steps at most", () => {
    const deep = (levels: number): unknown => (levels === 0 ? "" : { a: deep(levels - 1) })
    expect(
      Math.max(
        ...write(deep(100), { indent: 2 })
          .split("\n")
          .map((line) => line.search(/\S|$/)),
      ),
    ).toBe(40)
  })
})

describe("options", () => {
  it.each<[XmlOptions, string]>([
    [{ attributePrefix: "" }, 'attributePrefix "" could begin an element\'s name'],
    [{ attributePrefix: "attr_" }, 'attributePrefix "attr_"'],
    [{ attributePrefix: "_" }, 'attributePrefix "_"'],
    [{ attributePrefix: "₠" }, 'attributePrefix "₠"'],
    [{ textKey: "text" }, 'textKey "text"'],
    [{ textKey: "" }, 'textKey ""'],
    [{ textKey: "@text" }, 'textKey "@text"'],
  ])("xml refuses %j, with which names could not be told apart", (options, says) => {
    expect(() => xml.with(options)).toThrow(says)
  })
})
