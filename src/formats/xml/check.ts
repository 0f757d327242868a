import { cannotRead, type FormatError, type Place, placeOf, quoted } from "../format.ts"
import { scanTags } from "./scan.ts"

// As generous as the parsers of Java: more is not a document, it is an attack on whoever reads it next.
const mostAttributes = 1000
const longestName = 1000

/**
 * Refuses what would be well-formed, and so accepted by Bun.XML, but is not safe to have: document types, whose entities
 * grow and point to files; nesting that exhausts the stack of whatever walks the value.
 */
export function checkMarkup(text: string, deepest: number): void {
  let depth = 0
  const declaration = scanTags(text, ({ kind, at, attributes, longest }) => {
    if (kind === "close") {
      depth--
      return
    }
    if (depth >= deepest) throw refused(text, at, `elements are nested more than ${deepest} deep, which is the limit.`)
    if (kind === "open") depth++
    if (attributes > mostAttributes) throw refused(text, at, `an element has more than ${mostAttributes} attributes.`)
    if (longest > longestName) throw refused(text, at, `a name, or the space after it, is longer than ${longestName}.`)
  })
  if (declaration === undefined) return
  const why = text.startsWith("<!DOCTYPE", declaration)
    ? "document type declarations are refused, because of the entities in them. Send the document without."
    : `${quoted(text.slice(declaration, declaration + 9))} begins neither a comment nor a CDATA section.`
  throw refused(text, declaration, why)
}

/** Where tags do not fit together, for what Bun.XML complains about without saying where. */
export function misfit(text: string): Place | undefined {
  const open: number[] = []
  let found: number | undefined
  scanTags(text, ({ kind, at }) => {
    if (found !== undefined || kind === "empty") return
    if (kind === "open") open.push(at)
    else if (nameAt(text, at + 2) !== nameAt(text, (open.pop() ?? -1) + 1)) found = at
  })
  const place = found ?? open.at(-1)
  return place === undefined ? undefined : placeOf(text, place)
}

const name = /[^\s"'<>/=]*/y

function nameAt(text: string, at: number): string {
  name.lastIndex = at
  return name.exec(text)?.[0] ?? ""
}

const refused = (text: string, at: number, why: string): FormatError => cannotRead("XML", why, placeOf(text, at))
