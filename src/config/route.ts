import type { Handler, Policy } from "../core/handler.ts"
import type { AnyPart } from "../core/part.ts"
import {
  about,
  either,
  isObject,
  list,
  object,
  optional,
  type Path,
  record,
  type Report,
  type Schema,
  schema,
  unknownOption,
} from "../core/schema.ts"
import { flag, integer, off, text } from "../core/values.ts"
import { policies } from "../policies/index.ts"
import { hashKey } from "../services/balancers/hash-key.ts"
import { targets } from "../targets/index.ts"

/** A part with the options that a config chose for it. */
export interface Chosen<Product> {
  readonly part: AnyPart<Product>
  readonly options: unknown
}

const names = record(
  either(text(), schema<true>({ expected: "true", types: "true", accepts: (value) => value === true })),
)

const share = object({
  share: about(
    "Out of 100 clients, or whatever `by` tells apart, how many are taken; more take in those before.",
    integer(1, 99),
  ),
  by: about(
    'What stays together, on every route, after restarts and in every process: "ip" (the client\'s address), "path", { header: "x-tenant" }, { cookie: "session" }, { query: "id" }, or a function of the request. Requests that have none go by the client\'s address.',
    optional(hashKey, "ip"),
  ),
})

const when = object({
  header: about("Headers that the request must have: a value, or true for any.", optional(names)),
  query: about("Query parameters that the request must have: a value, or true for any.", optional(names)),
  cookie: about("Cookies that the request must have: a value, or true for any.", optional(names)),
  weight: about(
    "Out of 100 requests that come this far, how many are taken: drawn for each, or by what they have in common.",
    optional(either(integer(1, 99), share)),
  ),
})

/** What a request must have so that a choice of a route takes it. */
export type When = NonNullable<ReturnType<typeof when.parse>>

const docs = object({
  summary: about("One line in the API documentation.", optional(text())),
  description: about("Markdown in the API documentation.", optional(text())),
  deprecated: about("Shown as deprecated.", optional(flag(), false)),
  hidden: about("Left out of the API documentation.", optional(flag(), false)),
})

/** What a route says of itself in the documentation. */
export type RouteDocs = ReturnType<typeof docs.parse>

/** One way to answer a route: a target inside policies, perhaps under a condition. */
export interface Choice {
  readonly path: Path
  readonly when: When | undefined
  readonly openapi: RouteDocs | undefined
  readonly target: Chosen<Handler>
  /** By name; false switches a default off. */
  readonly policies: ReadonlyMap<string, Chosen<Policy> | false>
}

const policyByName = new Map(policies.map((part) => [part.name, part]))

/** The fields that the targets bring along, and whose they are. */
const targetFields = new Map(
  targets.flatMap((part) =>
    Object.entries(part.options.fields ?? {}).map(([field, of]) => [field, { part, of }] as const),
  ),
)

const general: Readonly<Record<string, Schema<unknown>>> = {
  when: about(
    "Takes only requests that have all of this; the next choice of the list gets the others.",
    optional(when),
  ),
  openapi: about("What the API documentation says about this route.", optional(docs)),
}

/** The policy keys of a route or of the defaults, for types and reference. */
export const policyFields: Readonly<Record<string, Schema<unknown>>> = Object.fromEntries(
  policies.map((part) => {
    const standard = part.standard === undefined ? undefined : JSON.stringify(part.standard)
    return [
      part.name,
      { ...about(part.about, optional(either(part.options, off()))), standard, fields: part.options.fields },
    ]
  }),
)

/** Every key that a route may have, for types and reference. */
export const routeFields: Readonly<Record<string, Schema<unknown>>> = {
  ...Object.fromEntries([...targetFields].map(([field, { of }]) => [field, optional(of)])),
  ...policyFields,
  ...general,
}

/** The policies that an object names; other keys are left to the caller. */
export function parsePolicies(
  given: Record<string, unknown>,
  path: Path,
  report: Report,
): Map<string, Chosen<Policy> | false> {
  const found = new Map<string, Chosen<Policy> | false>()
  for (const [key, value] of Object.entries(given)) {
    const part = policyByName.get(key)
    if (!part || value === undefined) continue
    found.set(key, value === false ? false : { part, options: part.options.parse(value, [...path, key], report) })
  }
  return found
}

