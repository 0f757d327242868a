import { deepest, largest } from "../format.ts"
import { isLocalName } from "./names.ts"

/** How XML and values stand for each other. Paths are names from the root on: `order.items.item`. */
export interface XmlOptions {
  /** What attributes begin with; "@" otherwise. */
  attributePrefix?: string
  /** The name of an element's own text beside attributes and elements; "#text" otherwise. */
  textKey?: string
  /** The root element around every value that is written, and taken off what is read. */
  root?: string
  /** Elements that are always lists, with one item or without any. */
  arrays?: readonly string[]
  /** Elements that stand for a list, with the name of their items: `{ "order.items": "item" }`. */
  lists?: Readonly<Record<string, string>>
  /** Elements whose text is written as a CDATA section. */
  cdata?: readonly string[]
  /** True: numbers and truth values are no texts, and null is `xsi:nil`. False, which is the standard: all is text. */
  values?: boolean
  /** "strip": read names without their prefixes, and no declarations of namespaces. "keep" is the standard. */
  namespaces?: "keep" | "strip"
  /** False: written without `<?xml version="1.0" encoding="UTF-8"?>`. */
  declaration?: boolean
  /** How many spaces elements are set in by, each on a line of its own; none otherwise, all on one line. */
  indent?: number
  /** How deep elements may be nested; 200 otherwise. */
  depth?: number
  /** How many characters may be written; 16 Mi otherwise. */
  size?: number
}

/** What is said about one element, and about those in it. */
export interface Step {
  array: boolean
  cdata: boolean
  /** The name of the items, where the element stands for a list. */
  list: string | undefined
  steps: Map<string, Step>
}

/** The options with nothing left open. */
export interface Mapping {
  attributePrefix: string
  textKey: string
  root: string | undefined
  values: boolean
  strip: boolean
  declaration: boolean
  indent: number
  depth: number
  size: number
  /** What is said about the document: the root is a step in it. */
  top: Step
  /** Nothing is asked for but what Bun.XML does by itself. */
  plain: boolean
}

/** Fills in what is not said, and refuses what could not be told apart. */
export function seenTo(options: XmlOptions): Mapping {
  const { attributePrefix = "@", textKey = "#text", root, values = false } = options
  if (couldBegin(attributePrefix))
    throw new TypeError(`attributePrefix ${JSON.stringify(attributePrefix)} could begin an element's name: use "@".`)
  if (couldBegin(textKey) || textKey.startsWith(attributePrefix))
    throw new TypeError(`textKey ${JSON.stringify(textKey)} could be an element's or attribute's name: use "#text".`)

  const top = newStep()
  for (const path of options.arrays ?? []) stepOf(top, path).array = true
  for (const path of options.cdata ?? []) stepOf(top, path).cdata = true
  for (const [path, item] of Object.entries(options.lists ?? {})) stepOf(top, path).list = item
  const strip = options.namespaces === "strip"
  return {
    attributePrefix,
    textKey,
    root,
    values,
    strip,
    declaration: options.declaration ?? true,
    indent: options.indent ?? 0,
    depth: options.depth ?? deepest,
    size: options.size ?? largest,
    top,
    plain:
      !values && !strip && root === undefined && attributePrefix === "@" && textKey === "#text" && top.steps.size === 0,
  }
}

// Where attributes could be taken for elements, whoever sends one could slip in the other.
const couldBegin = (text: string): boolean => /^:?$|^:/.test(text) || isLocalName([...text][0] ?? "")

const newStep = (): Step => ({ array: false, cdata: false, list: undefined, steps: new Map() })

function stepOf(top: Step, path: string): Step {
  let step = top
  // A dot that is part of a name is written like other things that names may not have.
  for (const name of path.split(".").map((part) => part.replaceAll("_x002E_", "."))) {
    const next = step.steps.get(name) ?? newStep()
    step.steps.set(name, next)
    step = next
  }
  return step
}
