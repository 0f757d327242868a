import type { XmlOptions } from "../../src/formats/xml/options.ts"

/** A value, the options it needs, and the document it is, without its declaration. */
export interface XmlCase {
  says: string
  value: unknown
  options?: XmlOptions
  xml: string
}

const values = { values: true }
const xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
const xs = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'

/** Values that are read back as they were written. */
export const unchanged: readonly XmlCase[] = [
  { says: "an object in an object", value: { order: { id: "1" } }, xml: "<order><id>1</id></order>" },
  { says: "a text as the root", value: { note: "hello" }, xml: "<note>hello</note>" },
  { says: "an empty root", value: { note: "" }, xml: "<note/>" },
  {
    says: "several members in their order",
    value: { order: { z: "1", a: "2", m: "3" } },
    xml: "<order><z>1</z><a>2</a><m>3</m></order>",
  },
  {
    says: "deep objects",
    value: { a: { b: { c: { d: { e: "deep" } } } } },
    xml: "<a><b><c><d><e>deep</e></d></c></b></a>",
  },
  {
    says: "a list of many",
    value: { order: { item: ["tea", "cake", ""] } },
    xml: "<order><item>tea</item><item>cake</item><item/></order>",
  },
  {
    says: "a list of objects",
    value: { order: { item: [{ sku: "a" }, { sku: "b" }] } },
    xml: "<order><item><sku>a</sku></item><item><sku>b</sku></item></order>",
  },
  {
    says: "a declared list of one",
    value: { order: { items: { item: ["tea"] } } },
    options: { arrays: ["order.items.item"] },
    xml: "<order><items><item>tea</item></items></order>",
  },
  {
    says: "a declared list of none",
    value: { order: { items: { item: [] } } },
    options: { arrays: ["order.items.item"] },
    xml: "<order><items/></order>",
  },
  {
    says: "a declared list of none beside attributes and others",
    value: { order: { "@id": "1", note: "x", item: [] } },
    options: { arrays: ["order.item"] },
    xml: '<order id="1"><note>x</note></order>',
  },
  {
    says: "declared lists in a declared list",
    value: { o: { line: [{ tag: [] }, { tag: ["x"] }] } },
    options: { arrays: ["o.line", "o.line.tag"] },
    xml: "<o><line/><line><tag>x</tag></line></o>",
  },
  {
    says: "a list as an element with its items",
    value: { order: { items: ["tea", "cake"] } },
    options: { lists: { "order.items": "item" } },
    xml: "<order><items><item>tea</item><item>cake</item></items></order>",
  },
  {
    says: "such a list of one, and of none",
    value: { order: { items: ["tea"], notes: [] } },
    options: { lists: { "order.items": "item", "order.notes": "note" } },
    xml: "<order><items><item>tea</item></items><notes/></order>",
  },
  {
    says: "a list at the top",
    value: [{ id: "1" }, { id: "2" }],
    options: { root: "orders", lists: { orders: "order" } },
    xml: "<orders><order><id>1</id></order><order><id>2</id></order></orders>",
  },
  {
    says: "an empty list at the top",
    value: [],
    options: { root: "orders", lists: { orders: "order" } },
    xml: "<orders/>",
  },
  {
    says: "a list whose only key names it",
    value: { orders: ["1"] },
    options: { lists: { orders: "order" } },
    xml: "<orders><order>1</order></orders>",
  },
  {
    says: "lists in lists",
    value: { m: [["1", "2"], ["3"], []] },
    options: { lists: { m: "row", "m.row": "cell" } },
    xml: "<m><row><cell>1</cell><cell>2</cell></row><row><cell>3</cell></row><row/></m>",
  },
  {
    says: "an object where a list is declared, for its attributes",
    value: { orders: { "@page": "2", order: ["1"] } },
    options: { lists: { orders: "order" } },
    xml: '<orders page="2"><order>1</order></orders>',
  },
  {
    says: "an object without a root of its own",
    value: { id: "1", name: "tea" },
    options: { root: "order" },
    xml: "<order><id>1</id><name>tea</name></order>",
  },
  {
    says: "a root around an object that could be one",
    value: { customer: { id: "1" } },
    options: { root: "order" },
    xml: "<order><customer><id>1</id></customer></order>",
  },
  { says: "a text with a root", value: "tea", options: { root: "name" }, xml: "<name>tea</name>" },
  {
    says: "numbers, truth and null",
    value: { a: { n: 1, f: -0.5, e: 1e21, t: true, o: false, z: null } },
    options: values,
    xml: `<a ${xsi}><n>1</n><f>-0.5</f><e>1e+21</e><t>true</t><o>false</o><z xsi:nil="true"/></a>`,
  },
  {
    says: "a null, an empty text, and nothing",
    value: { a: [{ x: null }, { x: "" }, { y: "1st" }] },
    options: { ...values, root: "list" },
    xml: `<list ${xsi}><a><x xsi:nil="true"/></a><a><x/></a><a><y>1st</y></a></list>`,
  },
  {
    says: "texts that look like other values",
    value: { a: ["1", "true", "null", "007", "1.50", " 1", 1] },
    options: { ...values, root: "list" },
    xml: `<list ${xsi} ${xs}><a xsi:type="xs:string">1</a><a xsi:type="xs:string">true</a><a>null</a><a>007</a><a xsi:type="xs:string">1.50</a><a> 1</a><a>1</a></list>`,
  },
  {
    says: "numbers too long for JavaScript, as texts",
    value: { id: "12345678901234567890", n: 0.30000000000000004 },
    options: { ...values, root: "a" },
    xml: "<a><id>12345678901234567890</id><n>0.30000000000000004</n></a>",
  },
  {
    says: "a null with attributes",
    value: { a: { "@x": 1, "#text": null } },
    options: values,
    xml: `<a x="1" xsi:nil="true" ${xsi}/>`,
  },
  { says: "a null as the root", value: { a: null }, options: values, xml: `<a xsi:nil="true" ${xsi}/>` },
  { says: "null alone", value: null, options: { ...values, root: "a" }, xml: `<a xsi:nil="true" ${xsi}/>` },
  {
    says: "nulls in a list",
    value: { a: { b: [null, 1, null] } },
    options: values,
    xml: `<a ${xsi}><b xsi:nil="true"/><b>1</b><b xsi:nil="true"/></a>`,
  },
  {
    says: "an attribute of XML Schema that is not the mapping's",
    value: { a: { "@xsi:schemaLocation": "u u.xsd", b: 1 } },
    options: values,
    xml: `<a xsi:schemaLocation="u u.xsd" ${xsi}><b>1</b></a>`,
  },
  {
    says: "attributes beside a text",
    value: { price: { "@currency": "CHF", "#text": "9.50" } },
    xml: '<price currency="CHF">9.50</price>',
  },
  {
    says: "attributes beside elements",
    value: { order: { "@id": "7", "@open": "", item: "tea" } },
    xml: '<order id="7" open=""><item>tea</item></order>',
  },
  {
    says: "names for attributes and text of one's own",
    value: { order: { "-id": "7", $: "tea" } },
    options: { attributePrefix: "-", textKey: "$" },
    xml: '<order id="7">tea</order>',
  },
  {
    says: "attributes with quotes, line ends and tabs",
    value: { a: { "@x": '"it\'s"\n\r\t<&>  ' } },
    xml: '<a x="&quot;it&apos;s&quot;&#10;&#13;&#9;&lt;&amp;&gt;  "/>',
  },
  {
    says: "text that is markup",
    value: { a: "<b>&amp;</b> ]]> <!-- c --> <![CDATA[" },
    xml: "<a>&lt;b&gt;&amp;amp;&lt;/b&gt; ]]&gt; &lt;!-- c --&gt; &lt;![CDATA[</a>",
  },
  { says: "space around a text", value: { a: "  x\n\ty  " }, xml: "<a>  x\n\ty  </a>" },
  { says: "space alone", value: { a: { b: " ", c: "\n" } }, xml: "<a><b> </b><c>\n</c></a>" },
  { says: "carriage returns", value: { a: "x\r\ny\rz" }, xml: "<a>x&#13;\ny&#13;z</a>" },
  {
    says: "text in CDATA sections",
    value: { a: { b: "<b>&</b>", c: "]]>", d: "x\ry", e: "" } },
    options: { cdata: ["a.b", "a.c", "a.d", "a.e"] },
    xml: "<a><b><![CDATA[<b>&</b>]]></b><c><![CDATA[]]]]><![CDATA[>]]></c><d><![CDATA[x]]>&#13;<![CDATA[y]]></d><e/></a>",
  },
  {
    says: "CDATA beside attributes",
    value: { a: { "@x": "1", "#text": "<" } },
    options: { cdata: ["a"] },
    xml: '<a x="1"><![CDATA[<]]></a>',
  },
  {
    says: "text beside elements",
    value: { p: { "#text": "Hello ", b: "world" } },
    xml: "<p>Hello <b>world</b></p>",
  },
  {
    says: "letters of all kinds",
    value: { größe: { 名前: "世界 ñ", "@été": "Ω" } },
    xml: '<größe été="Ω"><名前>世界 ñ</名前></größe>',
  },
  { says: "astral characters", value: { a: { "𐀀": "😀", b: "\u{10ffff}" } }, xml: "<a><𐀀>😀</𐀀><b>\u{10ffff}</b></a>" },
  {
    says: "characters that are odd, but XML's",
    value: { a: "\u0085\u2028\u00a0\ufffd\u007f" },
    xml: "<a>\u0085\u2028\u00a0\ufffd\u007f</a>",
  },
  {
    says: "keys that are no names",
    value: { "a b": { "1st": "x", "": "y", "-": "z", "a/b": "q", "?xml": "w", "\u0001": "c" } },
    xml: "<a_x0020_b><_x0031_st>x</_x0031_st><_x_>y</_x_><_x002D_>z</_x002D_><a_x002F_b>q</a_x002F_b><_x003F_xml>w</_x003F_xml><_x0001_>c</_x0001_></a_x0020_b>",
  },
  {
    says: "keys that look escaped",
    value: { a: { _x0020_: "1", _x_: "2", "_x0020 ": "3", x0020_: "4", _x00: "5", "_x ": "6" } },
    xml: "<a><_x005F_x0020_>1</_x005F_x0020_><_x005F_x_>2</_x005F_x_><_x005F_x0020_x0020_>3</_x005F_x0020_x0020_><x0020_>4</x0020_><_x00>5</_x00><_x_x0020_>6</_x_x0020_></a>",
  },
  {
    says: "attributes whose names are none",
    value: { a: { "@1": "x", "@": "y", "@@id": "z", "@a b": "q" } },
    xml: '<a _x0031_="x" _x_="y" _x0040_id="z" a_x0020_b="q"/>',
  },
  {
    says: "keys beyond the characters of names",
    value: { a: { "\u{f0000}": "1", "\ud800": "2" } },
    xml: "<a><_x000F0000_>1</_x000F0000_><_xD800_>2</_xD800_></a>",
  },
  {
    says: "keys that are dangerous to objects",
    value: JSON.parse('{"__proto__":{"@__proto__":"a","constructor":"b","toString":{"__proto__":["c","d"]}}}'),
    xml: '<__proto__ __proto__="a"><constructor>b</constructor><toString><__proto__>c</__proto__><__proto__>d</__proto__></toString></__proto__>',
  },
  {
    says: "namespaces",
    value: {
      "soap:Envelope": {
        "@xmlns:soap": "http://schemas.xmlsoap.org/soap/envelope/",
        "soap:Body": { order: { "@xmlns": "urn:shop", "@soap:role": "x", id: "1" } },
      },
    },
    xml: '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><order xmlns="urn:shop" soap:role="x"><id>1</id></order></soap:Body></soap:Envelope>',
  },
  {
    says: "the prefix xml, which needs no declaration",
    value: { a: { "@xml:lang": "de", "xml:b": "" } },
    xml: '<a xml:lang="de"><xml:b/></a>',
  },
  {
    says: "colons that are no prefix's",
    value: { a: { "urn:x": "1", ":b": "2", "c:": "3", "@q:r": "4", "d:e:f": "5" } },
    xml: '<a q_x003A_r="4"><urn_x003A_x>1</urn_x003A_x><_x003A_b>2</_x003A_b><c_x003A_>3</c_x003A_><d_x003A_e_x003A_f>5</d_x003A_e_x003A_f></a>',
  },
  {
    says: "a prefix that is declared too late",
    value: { a: { "p:b": "1", c: { "@xmlns:p": "urn:p", "p:d": "2" } } },
    xml: '<a><p_x003A_b>1</p_x003A_b><c xmlns:p="urn:p"><p:d>2</p:d></c></a>',
  },
  {
    says: "declarations that are none",
    value: { a: { "@xmlns:p": "", "@xmlns:xmlns": "u", "@xmlns:1": "u" } },
    xml: '<a xmlns_x003A_p="" xmlns_x003A_xmlns="u" xmlns_x003A_1="u"/>',
  },
  {
    says: "a path to a name with a dot",
    value: { "a.b": { c: ["1"] } },
    options: { arrays: ["a_x002E_b.c"] },
    xml: "<a.b><c>1</c></a.b>",
  },
  {
    says: "elements in lines",
    value: { a: { "@x": "1", b: { c: "1", d: ["2", "3"] }, e: "", f: " " } },
    options: { indent: 2 },
    xml: '\n<a x="1">\n  <b>\n    <c>1</c>\n    <d>2</d>\n    <d>3</d>\n  </b>\n  <e/>\n  <f> </f>\n</a>\n',
  },
  {
    says: "texts that lines would change",
    value: { a: { p: { "#text": "Hello ", b: "you" }, q: { "@x": "1", "#text": "<" } } },
    options: { indent: 4, cdata: ["a.q"] },
    xml: '\n<a>\n    <p>Hello <b>you</b></p>\n    <q x="1"><![CDATA[<]]></q>\n</a>\n',
  },
  { says: "a document without its declaration", value: { a: "1" }, options: { declaration: false }, xml: "<a>1</a>" },
]

