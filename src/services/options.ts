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
import { nearest } from "../core/suggest.ts"
import { duration } from "../core/units.ts"
import { integer, oneOf, text } from "../core/values.ts"
import type { Balancer, BalancerGround } from "./balancer.ts"
import { balancers } from "./balancers/index.ts"
import { upstreamUrl as url } from "./base-url.ts"
import { credentialsOptions } from "./credentials/options.ts"
import { discoverOptions } from "./discover-options.ts"
import { guards } from "./guards/index.ts"
import { healthOptions } from "./health-options.ts"
import { connectionOptions, protocolOption, tlsOptions } from "./network-options.ts"
import type { UpstreamOptions } from "./upstream.ts"
import { websocketOptions } from "./websocket/options.ts"

const guardFields: Readonly<Record<string, Schema<unknown>>> = Object.fromEntries(
  guards.map((guard) => [guard.name, about(guard.about, optional(guard.options))]),
)

/** Where the answers of a service come from. */
export const modes = ["real", "mock", "fallback"] as const

export type Mode = (typeof modes)[number]

const upstreamOptions = object({
  url: about(
    "The base URL: of http, https, or of a unix socket as unix:/run/cart.sock or unix:/run/cart.sock:/base.",
    url,
  ),
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
    const one = (item: unknown, at: Path, place: number): UpstreamOptions => {
      const inside = isObject(item) && !(item instanceof Secret)
      const made = inside ? upstreamOptions.parse(item, at, report) : { url: url.parse(item, at, report) }
      return (inside ? item.url : item) instanceof Secret ? { ...made, label: `#${place}` } : made
    }
    if (!Array.isArray(value)) return [one(value, path, 1)]
    if (value.length === 0)
      report({ code: "E205", path, message: "Empty list.", fix: "Give at least one URL or remove the option." })
    return value.map((item: unknown, index) => one(item, [...path, index], index + 1))
  },
})

const names = balancers.map(({ name }) => name)

const hasOptions = (options: Schema<unknown>): boolean => Object.keys(options.fields ?? {}).length > 0

/** An algorithm by its name, or as an object with its name and its options; the function builds it for a service. */
const balance = schema<(ground: BalancerGround) => Balancer>({
  expected: `one of ${list(names.map((name) => `"${name}"`))}, or one of these with its options`,
  types: (indent) =>
    [
      ...balancers.filter(({ options }) => isFree(options)).map(({ name }) => JSON.stringify(name)),
      ...balancers
        .filter(({ options }) => hasOptions(options))
        .map(({ name, options }) => `{ ${name}: ${options.types(indent)} }`),
    ].join(" | "),
  accepts: (value) => typeof value === "string" || isObject(value),
  fields: Object.fromEntries(
    balancers.map(({ name, about: words, options }) => [
      name,
      { ...about(words, optional(options)), ...(hasOptions(options) ? {} : { expected: "no options" }) },
    ]),
  ),
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
      return refused
    }
    const options = part.options.parse(given[name], isObject(value) ? [...path, name] : path, report)
    return (ground) => part.create(options, ground)
  },
})

function refused(): never {
  throw new Error("This algorithm was refused.")
}

const isFree = (options: Schema<unknown>): boolean =>
  Object.values(options.fields ?? {}).every((field) => field.optional)

const fields = object({
  url: about(
    "Where the service is: one base URL (http, https, or unix:/run/cart.sock for a unix socket), or several to share the work.",
    optional(upstreamList),
  ),
  discover: about(
    "Where its upstreams are found, in the place of `url`: the last list that was found is kept when the source fails.",
    optional(discoverOptions),
  ),
  health: about("How its upstreams are checked: those that are down are not asked.", optional(healthOptions)),
  mock: about(
    'Who answers: "real" only the service, "mock" only files in mocks/, "fallback" the service while it can be reached, otherwise mocks/. Default: "real" with a url, "mock" without.',
    optional(oneOf(...modes)),
  ),
  balance: about(
    `How one of several upstreams is picked. ${balancers.map((part) => `"${part.name}": ${part.about}`).join(" ")}`,
    optional(balance, names[0] as string),
  ),
  slowStart: about(
    "How long an upstream that came up has less than its share of the requests: a tenth at first, all of it in the end.",
    optional(duration()),
  ),
  zone: about(
    'Where this gateway is, such as env("ZONE"): upstreams of the same zone are asked first.',
    optional(text()),
  ),
  zoneMinimum: about(
    "How many percent of the upstreams of that zone have to be up; with fewer, all zones are asked alike.",
    optional(integer(0, 100), 50),
  ),
  panic: about(
    "With fewer than this many percent of the upstreams up, all are asked, also those that seem to be down; 0: never.",
    optional(integer(0, 100), 0),
  ),
  timeout: about("How long the service may take until its answer begins.", optional(duration())),
  websocket: about(
    "What is allowed on WebSockets to the service: every route to it takes them, under the rules of the route; false: it takes none.",
    optional(websocketOptions),
  ),
  protocol: protocolOption,
  tls: about("How its upstreams are spoken to over TLS.", optional(tlsOptions)),
  connections: about("How many connections each upstream gets, and for how long.", optional(connectionOptions)),
  auth: about("What the gateway shows the service to be let in.", optional(credentialsOptions)),
  ...guardFields,
})

/** What a service is made of. */
export const serviceOptions: typeof fields = {
  ...fields,
  parse(value, path, report) {
    const has = (name: string): boolean => isObject(value) && value[name] !== undefined
    if (has("url") && has("discover"))
      report({
        code: "E204",
        path: [...path, "discover"],
        on: "key",
        message: 'A service has "url" or "discover", but here are both.',
        fix: "Keep one of them.",
      })
    if (has("health") && !has("url") && !has("discover"))
      report({
        code: "E202",
        path: [...path, "health"],
        on: "key",
        message: 'There is nothing to check: the service has no "url" and no "discover".',
        fix: 'Add one of them, or remove "health".',
      })
    return fields.parse(value, path, report)
  },
}

/** A service as the config gives it, checked. */
export type ServiceOptions = Of<typeof serviceOptions>

// Alone, a URL out of a secret would be a text like any other.
const short: Schema<string | ServiceOptions> = {
  ...url,
  parse(value, path, report) {
    const found = url.parse(value, path, report)
    if (!(value instanceof Secret)) return found
    return { ...serviceOptions.parse({}, path, () => undefined), url: [{ url: found, label: "#1" }] }
  },
}

/** A service: its URL, or its options. */
export const service = either(short, serviceOptions)
