import { cannotWrite, isNothing, jsonOf, kindOf, quoted, scalarText } from "../format.ts"
import { isLocalName, nameOf, namespaceOf, type OwnPrefix, ownPrefixes, type Scope } from "./names.ts"
import type { Step } from "./options.ts"
import { typed } from "./values.ts"
import { type Attributes, grow, type Writing } from "./writing.ts"

// XML 1.0 section 2.2: what is not even allowed as &#1;.
const unwritable = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u

// Readers turn a bare CR into LF, and line ends and tabs of attributes into spaces. ">" because of "]]>".
const references = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ["\t", "&#9;"],
  ["\n", "&#10;"],
  ["\r", "&#13;"],
])
const escaped = (text: string, what: RegExp): string => text.replace(what, (char) => references.get(char) ?? char)

/** Writes an object's attributes, and tells which prefixes are declared within it. */
export function setAttributes(
  attributes: Attributes,
  value: Record<string, unknown>,
  outer: Scope | undefined,
  writing: Writing,
): Scope | undefined {
  const prefix = writing.mapping.attributePrefix
  const found: [name: string, text: string][] = []
  let scope = outer
  for (const key of Object.keys(value)) {
    if (!key.startsWith(prefix)) continue
    const content = jsonOf(value[key])
    if (content === null || isNothing(content)) continue
    const text = scalarText(content)
    const path = [...writing.path, key]
    if (text === undefined)
      throw cannotWrite("XML", `an attribute is a text, not ${kindOf(content)}; choose another attributePrefix.`, path)
    checkCharacters(text, path)
    grow(writing, key.length + text.length)
    const name = key.slice(prefix.length)
    if (isDeclaration(name, text)) scope = { prefix: name.slice(6), uri: text, outer: scope }
    found.push([name, text])
  }
  for (const [name, text] of found) {
    const written = name === "xmlns" || isDeclaration(name, text) ? name : nameFor(name, scope, writing)
    // The value of xsi:type is a name as well.
    if (written === "xsi:type") nameFor(text, scope, writing)
    // The builder escapes quotes by itself.
    attributes[`@${written}`] = escaped(text, /[&<>\t\n\r]/g)
  }
  return scope
}

/** The name for a key; prefixes that are the mapping's own, and are used, are declared by the root. */
export function nameFor(key: string, scope: Scope | undefined, writing: Writing): string {
  const name = nameOf(key, scope)
  const prefix = name.slice(0, Math.max(name.indexOf(":"), 0))
  if (writing.mapping.values && isOwn(prefix) && namespaceOf(scope, prefix) === ownPrefixes[prefix])
    writing.needs.add(prefix)
  return name
}

const isOwn = (prefix: string): prefix is OwnPrefix => Object.hasOwn(ownPrefixes, prefix)

/** Namespaces in XML 1.0 sections 3 and 5: prefixes are declared once and for all, and not as nothing. */
const isDeclaration = (name: string, uri: string): boolean =>
  name.startsWith("xmlns:") && isLocalName(name.slice(6)) && !/^xmlns:xml(?:ns)?$/.test(name) && uri !== ""

/** The text of an element as markup; what reading could not tell from the text alone is said in its attributes. */
export function textMarkup(
  value: unknown,
  step: Step | undefined,
  attributes: Attributes,
  scope: Scope | undefined,
  writing: Writing,
): string {
  const content = jsonOf(value)
  if (content === null || isNothing(content)) {
    if (!writing.mapping.values) return ""
    need("xsi", scope, writing)
    attributes["@xsi:nil"] = "true"
    return ""
  }
  const text = scalarText(content)
  if (text === undefined) throw cannotWrite("XML", `there is no form for ${kindOf(content)}.`, writing.path)
  checkCharacters(text, writing.path)
  grow(writing, text.length)
  if (writing.mapping.values && typeof content === "string" && typeof typed(content) !== "string") {
    need("xsi", scope, writing)
    need("xs", scope, writing)
    attributes["@xsi:type"] ??= "xs:string"
  }
  return step?.cdata && text !== "" ? section(text) : escaped(text, /[&<>\r]/g)
}

// Neither its own end nor CR can be said within a CDATA section.
const section = (text: string): string =>
  `<![CDATA[${text.replaceAll("]]>", "]]]]><![CDATA[>").replaceAll("\r", "]]>&#13;<![CDATA[")}]]>`

function need(prefix: OwnPrefix, scope: Scope | undefined, { needs, path }: Writing): void {
  const uri = namespaceOf(scope, prefix)
  if (uri !== ownPrefixes[prefix])
    throw cannotWrite(
      "XML",
      `the prefix ${quoted(prefix)} is needed for XML Schema, but stands for ${quoted(uri)}.`,
      path,
    )
  needs.add(prefix)
}

function checkCharacters(text: string, path: readonly (string | number)[]): void {
  const found = unwritable.exec(text)?.[0]
  if (found === undefined) return
  const code = (found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")
  throw cannotWrite("XML", `U+${code} is no character of XML 1.0. Take it out first.`, path)
}
