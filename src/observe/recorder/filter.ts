import { list } from "../../core/schema.ts"
import { nearest } from "../../core/suggest.ts"
import type { Recording } from "./recording.ts"

/** A filter that cannot be read, and what to do about it. */
export class WrongFilter extends Error {}

/** Says whether a recording is wanted. */
export type Filter = (recording: Recording) => boolean

const texts = {
  id: ({ id }) => [id],
  method: ({ method }) => [method],
  host: ({ host }) => [host],
  path: ({ rawPath }) => [rawPath],
  route: ({ route }) => [route],
  code: ({ code }) => (code === undefined ? [] : [code]),
  outcome: ({ outcome }) => [outcome],
  client: ({ client }) => [client],
  identity: ({ identity }) => (identity === undefined ? [] : [identity]),
  service: ({ services }) => services,
} satisfies Record<string, (recording: Recording) => readonly string[]>

const numbers = {
  status: ({ status }) => status,
  took: ({ took }) => took,
  upstream: ({ upstream }) => upstream,
  sent: ({ sent }) => sent,
  received: ({ received }) => received,
} satisfies Record<string, (recording: Recording) => number>

const textFields = new Map<string, (recording: Recording) => readonly string[]>(Object.entries(texts))
const numberFields = new Map<string, (recording: Recording) => number>(Object.entries(numbers))

/** What a filter can ask for. */
export const filterFields: readonly string[] = [...textFields.keys(), ...numberFields.keys()]

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, b: 1, kb: 1024, mb: 1024 ** 2 }
const durations = new Set(["took", "upstream"])
const sizes = new Set(["sent", "received"])

/**
 * Reads a filter such as `method=POST status=5xx took>100ms path=/users/*`: all of its terms have to fit. A word without
 * a field is looked for in the path and the route.
 */
export function readFilter(text: string): Filter {
  const terms = termsOf(text).map(termOf)
  return (recording) => terms.every((fits) => fits(recording))
}

/** The terms, with what stands in quotes as one. */
function termsOf(text: string): string[] {
  if ((text.match(/"/g) ?? []).length % 2 > 0) throw new WrongFilter(`A quote is not closed in ${text}`)
  return text.match(/(?:[^\s"]|"[^"]*")+/g) ?? []
}

function termOf(term: string): Filter {
  const [, name, operator, quoted] = /^([a-z]+)(!=|>=|<=|=|>|<)(.*)$/s.exec(term) ?? []
  if (name === undefined || operator === undefined || quoted === undefined) return containing(unquoted(term))
  const value = unquoted(quoted)
  const number = numberFields.get(name)
  if (number) return numeric(name, operator, value, number)
  const field = textFields.get(name)
  if (!field) {
    const meant = nearest(name, filterFields)
    const hint = meant ? `Did you mean "${meant}"?` : `Use one of ${list(filterFields)}.`
    throw new WrongFilter(`A filter knows no "${name}". ${hint}`)
  }
  if (operator !== "=" && operator !== "!=")
    throw new WrongFilter(`"${name}" is a text: compare it with = or !=, not with ${operator}.`)
  const fits = pattern(value, name === "method" ? "i" : "")
  const wanted = operator === "="
  return (recording) => field(recording).some((one) => fits.test(one)) === wanted
}

const unquoted = (text: string): string => text.replaceAll('"', "")

const containing =
  (word: string): Filter =>
  ({ rawPath, route }) =>
    rawPath.includes(word) || route.includes(word)

const pattern = (value: string, flags: string): RegExp =>
  new RegExp(`^${value.split(/\*+/).map(RegExp.escape).join(".*?")}$`, `s${flags}`)

function numeric(name: string, operator: string, value: string, of: (recording: Recording) => number): Filter {
  const [, digit] = /^([1-5])xx$/.exec(value) ?? []
  if (name === "status" && digit !== undefined && (operator === "=" || operator === "!=")) {
    const wanted = operator === "="
    return (recording) => (Math.floor(of(recording) / 100) === Number(digit)) === wanted
  }
  const wanted = numberOf(name, value)
  switch (operator) {
    case "=":
      return (recording) => of(recording) === wanted
    case "!=":
      return (recording) => of(recording) !== wanted
    case ">":
      return (recording) => of(recording) > wanted
    case ">=":
      return (recording) => of(recording) >= wanted
    case "<":
      return (recording) => of(recording) < wanted
    default:
      return (recording) => of(recording) <= wanted
  }
}

function numberOf(name: string, value: string): number {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|b|kb|mb)?$/.exec(value) ?? []
  const isSize = unit.endsWith("b")
  const fits = unit === "" || (isSize ? sizes.has(name) : durations.has(name))
  if (amount === undefined || !fits) {
    const like = name === "status" ? '"404" or "5xx"' : durations.has(name) ? '"100ms" or "2s"' : '"1000" or "64kb"'
    throw new WrongFilter(`Cannot compare "${name}" with "${value}": write a value such as ${like}.`)
  }
  return Number(amount) * (units[unit] ?? 1)
}
