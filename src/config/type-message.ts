import { list } from "../core/schema.ts"
import { nearest } from "../core/suggest.ts"

const quoted = `'((?:[^'"\`]|"(?:[^"\\\\]|\\\\.)*"|\`[^\`]*\`)*)'`
const assignment = new RegExp(
  `^(?:Type|Argument of type) ${quoted} is not assignable to (?:parameter of )?type ${quoted}\\.(?: Did you mean ${quoted}\\?)?$`,
)
const unknownName = new RegExp(
  `^Object literal may only specify known properties, (?:but|and) ${quoted} does not exist in type ${quoted}\\.(?: Did you mean to write ${quoted}\\?)?$`,
)
const missingName = new RegExp(`^Property ${quoted} is missing in type `)
const anyQuoted = new RegExp(quoted, "g")

const longest = 400

/** A message of the type checker in words that a person can read; long unions of types become short. */
export function typeMessage(message: string): string {
  const readable = reworded(message)
  return readable.length > longest ? `${readable.slice(0, longest)}…` : readable
}

function reworded(message: string): string {
  const [first = "", ...rest] = message.split("\n").map((line) => line.trim())
  const unknown = unknownName.exec(first)
  if (unknown) return unknownOption(unquote(unknown[1] ?? ""), unknown[2] ?? "", unknown[3])
  const missing = missingName.exec(first)
  if (missing) return `Missing option "${unquote(missing[1] ?? "")}".`
  const wrong = assignment.exec(first)
  const readable = wrong && notAllowed(wrong[1] ?? "", wrong[2] ?? "", wrong[3])
  if (readable) return readable
  // Of an explanation in several steps the last one is the reason.
  const reason = rest.at(-1)
  return [first, ...(reason ? [reason] : [])].map(shortenTypes).join(" ")
}

function unknownOption(name: string, owner: string, suggestion: string | undefined): string {
  const names = membersOf(owner)
  const meant = suggestion === undefined ? nearest(name, names) : unquote(suggestion)
  const hint = meant ? ` Did you mean "${meant}"?` : names.length > 0 ? ` Options: ${list(names, "and")}.` : ""
  return `Unknown option "${name}".${hint}`
}

function notAllowed(given: string, expected: string, suggestion: string | undefined): string | undefined {
  const allowed = split(expected, "|").filter((type) => type !== "undefined")
  const literal = /^"(.*)"$/s.exec(given)?.[1]
  const meant = suggestion ?? (literal === undefined ? undefined : meantBy(literal, expected))
  const choices = describe(allowed)
  if (choices === undefined && meant === undefined) return undefined
  const subject = literal === undefined ? `A value of type ${shorten(given)}` : `"${literal}"`
  const hint = meant === undefined ? "" : ` Did you mean "${unquote(meant)}"?`
  return `${subject} is not allowed here.${choices ? ` Allowed: ${choices}.` : ""}${hint}`
}

/** Literals and patterns in words; undefined if nothing but a named type is allowed, since its name explains little. */
function describe(types: readonly string[]): string | undefined {
  const patterns = types.filter((type) => type.startsWith("`")).map((type) => type.slice(1, -1))
  const others = types.filter((type) => !type.startsWith("`"))
  if (patterns.length === 0 && others.every((type) => /^[A-Z{(]/.test(type))) return undefined
  const choices = [...new Set([...others.map(shorten), ...combine(patterns)])]
  return list(choices.length > 12 ? [...choices.slice(0, 11), `${choices.length - 11} more`] : choices)
}

/** Patterns such as `cart GET /${string}` for all services and methods, folded into one: `cart|user GET|POST /…`. */
function combine(patterns: readonly string[]): string[] {
  const rows = patterns.map((pattern) => pattern.split(" "))
  const columns = rows[0]?.map((_, column) => [...new Set(rows.map((row) => row[column] ?? ""))]) ?? []
  const complete = columns.reduce((product, column) => product * column.length, 1) === rows.length
  const folded = rows.every((row) => row.length === columns.length) && complete && columns.length > 1
  const kept = folded ? [columns.map((column) => few(column, "|")).join(" ")] : patterns
  return kept.map((pattern) => pattern.replaceAll("${string}", "…").replaceAll("${number}", "<number>"))
}

function meantBy(given: string, expected: string): string | undefined {
  const fixed = [...expected.matchAll(/"([^"`]*)"/g)].map((match) => match[1] ?? "")
  const [first = "", ...rest] = given.split(" ")
  const starts = new Set([...expected.matchAll(/`([^`$ ]+) /g)].map((match) => match[1] ?? ""))
  // A wrong first word before a right rest is the misspelt name of a service.
  const start = rest.length === 0 || starts.has(first) ? undefined : nearest(first, starts)
  return start === undefined ? nearest(given, fixed) : [start, ...rest].join(" ")
}

function shortenTypes(line: string): string {
  return line.replace(anyQuoted, (whole, type: string) => (type.length > 60 ? `'${shorten(type)}'` : whole))
}

/** A type without its depths: objects become the names of their members, long unions their first few. */
function shorten(type: string): string {
  const parts = split(type, "|").map(shortenOne)
  return few(parts, " | ")
}

function few(words: readonly string[], separator: string): string {
  return (words.length > 8 ? [...words.slice(0, 7), "…"] : words).join(separator)
}

function shortenOne(type: string): string {
  if (type.length <= 40) return type
  if (type.startsWith("{")) {
    const names = membersOf(type)
    return names.length > 0 ? `{ ${names.slice(0, 8).join(", ")}${names.length > 8 ? ", …" : ""} }` : "{…}"
  }
  if (type.startsWith("(")) return "a function"
  return type.includes("<") ? `${type.slice(0, type.indexOf("<"))}<…>` : `${type.slice(0, 39)}…`
}

function membersOf(type: string): string[] {
  if (!/^\{.*\}$/s.test(type)) return []
  const names = split(type.slice(1, -1), ";").map(
    (member) => /^(?:readonly )?("[^"]*"|[\w$]+)\??[:(<]/.exec(member)?.[1],
  )
  return names.flatMap((name) => (name === undefined ? [] : [unquote(name)]))
}

/** The parts of a type around a separator that stands outside all brackets and quotes. */
function split(type: string, separator: string): string[] {
  const parts: string[] = []
  let depth = 0
  let part = ""
  for (const [token] of type.matchAll(/"(?:[^"\\]|\\.)*"|`[^`]*`|=>|./gs)) {
    if (/^[[({<]$/.test(token)) depth++
    if (/^[\])}>]$/.test(token)) depth--
    if (token === separator && depth === 0) {
      parts.push(part.trim())
      part = ""
    } else part += token
  }
  return [...parts, part.trim()].filter((found) => found !== "")
}

function unquote(text: string): string {
  return text.replace(/^["'`](.*)["'`]$/s, "$1")
}
