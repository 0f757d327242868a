import {
  about,
  either,
  isObject,
  list,
  object,
  type Of,
  optional,
  type Path,
  printed,
  type Schema,
  schema,
} from "../../core/schema.ts"
import { flag, integer, off, oneOf, text } from "../../core/values.ts"
import type { AnyAlgorithm, Measure } from "./algorithm.ts"
import { algorithms } from "./algorithms/index.ts"
import { sliding } from "./algorithms/sliding.ts"
import { type By, byIdentity, byOption } from "./by.ts"
import { type Cost, costOption } from "./cost.ts"
import { exemptOption } from "./exempt.ts"

const standard: AnyAlgorithm = sliding

const algorithm = about(
  `How requests are counted. ${algorithms.map(({ name, about: says }) => `"${name}": ${says}`).join(" ")}`,
  optional(oneOf(...algorithms.map(({ name }) => name)), standard.name),
)

const cost = about(
  'What a request costs: a number, a function of the request, or { response: "x-cost" } for what its answer says.',
  optional(costOption, 1),
)

const shared = {
  by: about(
    'What counts together: "identity" (who signed in, if anybody did, else the address), "credential" (such as one API key), "ip", "route", "all" routes that say so, { service: "payment" } for all routes that say so, { header: "x-tenant" }, { cookie: "session" }, { query: "id" }, or a function of the request. Requests that have none go by their address. What `auth` took for credentials is no header any more: use "credential". Default: `"identity"`.',
    optional(byOption),
  ),
  ipv6Prefix: about(
    "How many bits of an IPv6 address tell clients apart: whoever has a network has all addresses in it.",
    optional(integer(32, 128), 64),
  ),
  name: about(
    "The name of the limit, in headers and problems. Limits with one name that count in the same way share their counts, on whichever routes they are; without it each route counts for itself.",
    optional(text({ expected: "a name of letters, digits, `.`, `_` and `-`", pattern: /^[\w.-]{1,64}$/ })),
  ),
  exempt: about("Who is not limited.", optional(exemptOption)),
  shadow: about(
    "Counts, and tells the log once a minute how many it would have refused, but refuses nobody.",
    optional(flag(), false),
  ),
  headers: about(
    'What answers tell of the limit. "draft": `RateLimit` and `RateLimit-Policy`, as the IETF drafts them; "legacy": `X-RateLimit-Limit`, `-Remaining` and `-Reset` (seconds) of the limit that is nearest.',
    optional(either(oneOf("draft", "legacy", "both"), off()), "draft"),
  ),
}

type Fields = Record<string, Schema<unknown>>
type Shared = { [K in keyof typeof shared]: Of<(typeof shared)[K]> }

/** One limit, as the config says it. */
export interface LimitOptions extends Omit<Shared, "by"> {
  readonly measure: Measure
  readonly by: By
  readonly cost: Cost
  /** Where it stands in the config. */
  readonly path: Path
}

/** What an algorithm is told beside what every limit is told: what is under way costs nothing but its place. */
const ownOf = ({ name, options }: AnyAlgorithm): Fields => ({
  ...options.fields,
  ...(name === "concurrency" ? {} : { cost }),
})

/** The fields of all algorithms; of two with one name the first is told of. */
const everyOwn: Fields = {}
for (const part of algorithms)
  for (const [name, field] of Object.entries(ownOf(part))) if (!Object.hasOwn(everyOwn, name)) everyOwn[name] = field

const nothing = optional(printed("never", off()))

const fieldsOf = (part: AnyAlgorithm): Fields => ({ algorithm, ...ownOf(part), ...shared })

/** One limit, checked by what its algorithm needs to know. */
export const limitOption: Schema<LimitOptions> = schema<LimitOptions>({
  expected: 'a limit such as { limit: 100, per: "1m" }',
  types(indent) {
    const own = algorithms.map((part) => {
      const word = { ...algorithm, optional: part === standard, types: () => JSON.stringify(part.name) }
      const foreign = Object.keys(everyOwn).filter((name) => !Object.hasOwn(ownOf(part), name))
      // Without these, the compiler lets every option of the others pass where no algorithm is named.
      const none = Object.fromEntries(foreign.map((name) => [name, nothing]))
      return object({ algorithm: word, ...ownOf(part), ...none }).types(indent)
    })
    return `(${own.join(" | ")}) & ${object(shared).types(indent)}`
  },
  accepts: isObject,
  fields: { algorithm, ...everyOwn, ...shared },
  parse(value, path, report) {
    const given = value as Record<string, unknown>
    const name = algorithm.parse(given.algorithm, [...path, "algorithm"], report)
    const part = algorithms.find((one) => one.name === name) ?? standard
    const fields = fieldsOf(part)
    const own: Record<string, unknown> = {}
    for (const [key, one] of Object.entries(given)) {
      const owners = algorithms.filter((other) => Object.hasOwn(ownOf(other), key))
      if (Object.hasOwn(fields, key) || owners.length === 0) own[key] = one
      else if (one !== undefined)
        report({
          code: "E204",
          path: [...path, key],
          on: "key",
          message: `"${key}" has no effect with the algorithm "${part.name}".`,
          fix: `Remove it, or choose ${list(owners.map((other) => `"${other.name}"`))}.`,
        })
    }
    // Told already.
    own.algorithm = part.name
    const parsed = object(fields).parse(own, path, report) as unknown as Shared & { readonly cost?: Cost }
    const { by = byIdentity, cost: price = 1 } = parsed
    return { ...parsed, by, cost: price, measure: part.create(parsed), path }
  },
})