/** Documents that are written as they were read. */
export const documents: readonly { says: string; xml: string; value: unknown; options?: XmlOptions }[] = [
  { says: "elements and attributes", xml: '<a x="1"><b>2</b><c/></a>', value: { a: { "@x": "1", b: "2", c: "" } } },
  {
    says: "prefixes as they are",
    xml: '<s:a xmlns:s="u" xmlns="v"><s:b s:c="1"/></s:a>',
    value: { "s:a": { "@xmlns:s": "u", "@xmlns": "v", "s:b": { "@s:c": "1" } } },
  },
  { says: "references", xml: "<a>&lt;&amp;&gt;&#13;</a>", value: { a: "<&>\r" } },
  { says: "names with escapes", xml: "<a_x0020_b/>", value: { "a b": "" } },
  { says: "names with what only looks like escapes", xml: "<_xZ_><_x00e9_/></_xZ_>", value: { _xZ_: { _x00e9_: "" } } },
  {
    says: "null by another prefix for XML Schema",
    xml: '<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><b i:nil="true"/></a>',
    value: { a: { "@xmlns:i": "http://www.w3.org/2001/XMLSchema-instance", b: { "@i:nil": "true" } } },
  },
  {
    says: "null by that prefix, in the words of the mapping",
    xml: '<a xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><b xsi:nil="true"/><c>1</c></a>',
    value: { a: { b: null, c: 1 } },
    options: values,
  },
  { says: "sections", xml: "<a><![CDATA[x < y]]></a>", value: { a: "x < y" }, options: { cdata: ["a"] } },
  {
    says: "elements in lines",
    xml: "\n<a>\n  <b>1</b>\n  <b>2</b>\n</a>\n",
    value: { a: { b: ["1", "2"] } },
    options: { indent: 2 },
  },
]
