import { policyFields, routeFields } from "../../config/route.ts"
import { settings } from "../../config/schema.ts"
import type { Schema } from "../../core/schema.ts"
import { serviceOptions } from "../../services/options.ts"
import { partFields } from "../../targets/aggregate/part-options.ts"

/** One place of the config where an option of some name may stand. */
export interface ExplainedOption {
  /** What it is an option of, in words. */
  readonly in: string
  /** Its names from there on: `rateLimit.limit`. */
  readonly name: string
  /** What may stand there, in words. */
  readonly expected: string
  /** The same as a type; undefined for objects, whose options tell it. */
  readonly type: string | undefined
  readonly required: boolean
  /** What holds where nothing is said, as it would be written; null when that is nothing. */
  readonly default: string | null
  readonly about: string
  /** The options inside. */
  readonly options: readonly ExplainedOption[]
}

type Fields = Readonly<Record<string, Schema<unknown>>>

const ownRouteFields = Object.fromEntries(
  Object.entries(routeFields).filter(([name]) => !Object.hasOwn(policyFields, name)),
)

const roots: readonly (readonly [where: string, fields: Fields])[] = [
  ["the config", settings.fields ?? {}],
  ["a service", serviceOptions.fields ?? {}],
  ["a route", ownRouteFields],
  ["a route, or the defaults", policyFields],
  ["a part of an aggregate", partFields],
]

const all: readonly ExplainedOption[] = roots.flatMap(([where, fields]) => read(where, "", fields))

function read(where: string, before: string, fields: Fields): ExplainedOption[] {
  return Object.entries(fields).map(([key, schema]) => {
    const options = read(where, `${before}${key}.`, schema.fields ?? {})
    return {
      in: where,
      name: before + key,
      expected: schema.expected,
      type: options.length > 0 ? undefined : schema.types("").replace(/\s+/g, " "),
      required: !schema.optional,
      default: schema.standard ?? null,
      about: schema.about,
      options,
    }
  })
}

const flat = (options: readonly ExplainedOption[]): ExplainedOption[] =>
  options.flatMap((option) => [option, ...flat(option.options)])

/** The options of a name, wherever they may stand: `rateLimit`, `limit` and `rateLimit.limit` find the same. */
export const findOptions = (name: string): ExplainedOption[] =>
  flat(all).filter((option) => option.name === name || option.name.endsWith(`.${name}`))

/** Every name that an option has, for guesses. */
export const optionNames = (): Set<string> =>
  new Set(flat(all).flatMap(({ name }) => [name, name.slice(name.lastIndexOf(".") + 1)]))
