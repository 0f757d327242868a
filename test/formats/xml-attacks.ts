/** A document that has to be refused. */
export interface Attack {
  says: string
  document: () => string
  /** A part of what is said about it. */
  why: string
}

const times = (count: number, make: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => make(n)).join("")
const doctype = "document type declarations are refused"

/** Documents that have brought down, or led astray, one parser or another. */
export const attacks: readonly Attack[] = [
  {
    says: "billion laughs",
    document: () =>
      `<!DOCTYPE a [<!ENTITY l0 "lol">${times(9, (n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`)}]><a>&l9;</a>`,
    why: doctype,
  },
  {
    says: "quadratic blow-up",
    document: () => `<!DOCTYPE a [<!ENTITY x "${"y".repeat(100_000)}">]><a>${"&x;".repeat(100_000)}</a>`,
    why: doctype,
  },
  {
    says: "an entity that is a file",
    document: () => '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    why: doctype,
  },
  {
    says: "an entity on the network",
    document: () => '<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:1/">]><a>&x;</a>',
    why: doctype,
  },
  {
    says: "a parameter entity",
    document: () => '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:1/"> %x;]><a/>',
    why: doctype,
  },
  {
    says: "an external document type",
    document: () => '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>',
    why: doctype,
  },
  { says: "a document type without anything in it", document: () => "<!DOCTYPE a><a/>", why: doctype },
  {
    says: "a document type behind comments",
    document: () => "<?xml version='1.0'?><!-- <a> --><?p <a>?>\n<!DOCTYPE a><a/>",
    why: "at line 2, column 1: document type",
  },
  { says: "default attributes", document: () => '<!DOCTYPE a [<!ATTLIST a role CDATA "admin">]><a/>', why: doctype },
  { says: "a document type in small letters", document: () => "<!doctype a><a/>", why: "begins neither a comment nor" },
  { says: "a conditional section", document: () => "<a><![INCLUDE[<b/>]]></a>", why: "begins neither a comment nor" },
  { says: "an entity that nobody declared", document: () => "<a>&x;</a>", why: "ntity 'x' is not declared" },
  {
    says: "nesting by 10,000",
    document: () => "<a>".repeat(10_000) + "</a>".repeat(10_000),
    why: "nested more than 200 deep",
  },
  {
    says: "nesting by 300,000 without end",
    document: () => "<a>".repeat(300_000),
    why: "line 1, column 601: elements are nested",
  },
  {
    says: "100,000 attributes",
    document: () => `<a ${times(100_000, (n) => `a${n}="" `)}/>`,
    why: "more than 1000 attributes",
  },
  {
    says: "50,000 declarations of prefixes",
    document: () => `<a ${times(50_000, (n) => `xmlns:p${n}="u" `)}/>`,
    why: "more than 1000 attributes",
  },
  { says: "a name of a megabyte", document: () => `<${"n".repeat(1_000_000)}/>`, why: "longer than 1000" },
  {
    says: "an attribute's name of a megabyte",
    document: () => `<a ${"n".repeat(1_000_000)}="1"/>`,
    why: "longer than 1000",
  },
  { says: "an attribute that comes twice", document: () => '<a x="1" x="2"/>', why: "uplicate attribute 'x'" },
  {
    says: "a dangerous attribute that comes twice",
    document: () => '<a __proto__="1" __proto__="2"/>',
    why: "uplicate attribute",
  },
  { says: "an element without an end", document: () => "<a>\n<b>\n<c></c></a>", why: "line 3, column 8" },
  { says: "a million elements' beginnings", document: () => `<a>${"<".repeat(1_000_000)}`, why: "<" },
  { says: "a value without an end", document: () => `<a x="${"y".repeat(1_000_000)}`, why: "" },
  { says: "a section without an end", document: () => `<a>${"<![CDATA[".repeat(100_000)}`, why: "CDATA" },
  { says: "a comment without an end", document: () => `<a><!--${" -".repeat(500_000)}`, why: "omment" },
  {
    says: "two dashes in a comment",
    document: () => "<a><!-- a -- b --></a>",
    why: "'--' is not allowed inside a comment",
  },
  { says: "a comment that begins with its end", document: () => "<a><!--></a>", why: "" },
  { says: "a NUL", document: () => "<a>\0</a>", why: "control character 0x00" },
  { says: "a NUL as a reference", document: () => "<a>&#0;</a>", why: "not a valid XML character" },
  { says: "half a character as a reference", document: () => "<a>&#xD800;</a>", why: "not a valid XML character" },
  { says: "the end of a section in a text", document: () => "<a>]]></a>", why: "]]>" },
  { says: "markup in an attribute", document: () => '<a b="<c>"/>', why: "'<' is not allowed" },
  { says: "a value without quotes", document: () => "<a b=c/>", why: "quoted" },
  { says: "attributes without a space", document: () => "<a b='1'c='2'/>", why: "hitespace" },
  { says: "two roots", document: () => "<a/><b/>", why: "one root" },
  { says: "text after the root", document: () => "<a/>x", why: "after the root" },
  { says: "nothing", document: () => "", why: "root element" },
  { says: "a declaration that comes late", document: () => " <?xml version='1.0'?><a/>", why: "<?xml" },
  { says: "a version that does not exist", document: () => "<?xml version='2.0'?><a/>", why: "2.0" },
  { says: "HTML", document: () => "<p>one<br>two</p>", why: "closing tag </br>" },
  { says: "JSON", document: () => '{"a":1}', why: "" },
]

