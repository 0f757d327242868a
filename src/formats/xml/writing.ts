import { cannotWrite } from "../format.ts"
import type { OwnPrefix } from "./names.ts"
import type { Mapping } from "./options.ts"

/**
 * What the builder takes: an element with its attributes under ":@", or "#text" between elements. Texts are markup, and
 * an element that has nothing else has it without an item around, because there may be a million of them.
 */
export interface Item {
  [name: string]: Item[] | string | Attributes
}

/** Attributes by name, each name with the builder's "@". */
export type Attributes = Record<string, string>

/** A document while it is written. */
export interface Writing {
  readonly mapping: Mapping
  /** The way to the value that is being written, for messages. */
  readonly path: (string | number)[]
  /** Prefixes that the root has to declare. */
  readonly needs: Set<OwnPrefix>
  /** How many elements are open. */
  depth: number
  /** How many characters have been written, more or less. */
  size: number
}

/** How many steps elements are set in at most: deeper, a document would be mostly space. */
export const mostIndents = 20

/** Counts what is written, before it is: a long name and a long list are small in JSON. */
export function grow(writing: Writing, characters: number): void {
  // Brackets, and spaces where there are some.
  writing.size += characters + 5 + writing.mapping.indent * Math.min(writing.depth, mostIndents)
  if (writing.size > writing.mapping.size)
    throw cannotWrite("XML", `it would have more than ${writing.mapping.size} characters, which is the limit.`)
}
