import { list, shown } from "../core/schema.ts"
import { nearest } from "../core/suggest.ts"
import { codes } from "./codes.ts"
import { exportsOf, filesOf, readText, realPath } from "./files.ts"
import { importedNames, withoutComments } from "./imported-names.ts"
import type { Issue, Place } from "./issue.ts"

/** What went wrong while a config was loaded, as issues with their places. */
export function loadIssues(error: unknown, entry: string): Issue[] {
  if (error instanceof AggregateError) {
    const all = error.errors.flatMap((one) => loadIssues(one, entry))
    // One slip makes a parser stumble on: what follows the first error of a file is noise.
    const first = new Map(all.map((issue) => [issue.place?.file, issue] as const).reverse())
    return [...first.values()].reverse()
  }
  if (!(error instanceof Error) && !isBuildMessage(error)) return [thrown(error, entry)]
  const message = error.message
  const place = positionOf(error, entry)
  if (message.startsWith('Multiple exports with the same name "default"'))
    return [issue("E107", "The config has more than one default export.", "Keep one export default.", place)]
  if (isResolveMessage(error)) return [missingImport(error, entry)]
  if (place) return [issue("E101", `${message}.`.replace(/\.\.$/, "."), codes.E101.fix, place)]
  const missing = missingNames(message)
  if (missing) return [missingExport(missing, entry)]
  const at = stackPlace(error, entry)
  if (/^Cannot access '.+' before initialization/.test(message))
    return [
      issue(
        "E108",
        message.replace(/\.?$/, "."),
        "Files that import each other in a circle cannot use each other's values while they load: move the shared value into a file of its own.",
        at,
      ),
    ]
  return [issue("E104", `The config threw ${error.name}: ${message.replace(/\.?$/, ".")}`, codes.E104.fix, at)]
}

/** The issue of a config whose top-level await is still waiting. */
export function neverSettled(entry: string, limit: string): Issue {
  const place = filesOf(entry)
    .map((path) => findWord(path, "await"))
    .find((found) => found !== undefined)
  return issue(
    "E105",
    `The config was not loaded within ${limit}.`,
    "Take out the await that never ends, or give it a time limit.",
    place ?? start(entry),
  )
}

const issue = (code: Issue["code"], message: string, fix?: string, place?: Place): Issue => ({
  code,
  severity: "error",
  message,
  fix,
  place,
})

const start = (entry: string): Place => ({ file: entry, line: 1, column: 1, length: 1 })

// A config that is a link is shown by the name that its user gave.
const asNamed = (file: string, entry: string): string => (file === realPath(entry) ? entry : file)

interface BuildMessage {
  stack?: string
  name: string
  message: string
  position: { file: string; line: number; column: number; length: number } | null
}

const isBuildMessage = (error: unknown): error is BuildMessage =>
  typeof error === "object" && error !== null && "position" in error && "message" in error

function positionOf(error: object, entry: string): Place | undefined {
  if (!isBuildMessage(error) || !error.position) return undefined
  const { file, line, column, length } = error.position
  return { file: asNamed(file, entry), line, column: Math.max(1, column), length: Math.max(1, length) }
}

const isResolveMessage = (error: object): error is { specifier: string; referrer: string; message: string } =>
  "specifier" in error && "referrer" in error

const exported = ["defineGateway", "env", "file"]

// The runtime has a sentence for names of others, for names handed on, and for defaults.
function missingNames(message: string): { name: string; module: string } | undefined {
  const named = /^[Ee]xport (?:named )?'(.+)' not found in (?:module )?'(.+)'\.?$/.exec(message)
  if (named) return { name: named[1] ?? "", module: named[2] ?? "" }
  const other = /^module '(.+)' does not have an export named '(.+?)'\./.exec(message)
  return other ? { name: other[2] ?? "", module: other[1] ?? "" } : undefined
}

function missingExport({ name, module }: { name: string; module: string }, entry: string): Issue {
  const own = module === "bellhop"
  const [found] = filesOf(entry)
    .flatMap((file) => importedNames(file))
    .filter(({ path, target }) => path === module || target === module)
    .map((one) => ({ ...one, names: own ? exported : exportsOf(one.target ?? module) }))
    // Of a name that is handed on, the runtime tells only what it is handed on as.
    .filter((one) => one.name === name || (one.names.length > 0 && !one.names.includes(one.name)))
  const names = found?.names ?? []
  const wanted = found?.name ?? name
  const meant = nearest(wanted, names)
  const others = names.length > 0 ? ` It exports ${list(names, "and")}.` : ""
  return issue(
    "E103",
    `"${wanted}" is not exported by "${found?.path ?? module}".${meant ? ` Did you mean "${meant}"?` : ""}`,
    own ? others.trim() : `Export it there, or correct the name.${others}`,
    found?.place ?? start(entry),
  )
}

// What is thrown without being an Error does not know where it came from.
function thrown(value: unknown, entry: string): Issue {
  const throws = filesOf(entry).flatMap((file) => findAll(file, /(?<![\w$.])throw(?![\w$])/, 5))
  return issue(
    "E104",
    `The config threw ${shown(value)} while it was loaded.`,
    "Throw an Error instead: it knows its line.",
    throws.length === 1 ? throws[0] : start(entry),
  )
}

function missingImport(error: { specifier: string; referrer: string }, entry: string): Issue {
  const referrer = asNamed(error.referrer || entry, entry)
  const isPackage = !/^[./]/.test(error.specifier)
  return issue(
    "E102",
    `Cannot find ${isPackage ? "the package" : "the file"} "${error.specifier}".`,
    isPackage
      ? "Install it in a node_modules folder beside the config, or import a file."
      : "Correct the path, or create the file.",
    findText(referrer, error.specifier) ?? start(referrer),
  )
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")

const findWord = (file: string, word: string): Place | undefined =>
  findAll(file, new RegExp(`(?<![\\w$])${escaped(word)}(?![\\w$])`), word.length)[0]

const findText = (file: string, text: string): Place | undefined =>
  findAll(file, new RegExp(`["'\`]${escaped(text)}["'\`]`), text.length + 2)[0]

function findAll(file: string, shape: RegExp, length: number): Place[] {
  return withoutComments(readText(file) ?? "")
    .split("\n")
    .flatMap((line, index) => {
      const at = shape.exec(line)
      return at ? [{ file, line: index + 1, column: at.index + 1, length }] : []
    })
}

// The nearest frame that is the user's own file, not the runtime's nor a package's.
function stackPlace(error: { message: string; stack?: string | undefined }, entry: string): Place {
  const files = new Set(filesOf(entry))
  for (const line of error.stack?.split("\n") ?? []) {
    const [, real = "", row = "1", column = "1"] =
      /\(?(\/[^():]+|[A-Za-z]:\\[^():]+):(\d+):(\d+)\)?$/.exec(line.trim()) ?? []
    const file = asNamed(real, entry)
    if (!files.has(file)) continue
    const text = (readText(file) ?? "").split("\n")[Number(row) - 1]?.slice(Number(column) - 1)
    const length = /^[\w$]+/.exec(text ?? "")?.[0].length ?? 1
    return { file, line: Number(row), column: Number(column), length }
  }
  return start(entry)
}