/** Documents that only look like trouble. */
export const harmless: readonly { says: string; document: () => string; value: () => unknown }[] = [
  {
    says: "an attribute of a megabyte",
    document: () => `<a x="${"y".repeat(1_000_000)}"/>`,
    value: () => ({ a: { "@x": "y".repeat(1_000_000) } }),
  },
  {
    says: "a text of a megabyte",
    document: () => `<a>${"y".repeat(1_000_000)}</a>`,
    value: () => ({ a: "y".repeat(1_000_000) }),
  },
  {
    says: "a megabyte of references",
    document: () => `<a>${"&amp;".repeat(200_000)}</a>`,
    value: () => ({ a: "&".repeat(200_000) }),
  },
  { says: "a megabyte of comments", document: () => `<a>${"<!---->".repeat(140_000)}</a>`, value: () => ({ a: "" }) },
  {
    says: "a megabyte of processing instructions",
    document: () => `<a>${"<?p?>".repeat(200_000)}</a>`,
    value: () => ({ a: "" }),
  },
  {
    says: "a megabyte of small sections",
    document: () => `<a>${"<![CDATA[x]]>".repeat(75_000)}</a>`,
    value: () => ({ a: "x".repeat(75_000) }),
  },
  {
    says: "200,000 elements",
    document: () => `<a>${"<b/>".repeat(200_000)}</a>`,
    value: () => ({ a: { b: Array.from({ length: 200_000 }, () => "") } }),
  },
  {
    says: "nesting as deep as allowed",
    document: () => `${"<a>".repeat(200)}${"</a>".repeat(200)}`,
    value: () => JSON.parse(`${'{"a":'.repeat(200)}""${"}".repeat(200)}`) as unknown,
  },
  {
    says: "brackets in attributes",
    document: () => `<a x="&lt;b>" y='"'/>`,
    value: () => ({ a: { "@x": "<b>", "@y": '"' } }),
  },
  {
    says: "a document type in a comment, a section and an instruction",
    document: () => "<!-- <!DOCTYPE a> --><a><![CDATA[<!DOCTYPE a>]]><?p <!DOCTYPE a>?></a>",
    value: () => ({ a: "<!DOCTYPE a>" }),
  },
  {
    says: "a comment that looks like its end",
    document: () => "<a><!---> <!DOCTYPE b> --></a>",
    value: () => ({ a: "" }),
  },
]
