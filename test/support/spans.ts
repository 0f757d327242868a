import type { Span } from "../../src/core/span.ts"

/** A tree of spans as a test writes it: `part cart 200`, or `{ "part cart failed": ["try cart 503"] }` with those within. */
export type Tree = string | { readonly [what: string]: readonly Tree[] }

/** What a span and those within it came to. */
export function treeOf(span: Span): Tree {
  const { kind, name, status, failure, attributes, children, ended } = span
  const told = attributes?.get("bellhop.policy.verdict") ?? attributes?.get("bellhop.part.outcome")
  const words = [kind, name, told, status || undefined, failure, ended === 0 ? "unfinished" : undefined]
  const what = words.filter((word) => word !== undefined && word !== "").join(" ")
  return children.length === 0 ? what : { [what]: children.map(treeOf) }
}
