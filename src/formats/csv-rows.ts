import { cannotRead, placeOf } from "./format.ts"

/** One row of a table. */
export interface Row {
  fields: string[]
  /** The line that it begins on. */
  line: number
}

/** Splits a table into rows (RFC 4180); empty lines are none. */
export function readRows(text: string, separator: string, mostFields: number): Row[] {
  const rows: Row[] = []
  let fields: string[] = []
  let line = 1
  let begun = 1
  const upTo = new RegExp(`(?:[^"\\r\\n${separator}]|\\r(?!\\n))*`, "y")
  const endRow = (): void => {
    if (fields.length > 0) rows.push({ fields, line: begun })
    fields = []
    begun = line
  }

  for (let at = 0; at < text.length;) {
    let field: string
    if (text[at] === '"') {
      const end = closing(text, at)
      field = text.slice(at + 1, end).replaceAll('""', '"')
      line += field.split("\n").length - 1
      at = end + 1
    } else {
      upTo.lastIndex = at
      field = upTo.exec(text)?.[0] ?? ""
      at += field.length
      if (text[at] === '"') throw cannotRead("CSV", "a quote may only begin a field.", placeOf(text, at))
    }
    const ends = text[at] === "\r" && text[at + 1] === "\n" ? 2 : text[at] === "\n" ? 1 : 0
    const emptyLine = fields.length === 0 && field === "" && ends > 0 && text[at - 1] !== '"'
    if (!emptyLine && fields.push(field) > mostFields)
      throw cannotRead("CSV", `a row has more than ${mostFields} fields.`, { line, column: 1 })
    if (ends > 0) {
      line++
      endRow()
    } else if (text[at] === separator) {
      // A separator at the very end has an empty field after it.
      if (at + 1 === text.length) fields.push("")
    } else if (at < text.length) {
      throw cannotRead("CSV", "a field goes on after its closing quote.", placeOf(text, at))
    }
    at += Math.max(ends, 1)
  }
  endRow()
  return rows
}

/** Where the quoted field that begins here has its closing quote. */
function closing(text: string, start: number): number {
  for (let at = start + 1; ; at += 2) {
    at = text.indexOf('"', at)
    if (at < 0) throw cannotRead("CSV", "this quote is never closed.", placeOf(text, start))
    if (text[at + 1] !== '"') return at
  }
}
