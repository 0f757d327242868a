import { cannotRead, quoted } from "../format.ts"
import { checkMarkup, misfit } from "./check.ts"
import { keyOf, namespaceOf, ownPrefixes, type Scope } from "./names.ts"
import type { Mapping, Step } from "./options.ts"
import { typed } from "./values.ts"

/** What Bun.XML makes of an element: attributes come first, and every name is the object's own, as in JSON.parse. */
export type Node = string | Element

/** An element that is more than a text. */
export interface Element {
  [key: string]: Node | Node[]
}

/** The value in a document. */
export function readXml(text: string, mapping: Mapping): unknown {
  const document = parseXml(text, mapping.depth)
  if (mapping.plain && !text.includes("_x")) return document
  const [name, root] = Object.entries(document)[0] as [string, Node]
  const scope = scopeOf(root, undefined)
  const key = keyFor(name, scope, mapping)
  const value = valueOf(root, mapping.top.steps.get(key), scope, mapping)
  if (key === mapping.root) return value
  const read = emptyObject()
  read[key] = value
  return read
}

/** A document as Bun.XML has it, where that is safe to have. */
export function parseXml(text: string, depth: number): Element {
  checkMarkup(text, depth)
  try {
    return Bun.XML.parse(text) as Element
  } catch (error) {
    const found = (error as Error).message.replace(/^XML Parse error: /, "")
    const why = found.slice(0, 200).replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())
    throw cannotRead("XML", `${why}.`, why.includes("closing tag") ? misfit(text) : undefined)
  }
}

// Names are the sender's: "__proto__" is one as good as any.
const emptyObject = (): Record<string, unknown> => Object.create(null) as Record<string, unknown>

/** The value of an element, of which something is said, where these prefixes are declared. */
export function valueOf(node: Node, step: Step | undefined, scope: Scope | undefined, mapping: Mapping): unknown {
  if (typeof node === "string") return leafOf(node, step, mapping)
  const value = emptyObject()
  const content = contentOf(node, step, scope, mapping)
  const mark = setAttributes(value, node, scope, content.size === 0, mapping)
  const hasAttributes = Object.keys(value).length > 0
  const text = content.get(mapping.textKey)
  if (text) text[0] = mark === "string" ? text[0] : valueOfText(text[0] as string, mapping)

  if (mark === "nil") content.set(mapping.textKey, [null])
  if (!hasAttributes && content.size === 0) return leafOf("", step, mapping)
  if (!hasAttributes && content.size === 1 && content.has(mapping.textKey)) return content.get(mapping.textKey)?.[0]
  const items = step?.list === undefined || hasAttributes || content.size > 1 ? undefined : content.get(step.list)
  if (items) return items

  for (const [key, values] of content) {
    const isOne = values.length === 1 && (key === mapping.textKey || !isList(step, key))
    value[key] = isOne ? values[0] : values
  }
  return withLists(value, step)
}

const isList = (step: Step | undefined, key: string): boolean =>
  step !== undefined && (step.list === key || step.steps.get(key)?.array === true)

/** Lists that are declared are there even when they are empty. */
function withLists(value: Record<string, unknown>, step: Step | undefined): Record<string, unknown> {
  if (!step) return value
  if (step.list !== undefined && !(step.list in value)) value[step.list] = []
  for (const [key, { array }] of step.steps) if (array && !(key in value)) value[key] = []
  return value
}

/** An element without attributes and elements; where these are declared, space is no text but layout. */
function leafOf(text: string, step: Step | undefined, mapping: Mapping): unknown {
  if (step && text.trim() === "") {
    if (step.list !== undefined) return []
    const empty = withLists(emptyObject(), step)
    if (Object.keys(empty).length > 0) return empty
  }
  return valueOfText(text, mapping)
}

const valueOfText = (text: string, mapping: Mapping): unknown => (mapping.values ? typed(text) : text)

