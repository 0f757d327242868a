import { nearest } from "../core/suggest.ts"
import { type AnyCommand, type Flag, spelled } from "./command.ts"
import { UsageError } from "./usage-error.ts"

/** A command line taken apart. */
export interface Parsed {
  args: Record<string, string | readonly string[] | undefined>
  flags: Record<string, boolean | string | number | undefined>
}

interface Spelling {
  key: string
  flag: Flag
  /** False for the `--no-…` of a flag. */
  on: boolean
}

/** Reads the words after the name of a command; whatever it does not declare is a usage error. */
export function parse(command: AnyCommand, words: readonly string[]): Parsed {
  const known = spellings(command)
  const flags: Parsed["flags"] = {}
  for (const [key, flag] of Object.entries(command.flags))
    if (flag.type === "boolean") flags[key] = flag.negatable === true
  const places: string[] = []
  const given = new Set<string>()
  const queue = [...words]
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === "--") {
      places.push(...queue)
      break
    }
    if (!flagLike(word)) {
      places.push(word)
      continue
    }
    const { spelling, attached } = split(word)
    const { key, flag, on } = known.get(spelling) ?? unknownFlag(command, spelling, known.keys())
    if (flag.type === "boolean") {
      flags[key] = on
      if (attached === undefined) continue
      if (spelling.startsWith("--") || attached.startsWith("="))
        throw new UsageError(`"${spelling}" takes no value.`, `Write "${spelling}" alone.`)
      queue.unshift(`-${attached}`)
      continue
    }
    if (given.has(key)) throw new UsageError(`"${spelling}" is given twice.`, "Give it once.")
    given.add(key)
    // A next word that looks like a flag is meant as one: `--config --json` lacks its value.
    const text = attached?.replace(/^=/, "") ?? (flagLike(queue[0] ?? "--") ? undefined : queue.shift())
    if (text === undefined) throw new UsageError(`"${spelling}" needs a value.`, `Write "${spelling} ${flag.value}".`)
    flags[key] = flag.type === "number" ? wholeNumber(spelling, text) : allowed(`"${spelling}"`, text, flag.values)
  }
  return { args: placed(command, places), flags }
}

// A lone dash is a word of its own: it stands for a stream.
const flagLike = (word: string): boolean => word.length > 1 && word.startsWith("-")

function split(word: string): { spelling: string; attached: string | undefined } {
  const end = word.startsWith("--") ? word.indexOf("=") : word.length > 2 ? 2 : -1
  return end < 0 ? { spelling: word, attached: undefined } : { spelling: word.slice(0, end), attached: word.slice(end) }
}

function spellings(command: AnyCommand): Map<string, Spelling> {
  const known = new Map<string, Spelling>()
  for (const [key, flag] of Object.entries(command.flags)) {
    known.set(spelled(key), { key, flag, on: true })
    if (flag.short) known.set(`-${flag.short}`, { key, flag, on: true })
    if (flag.type === "boolean" && flag.negatable)
      known.set(spelled(key).replace("--", "--no-"), { key, flag, on: false })
  }
  return known
}

function unknownFlag(command: AnyCommand, spelling: string, known: Iterable<string>): never {
  const meant = nearest(spelling, [...known, "--help"])
  throw new UsageError(
    `Unknown option ${JSON.stringify(spelling)} for "bellhop ${command.name}".`,
    meant && `Did you mean "${meant}"?`,
  )
}

function placed(command: AnyCommand, places: readonly string[]): Parsed["args"] {
  const args: Parsed["args"] = {}
  const rest = [...places]
  for (const arg of command.args) {
    if (rest.length === 0 && !arg.optional) throw new UsageError(`Missing argument <${arg.name}>.`, arg.about)
    const taken = rest.splice(0, arg.many ? rest.length : 1).map((word) => allowed(`<${arg.name}>`, word, arg.values))
    args[arg.name] = arg.many ? taken : taken[0]
  }
  if (rest[0] !== undefined)
    throw new UsageError(`Unexpected argument ${JSON.stringify(rest[0])} for "bellhop ${command.name}".`)
  return args
}

function wholeNumber(spelling: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new UsageError(`"${spelling}" needs a whole number, got ${JSON.stringify(text)}.`)
}

function allowed(what: string, text: string, values: readonly string[] | undefined): string {
  if (values === undefined || values.includes(text)) return text
  throw new UsageError(`${what} cannot be ${JSON.stringify(text)}.`, `Use one of ${values.join(", ")}.`)
}