type Defaults = ReadonlyMap<string, Chosen<Policy> | false>

/** The policies of a choice in running order, outermost first, with their options. */
export function policiesOf(choice: Choice, { defaults }: { readonly defaults: Defaults }): Chosen<Policy>[] {
  return policies.flatMap((part) => {
    const general = defaults.get(part.name)
    const own = choice.policies.get(part.name)
    if (own === false) {
      const options = general && part.off?.(general.options)
      return options ? [{ part, options }] : []
    }
    if (own && general && part.join) return [{ part, options: part.join(general.options, own.options) }]
    const chosen = own ?? general
    return chosen ? [chosen] : []
  })
}

/** The services that a choice calls, each once: its target's first. */
export function servicesOf(choice: Choice, config: { readonly defaults: Defaults }): string[] {
  const chosen = [choice.target, ...policiesOf(choice, config)]
  return [...new Set(chosen.flatMap(({ part, options }) => part.uses?.(options) ?? []))]
}

/** What the routes are answered by, as far as can be told before they are checked: for those that refer to each other. */
export function targetsByRoute(routes: unknown): ReadonlyMap<string, ReadonlySet<string>> {
  const named = (value: unknown): string[] => {
    if (Array.isArray(value)) return value.flatMap(named)
    return isObject(value) ? targets.map(({ name }) => name).filter((name) => value[name] !== undefined) : ["service"]
  }
  return new Map(Object.entries(isObject(routes) ? routes : {}).map(([key, value]) => [key, new Set(named(value))]))
}

/** A route value: the name of a service, one choice, or several. */
export function parseRoute(value: unknown, path: Path, report: Report): Choice[] {
  if (Array.isArray(value)) {
    if (value.length === 0)
      report({ code: "E205", path, message: "A route without a choice.", fix: "Give at least one." })
    return value.flatMap((item, index) => parseChoice(item, [...path, index], report))
  }
  return parseChoice(value, path, report)
}

function parseChoice(value: unknown, path: Path, report: Report): Choice[] {
  const [service] = targets
  if (typeof value === "string" && service) {
    const target = { part: service, options: { service: value, path: undefined, failover: undefined } }
    return [{ path, when: undefined, openapi: undefined, target, policies: new Map() }]
  }
  if (!isObject(value)) {
    report({
      code: "E203",
      path,
      message: "Expected the name of a service, an object with a target, or a list of these.",
    })
    return []
  }
  for (const key of Object.keys(value))
    if (!Object.hasOwn(routeFields, key)) report(unknownOption(key, path, Object.keys(routeFields)))
  const target = parseTarget(value, path, report)
  const parsed = {
    when: general.when?.parse(value.when, [...path, "when"], report) as When | undefined,
    openapi: general.openapi?.parse(value.openapi, [...path, "openapi"], report) as RouteDocs | undefined,
    policies: parsePolicies(value, path, report),
  }
  return target ? [{ path, target, ...parsed }] : []
}

function parseTarget(value: Record<string, unknown>, path: Path, report: Report): Chosen<Handler> | undefined {
  const given = Object.keys(value).filter((key) => targetFields.has(key) && value[key] !== undefined)
  const named = targets.filter((part) => given.includes(part.name))
  const [target, second] = named
  if (!target) {
    const options = list(targets.map((part) => `"${part.name}"`))
    report({ code: "E304", path, on: "key", message: "This route has no target.", fix: `Give it one of ${options}.` })
    return undefined
  }
  if (second)
    report({
      code: "E305",
      path: [...path, second.name],
      on: "key",
      message: `This route has ${named.length} targets: ${list(
        named.map((part) => `"${part.name}"`),
        "and",
      )}.`,
      fix: "Keep one, or make the route a list of choices with a when for each.",
    })
  const own: Record<string, unknown> = {}
  for (const key of given) {
    const field = targetFields.get(key)
    if (field?.part === target) own[key] = value[key]
    else if (field && field.part.name !== key)
      report({
        code: "E306",
        path: [...path, key],
        on: "key",
        message: `"${key}" has no effect on a route answered by "${target.name}": it belongs to "${field.part.name}".`,
        fix: "Remove it.",
      })
  }
  return { part: target, options: target.options.parse(own, path, report) }
}
