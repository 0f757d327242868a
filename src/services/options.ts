import {
  about,
  either,
  isObject,
  list,
  object,
  type Of,
  optional,
  type Path,
  type Schema,
  schema,
  shown,
} from "../core/schema.ts"
import { Secret } from "../core/secret.ts"
import { duration } from "../core/units.ts"
import { nearest } from "../core/suggest.ts"
import { integer, oneOf, text } from "../core/values.ts"
import type { Balancer } from "./balancer.ts"
import { balancers } from "./balancers/index.ts"
import { guards } from "./guards/index.ts"
import type { UpstreamOptions } from "./upstream.ts"

const guardFields: Readonly<Record<string, Schema<unknown>>> = Object.fromEntries(
  guards.map((guard) => [guard.name, about(guard.about, optional(guard.options))]),
)

const plain = text({ expected: 'a URL such as "http://localhost:4001"' })

const url = schema({
  expected: plain.expected,
  types: plain.types(""),
  accepts: plain.accepts,
  parse(value, path, report) {
    let missing = false
    const found = plain.parse(value, path, (problem) => {
      missing = true
      report(problem)
    })
    const parsed = URL.parse(found)
    const wrong = !parsed
      ? "is not a URL"
      : !/^https?:$/.test(parsed.protocol)
        ? value instanceof Secret
          ? "has another scheme"
          : `has the scheme "${parsed.protocol}"`
        : parsed.username || parsed.password
          ? "carries a user name or password"
          : parsed.search || parsed.hash
            ? "carries a query or a fragment"
            : undefined
    if (wrong && !missing)
      report({
        code: "E204",
        path,
        message: `Expected ${plain.expected}, but ${value instanceof Secret ? "it" : shown(found)} ${wrong}.`,
        fix: "Give the scheme (http or https), the host, the port if it is not the usual one, and a base path if there is one.",
      })
    return found
  },
})

/** Where the answers of a service come from. */
export const modes = ["real", "mock", "fallback"] as const

export type Mode = (typeof modes)[number]

const upstreamOptions = object({
  url: about("The base URL.", url),
  weight: about("Its share of the requests, beside the weights of the others.", optional(integer(0, 1000), 1)),
  zone: about("Where it is, for balancing that stays near.", optional(text())),
})

/** Upstreams in every way that a config may write them, as a list. */
const upstreamList = schema<readonly UpstreamOptions[]>({
  expected: "a URL, an upstream, or a list of these",
  types: (indent) => {
    const one = `string | Secret | ${upstreamOptions.types(indent)}`
    return `${one} | readonly (${one})[]`
  },
  accepts: (value) => Array.isArray(value) || url.accepts(value) || isObject(value),
  fields: upstreamOptions.fields ?? {},
  parse(value, path, report) {
    const one = (item: unknown, at: Path): UpstreamOptions =>
      isObject(item) && !(item instanceof Secret)
        ? upstreamOptions.parse(item, at, report)
        : { url: url.parse(item, at, report) }
    if (!Array.isArray(value)) return [one(value, path)]
    if (value.length === 0)
      report({ code: "E205", path, message: "Empty list.", fix: "Give at least one URL or remove the option." })
    return value.map((item: unknown, index) => one(item, [...path, index]))
  },
})

const standardBalancer = (): Balancer => {
  const [standard] = balancers
  if (!standard) throw new Error("The shelf of balancers is empty.")
  return standard.create(standard.options.parse({}, [], () => undefined))
}

const names = balancers.map(({ name }) => name)

/** An algorithm by its name, or as an object with its name and its options; built once for each config. */
const balance = schema<Balancer>({
  expected: `one of ${list(names.map((name) => `"${name}"`))}, or one of these with its options`,
  types: (indent) =>
    [
      ...balancers.filter(({ options }) => isFree(options)).map(({ name }) => JSON.stringify(name)),
      ...balancers
        .filter(({ options }) => Object.keys(options.fields ?? {}).length > 0)
        .map(({ name, options }) => `{ ${name}: ${options.types(indent)} }`),
    ].join(" | "),
  accepts: (value) => typeof value === "string" || isObject(value),
  fields: Object.fromEntries(balancers.map(({ name, about: words, options }) => [name, { ...about(words, optional(options)) }])),
  parse(value, path, report) {
    const given = isObject(value) ? value : { [value as string]: {} }
    const [name = "", ...more] = Object.keys(given)
    const part = balancers.find((one) => one.name === name)
    if (!part || more.length > 0) {
      const meant = nearest(name, names)
      report({
        code: "E204",
        path,
        message: `Expected one algorithm, got ${shown(isObject(value) ? name : value)}.${meant ? ` Did you mean "${meant}"?` : ""}`,
        fix: `Use one of ${list(names.map((one) => `"${one}"`))}.`,
      })
      return standardBalancer()
    }
    let broken = false
    const options = part.options.parse(given[name], isObject(value) ? [...path, name] : path, (problem) => {
      broken = true
      report(problem)
    })
    return broken ? standardBalancer() : part.create(options)
  },
})

const isFree = (options: Schema<unknown>): boolean => Object.values(options.fields ?? {}).every((field) => field.optional)

/** What a service is made of. */
export const serviceOptions = object({
  url: about("Where the service is: one base URL, or several to share the work.", optional(upstreamList)),
  mock: about(
    'Who answers: "real" only the service, "mock" only files in mocks/, "fallback" the service while it can be reached, otherwise mocks/. Default: "real" with a url, "mock" without.',
    optional(oneOf(...modes)),
  ),
  balance: about(
    `How one of several upstreams is picked. ${balancers.map((part) => `"${part.name}": ${part.about}`).join(" ")} Default: "${names[0]}".`,
    { ...optional(balance), parse: (value, path, report) => (value === undefined ? standardBalancer() : balance.parse(value, path, report)) },
  ),
  timeout: about("How long the service may take until its answer begins.", optional(duration())),
  ...guardFields,
})

/** A service as the config gives it, checked. */
export type ServiceOptions = Of<typeof serviceOptions>

/** A service: its URL, or its options. */
export const service = either(url, serviceOptions)
