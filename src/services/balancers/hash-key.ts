import type { Exchange } from "../../core/exchange.ts"
import { either, isObject, list, type Schema, schema, shown } from "../../core/schema.ts"
import { fn, headerName, oneOf, text } from "../../core/values.ts"
import { cookieOf } from "./cookie-of.ts"

/** What an exchange is told apart by; nothing when it has nothing of the kind. */
export type KeyOf = (exchange: Exchange) => string | undefined

/** What a function of the config is told about a request. */
export interface HashRequest {
  readonly method: string
  readonly host: string
  readonly path: string
  readonly client: string
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: Headers
}

const words: Readonly<Record<"ip" | "path", KeyOf>> = {
  ip: ({ client }) => client,
  path: ({ path }) => path,
}

const places: ReadonlyMap<string, { name: Schema<string>; keyOf: (name: string) => KeyOf }> = new Map([
  ["header", { name: headerName(), keyOf: headerKey }],
  ["cookie", { name: text({ expected: "the name of a cookie", pattern: /^[^\s;=]+$/ }), keyOf: cookieKey }],
  ["query", { name: text({ expected: "the name of a query parameter", pattern: /./ }), keyOf: queryKey }],
])

function headerKey(name: string): KeyOf {
  const lower = name.toLowerCase()
  return ({ headers }) => headers.get(lower)
}

function cookieKey(name: string): KeyOf {
  return (exchange) => cookieOf(exchange, name)
}

function queryKey(name: string): KeyOf {
  return ({ search }) => (search === "" ? undefined : (new URLSearchParams(search).get(name) ?? undefined))
}

const placed = schema<KeyOf>({
  expected: `an object with one of ${list([...places.keys()].map((place) => `"${place}"`))}`,
  types: [...places.keys()].map((place) => `{ ${place}: string | Secret }`).join(" | "),
  accepts: isObject,
  parse(value, path, report) {
    const [[place = "", name] = [], ...more] = Object.entries(value as object)
    const found = places.get(place)
    if (found && more.length === 0) {
      const checked = found.name.parse(name, [...path, place], report)
      return typeof checked === "string" ? found.keyOf(checked) : words.ip
    }
    const got = place === "" ? "an empty one" : [place, ...more.map(([key]) => key)].map(shown).join(" and ")
    report({ code: "E204", path, message: `Expected ${placed.expected}, got ${got}.` })
    return words.ip
  },
})

/** The same schema, with something made of its value. */
const made = <A, B>(of: Schema<A>, make: (value: A) => B): Schema<B> => ({
  ...of,
  parse: (value, path, report) => make(of.parse(value, path, report)),
})

const custom = fn<(request: HashRequest) => unknown>(
  "((request: { readonly method: string; readonly host: string; readonly path: string; readonly client: string; readonly params: Readonly<Record<string, string>>; readonly query: URLSearchParams; readonly headers: Headers }) => string | undefined)",
)

/** What requests are told apart by, in every way that a config may write it. */
export const hashKey: Schema<KeyOf> = {
  ...either(
    made(oneOf("ip", "path"), (word) => words[word]),
    placed,
    made(custom, (given): KeyOf => (exchange) => {
      const key = given(requestOf(exchange))
      return typeof key === "string" ? key : undefined
    }),
  ),
  expected: `"ip", "path", ${placed.expected}, or a function`,
  fields: undefined,
}

// Headers and query are made only for the functions that look at them.
const requestOf = (exchange: Exchange): HashRequest => ({
  method: exchange.method,
  host: exchange.host,
  path: exchange.path,
  client: exchange.client,
  get params() {
    return exchange.decodedParams()
  },
  get query() {
    return new URLSearchParams(exchange.search)
  },
  get headers() {
    return exchange.headers.toWeb()
  },
})
