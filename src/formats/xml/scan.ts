/** A tag in a document. */
export interface Tag {
  kind: "open" | "close" | "empty"
  /** Where its "<" stands. */
  at: number
  /** How many attributes it has. */
  attributes: number
  /** The longest stretch of it outside of quotes: no name in it is longer. */
  longest: number
}

const outside = /[^"'<>]*/y

/**
 * Calls `visit` for each tag of a document, with one object for all of them. Stops where the document cannot be
 * well-formed; says where, when that is a declaration of a document type or anything else that begins with "<!".
 */
export function scanTags(text: string, visit: (tag: Tag) => void): number | undefined {
  const tag: Tag = { kind: "open", at: 0, attributes: 0, longest: 0 }
  for (let at = text.indexOf("<"); at >= 0; at = text.indexOf("<", at)) {
    const next = text[at + 1]
    if (next === "!" || next === "?") {
      const past = pastSection(text, at)
      if (past < 0) return past === notOne ? at : undefined
      at = past
      continue
    }
    tag.at = at
    tag.attributes = 0
    tag.longest = 0
    for (at++; ;) {
      outside.lastIndex = at
      outside.test(text)
      tag.longest = Math.max(tag.longest, outside.lastIndex - at)
      const mark = text[outside.lastIndex]
      at = outside.lastIndex + 1
      if (mark === ">") break
      if (mark !== '"' && mark !== "'") return undefined
      at = text.indexOf(mark, at) + 1
      if (at === 0) return undefined
      tag.attributes++
    }
    tag.kind = next === "/" ? "close" : text[at - 2] === "/" ? "empty" : "open"
    visit(tag)
  }
  return undefined
}

const notOne = -2

/** Where a comment, a CDATA section or a processing instruction ends: -1 when nowhere. */
function pastSection(text: string, at: number): number {
  const [begin, end] =
    text[at + 1] === "?" ? ["<?", "?>"] : text[at + 2] === "[" ? ["<![CDATA[", "]]>"] : ["<!--", "-->"]
  if (!text.startsWith(begin, at)) return notOne
  const found = text.indexOf(end, at + begin.length)
  return found < 0 ? -1 : found + end.length
}
