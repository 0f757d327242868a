import { XMLBuilder } from "fast-xml-parser"

import { cannotWrite, isNothing, isPlain, jsonOf } from "../format.ts"
import { ownPrefixes, ownScope, type Scope } from "./names.ts"
import type { Mapping, Step } from "./options.ts"
import { nameFor, setAttributes, textMarkup } from "./write-text.ts"
import { type Attributes, grow, type Item, mostIndents, type Writing } from "./writing.ts"

// Ordered, because then it prints what it is given and nothing else. It would let pass what no reader takes, and leave
// line ends to be normalised: texts come to it escaped.
const builder = new XMLBuilder({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  textNodeName: "#text",
  processEntities: false,
  suppressEmptyNode: true,
  suppressBooleanAttributes: false,
  // Counted here, for a message with a path.
  maxNestedTags: 0,
})

/** The document for a value. */
export function writeXml(value: unknown, mapping: Mapping): string {
  const [key, content] = rootOf(jsonOf(value), mapping)
  const writing: Writing = { mapping, path: [], needs: new Set(), depth: 0, size: 0 }
  const root = element(key, content, mapping.top.steps.get(key), mapping.values ? ownScope : undefined, writing)
  const attributes = (root[":@"] ??= {}) as Attributes
  for (const prefix of writing.needs) attributes[`@xmlns:${prefix}`] ??= ownPrefixes[prefix]
  const declaration = mapping.declaration ? '<?xml version="1.0" encoding="UTF-8"?>' : ""
  const lineEnd = mapping.indent > 0 ? "\n" : ""
  return `${declaration && declaration + lineEnd}${builder.build([root]) as string}${lineEnd}`
}

/** The key and the content of the root: an object with one key, which is an element's, brings its own. */
function rootOf(value: unknown, { root, attributePrefix, textKey, top }: Mapping): [key: string, content: unknown] {
  if (isNothing(value)) throw cannotWrite("XML", `there is no form for ${typeof value}.`)
  if (root !== undefined) return [root, value]
  const entries = isPlain(value) ? Object.entries(value).filter(([, content]) => !isNothing(content)) : []
  const [key, content] = entries[0] ?? []
  if (entries.length !== 1 || key === undefined || key.startsWith(attributePrefix) || key === textKey)
    return ["root", value]
  return Array.isArray(content) && top.steps.get(key)?.list === undefined ? ["root", value] : [key, content]
}

function element(
  key: string,
  value: unknown,
  step: Step | undefined,
  outer: Scope | undefined,
  writing: Writing,
  index?: number,
): Item {
  const { mapping, path } = writing
  const way = path.length
  path.push(...(index === undefined ? [key] : [key, index]))
  if (++writing.depth > mapping.depth)
    throw cannotWrite("XML", `elements would be nested more than ${mapping.depth} deep, which is the limit.`)

  const attributes: Attributes = {}
  const found = jsonOf(value)
  let scope = outer
  let content: string | Item[] = []
  if (Array.isArray(found)) {
    const items = step?.list ?? "item"
    const below = step?.steps.get(items)
    content = Array.from(found as unknown[], (item, n) => element(items, item, below, scope, writing, n))
  } else if (isPlain(found)) {
    scope = setAttributes(attributes, found, outer, writing)
    for (const [name, child] of Object.entries(found)) {
      if (name.startsWith(mapping.attributePrefix) || isNothing(child)) continue
      if (name !== mapping.textKey)
        for (const item of elements(name, child, step?.steps.get(name), scope, writing)) content.push(item)
      else content.push({ "#text": textMarkup(child, step, attributes, scope, writing) })
    }
  } else content = textMarkup(found, step, attributes, scope, writing)

  const name = nameFor(key, scope, writing)
  grow(writing, 2 * name.length)
  const item: Item = { [name]: mapping.indent > 0 ? inLines(content, mapping.indent, writing.depth) : content }
  if (Object.keys(attributes).length > 0) item[":@"] = attributes
  writing.depth--
  path.length = way
  return item
}

/** The elements for one key of an object: as many as its list has items, if it is one. */
function elements(
  name: string,
  value: unknown,
  step: Step | undefined,
  scope: Scope | undefined,
  writing: Writing,
): Item[] {
  if (!Array.isArray(value) || step?.list !== undefined) return [element(name, value, step, scope, writing)]
  // A list may have holes, which `map` would leave.
  return Array.from(value as unknown[], (item, n) => element(name, item, step, scope, writing, n))
}

/** Each element on a line of its own, where there is no text that this would change. */
function inLines(content: string | Item[], indent: number, depth: number): string | Item[] {
  if (typeof content === "string" || content.length === 0 || content.some((item) => "#text" in item)) return content
  const line = (steps: number): Item => ({ "#text": `\n${" ".repeat(indent * Math.min(steps, mostIndents))}` })
  const inside = line(depth)
  return [...content.flatMap((item) => [inside, item]), line(depth - 1)]
}