/** The elements and the text in an element, by key, in the order of their first appearance. */
function contentOf(node: Element, step: Step | undefined, scope: Scope | undefined, mapping: Mapping) {
  const content = new Map<string, unknown[]>()
  for (const name of Object.keys(node)) {
    const found = node[name] as Node | Node[]
    if (name === "#text") content.set(mapping.textKey, [found])
    if (name.startsWith("@") || name === "#text") continue
    for (const child of Array.isArray(found) ? found : [found]) {
      const inner = scopeOf(child, scope)
      const key = keyFor(name, inner, mapping)
      const value = valueOf(child, step?.steps.get(key), inner, mapping)
      // Names that differ on paper, in a prefix that is not read, may be one key.
      const values = content.get(key)
      if (values) values.push(value)
      else content.set(key, [value])
    }
  }
  return content
}

/** Sets an object's attributes, and tells what the schema attributes say that are part of the mapping itself. */
function setAttributes(
  value: Record<string, unknown>,
  node: Element,
  scope: Scope | undefined,
  isEmpty: boolean,
  mapping: Mapping,
): "nil" | "string" | undefined {
  let mark: "nil" | "string" | undefined
  for (const marked of Object.keys(node)) {
    if (!marked.startsWith("@")) continue
    const text = node[marked] as string
    const name = marked.slice(1)
    const declares = name === "xmlns" || name.startsWith("xmlns:")
    if (declares && (mapping.strip || (mapping.values && isOwn(name, text)))) continue
    const schemaName = declares || !(mapping.values || mapping.strip) ? undefined : schemaNameOf(name, scope)
    const found = mapping.values && schemaName ? markOf(schemaName, text, scope, isEmpty) : undefined
    if (found) {
      mark = found
      continue
    }
    const key = mapping.attributePrefix + (declares ? name : (schemaName ?? keyOf(name, scope, mapping.strip)))
    if (key in value)
      throw cannotRead("XML", `without their prefixes, two attributes of an element are called ${quoted(key)}.`)
    value[key] = declares || schemaName ? text : valueOfText(text, mapping)
  }
  return mark
}

/** The declarations that the writer makes where it needs them. */
const isOwn = (name: string, uri: string): boolean =>
  uri === ownPrefixes.xsi || (name === "xmlns:xs" && uri === ownPrefixes.xs)

/** Whatever prefix the sender chose for it, an attribute of XML Schema's own is called `xsi:…`. */
function schemaNameOf(name: string, scope: Scope | undefined): string | undefined {
  const colon = name.indexOf(":")
  if (colon < 0 || namespaceOf(scope, name.slice(0, colon)) !== ownPrefixes.xsi) return undefined
  return `xsi:${name.slice(colon + 1)}`
}

function markOf(
  schemaName: string,
  text: string,
  scope: Scope | undefined,
  isEmpty: boolean,
): "nil" | "string" | undefined {
  const said = text.trim()
  if (isEmpty && schemaName === "xsi:nil" && (said === "true" || said === "1")) return "nil"
  const [prefix = "", local] = said.split(":")
  return schemaName === "xsi:type" && local === "string" && namespaceOf(scope, prefix) === ownPrefixes.xs
    ? "string"
    : undefined
}

/** A key that is neither an attribute's nor the text's, whatever the name would be without its escapes. */
function keyFor(name: string, scope: Scope | undefined, mapping: Mapping): string {
  const key = keyOf(name, scope, mapping.strip)
  return key.startsWith(mapping.attributePrefix) || key === mapping.textKey ? name : key
}

/** The prefixes that are declared in an element. */
export function scopeOf(node: Node, outer: Scope | undefined): Scope | undefined {
  if (typeof node === "string") return outer
  let scope = outer
  for (const key of Object.keys(node)) {
    if (!key.startsWith("@")) break
    if (key.startsWith("@xmlns:")) scope = { prefix: key.slice(7), uri: node[key] as string, outer: scope }
  }
  return scope
}
