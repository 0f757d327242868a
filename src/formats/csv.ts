import { readRows } from "./csv-rows.ts"
import { decodeText } from "./decode-text.ts"
import {
  cannotRead,
  cannotWrite,
  type Codec,
  defineFormat,
  isPlain,
  jsonOf,
  kindOf,
  largest,
  quoted,
  scalarText,
} from "./format.ts"

/** What can be said about CSV. */
export interface CsvOptions {
  /** What stands between fields; a comma otherwise. */
  separator?: "," | ";" | "\t" | "|"
  /**
   * What spreadsheets would run as a formula: "disarm", which is the standard, puts a ' before it in what is written
   * and takes it away in what is read; "keep" leaves it alone.
   */
  formulas?: "disarm" | "keep"
  /** How many characters may be written; 16 Mi otherwise. */
  size?: number
}

// Every row has a field for every column: a column of its own for each row would make thousands of rows enormous.
const mostColumns = 1000

/** The first row names the columns. Everything is text; null and what is missing are empty. */
export const csv = defineFormat<CsvOptions>({
  name: "csv",
  about: "Tables (RFC 4180): lists of flat objects, with a row of names first.",
  types: ["text/csv"],
  codec({ separator = ",", formulas = "disarm", size = largest } = {}): Codec {
    const disarms = formulas === "disarm"
    return {
      read: (bytes, charset) => read(decodeText(bytes, charset, "CSV"), separator, disarms),
      write: (value) => write(value, separator, disarms, size),
    }
  },
})

function read(text: string, separator: string, disarmed: boolean): unknown {
  const rows = readRows(text, separator, mostColumns)
  const names = rows.shift()?.fields.map((name) => (disarmed ? rearm(name) : name)) ?? []
  const twice = names.find((name, n) => names.indexOf(name) !== n)
  if (twice !== undefined) throw cannotRead("CSV", `two columns are called ${quoted(twice)}.`)
  return rows.map(({ fields, line }) => {
    if (fields.length !== names.length) {
      const why = `this row has ${fields.length} fields, the first one has ${names.length}.`
      throw cannotRead("CSV", why, { line, column: 1 })
    }
    const row = Object.create(null) as Record<string, string>
    for (const [n, name] of names.entries()) row[name] = disarmed ? rearm(fields[n] ?? "") : (fields[n] ?? "")
    return row
  })
}

function write(value: unknown, separator: string, disarms: boolean, size: number): string {
  if (!Array.isArray(value)) throw cannotWrite("CSV", `a table is a list of objects, not ${kindOf(value)}.`)
  const rows: Record<string, unknown>[] = []
  const names = new Set<string>()
  for (const [n, row] of (value as unknown[]).entries()) {
    if (!isPlain(row)) throw cannotWrite("CSV", `a row is an object, not ${kindOf(row)}.`, [n])
    rows.push(row)
    for (const name of Object.keys(row)) names.add(name)
    if (names.size > mostColumns) throw cannotWrite("CSV", `there are more than ${mostColumns} columns.`, [n])
  }
  if (rows.length === 0) return ""
  if (names.size === 0) throw cannotWrite("CSV", "none of the objects has a field.")
  const columns = [...names]
  const line = (fields: string[]): string =>
    fields.map((field) => escaped(disarms ? disarm(field) : field, separator, fields.length === 1)).join(separator)
  const lines = [line(columns)]
  let length = 0
  for (const [n, row] of rows.entries()) {
    const made = line(columns.map((name) => fieldOf(Object.hasOwn(row, name) ? row[name] : null, n, name)))
    length += made.length + 2
    if (length > size) throw cannotWrite("CSV", `it would have more than ${size} characters, which is the limit.`, [n])
    lines.push(made)
  }
  return `${lines.join("\r\n")}\r\n`
}

function fieldOf(value: unknown, row: number, name: string): string {
  const found = jsonOf(value)
  const text = found === null || found === undefined ? "" : scalarText(found)
  if (text === undefined) throw cannotWrite("CSV", `a field is a text, not ${kindOf(found)}.`, [row, name])
  if (!text.isWellFormed())
    throw cannotWrite("CSV", "it holds half a surrogate pair, which is no character.", [row, name])
  return text
}

// A row of one empty field would be an empty line, which readers skip.
function escaped(field: string, separator: string, alone: boolean): string {
  const bare = !/["\r\n]|^\s|\s$/.test(field) && !field.includes(separator) && !(alone && field === "")
  return bare ? field : `"${field.replaceAll('"', '""')}"`
}

// OWASP, CSV injection. A plain number is no formula, with its sign or without.
const risky = /^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/
const harmless = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/

const disarm = (field: string): string => (risky.test(field) && !harmless.test(field) ? `'${field}` : field)

const rearm = (field: string): string => (field.startsWith("'") && risky.test(field) ? field.slice(1) : field)
