import { about, isObject, list, missingOption, object, optional, type Schema, schema } from "../core/schema.ts"
import { Secret } from "../core/secret.ts"
import { flag } from "../core/values.ts"
import { ranges } from "./discovery/accept.ts"
import { sources } from "./discovery/index.ts"
import type { AnySource } from "./source.ts"

/** How the upstreams of a service are found, as the config says it. */
export interface DiscoverOptions {
  readonly part: AnySource
  readonly options: unknown
  /** What is asked, for messages; a secret by its name only. */
  readonly label: string
  readonly allow: readonly string[] | undefined
  readonly allowEmpty: boolean
}

const own = {
  allow: about(
    "Only addresses in these ranges are taken, and no names. Default: every one that is not link-local.",
    optional(ranges),
  ),
  allowEmpty: about(
    "Whether an empty answer leaves the service without upstreams; otherwise the last ones are kept.",
    optional(flag(), false),
  ),
}

const names = sources.map(({ name }) => name)
const choices = Object.fromEntries(sources.map((part) => [part.name, about(part.about, optional(part.options))]))
const expected = `an object with one of ${list(names.map((name) => `"${name}"`))}`
const checked = object({ ...choices, ...own } as Record<string, Schema<unknown>> & typeof own)

/** Exactly one source, with its options. */
export const discoverOptions: Schema<DiscoverOptions> = schema<DiscoverOptions>({
  expected,
  types(indent) {
    const one = sources.map(({ name, options }) => `{ ${name}: ${options.types(`${indent}  `)} }`)
    return `(${one.join(" | ")}) & ${object(own).types(indent)}`
  },
  accepts: isObject,
  fields: { ...choices, ...own },
  parse(value, path, report) {
    const given = value as Record<string, unknown>
    const options = checked.parse(value, path, report)
    const chosen = sources.filter(({ name }) => Object.hasOwn(given, name) && given[name] !== undefined)
    const [part, other] = chosen
    if (other)
      report({
        code: "E204",
        path: [...path, other.name],
        on: "key",
        message: `A service has one source of upstreams, but here are "${part?.name}" and "${other.name}".`,
        fix: "Keep one of them.",
      })
    if (!part) report(missingOption(names.join('" or "'), path, discoverOptions))
    const { allow, allowEmpty } = options
    return {
      part: part as AnySource,
      options: part && options[part.name],
      label: part ? labelOf(part, given[part.name]) : "",
      allow,
      allowEmpty,
    }
  },
})

function labelOf({ name, subject }: AnySource, given: unknown): string {
  const value = isObject(given) ? given[subject] : undefined
  return `${name} ${value instanceof Secret ? value.from : String(value)}`
}
