import { GatewayError } from "../core/errors.ts"
import { definePolicy } from "../core/part.ts"
import { about, listOf, object, type Of, optional, record } from "../core/schema.ts"
import { headerName } from "../core/values.ts"
import type { HeaderList } from "../http/header-list.ts"
import { checkHoles, type Given } from "./transform/template.ts"
import { type Filled, filledHeader } from "./transform/values.ts"

const lines = () => record(filledHeader(), headerName())

const changes = object({
  remove: about("Headers to take out.", optional(listOf(headerName()))),
  rename: about(
    "Headers to call otherwise: the name they have, and the new one.",
    optional(record(headerName(), headerName())),
  ),
  set: about(
    "Headers to put in the place of those that are there. `:id` and `:*` stand for what the route has there, `:query.q` and `:headers.x` for what the client sent, `::` for a colon; a header that is one of these only stays as it is when nothing is there.",
    optional(lines()),
  ),
  add: about("Headers to add to those that are there, with placeholders as in `set`.", optional(lines())),
})

type Changes = Of<typeof changes>

/** Sets, adds and removes headers on the way in and on the way out. */
export const headers = definePolicy({
  name: "headers",
  about: "Removes, renames, sets and adds headers of the request and of the answer, in this order.",
  options: object({
    request: about("Changes to what the service gets.", optional(changes)),
    response: about("Changes to what the client gets.", optional(changes)),
  }),
  check({ request, response }, known, _, report) {
    for (const lines of [request?.set, request?.add, response?.set, response?.add])
      for (const { holes } of lines?.values() ?? []) checkHoles(holes, known, report, false)
  },
  create({ request, response }) {
    const onRequest = request && applied(request)
    const onResponse = response && applied(response)
    return (next) => async (exchange) => {
      const given: Given = { exchange, search: exchange.search, body: undefined }
      // Before the request changes: placeholders stand for what the client sent.
      const change = onResponse?.(given)
      onRequest?.(given)(exchange.headers)
      const reply = await next(exchange)
      change?.(reply.headers)
      return reply
    }
  },
})

/** Makes the values ready for one exchange, and then changes headers. */
function applied(options: Changes): (given: Given) => (headers: HeaderList) => void {
  const remove = (options.remove ?? []).map((name) => name.toLowerCase())
  const rename = [...(options.rename ?? [])].map(([name, other]) => [name.toLowerCase(), other.toLowerCase()] as const)
  const set = lowered(options.set)
  const add = lowered(options.add)
  return (given) => {
    const toSet = ready(set, given)
    const toAdd = ready(add, given)
    return (headers) => {
      for (const name of remove) headers.delete(name)
      for (const [name, other] of rename) {
        const values = headers.all(name)
        headers.delete(name)
        for (const value of values) headers.append(other, value)
      }
      for (const [name, value] of toSet) headers.set(name, value)
      for (const [name, value] of toAdd) headers.append(name, value)
    }
  }
}

type Line = Filled<string | undefined>

const lowered = (given: ReadonlyMap<string, Line> = new Map()): (readonly [string, Line])[] =>
  [...given].map(([name, value]) => [name.toLowerCase(), value] as const)

/** The lines for one exchange; made once for all where the config says them whole. */
function ready(given: readonly (readonly [string, Line])[], filling: Given): (readonly [string, string])[] {
  const made: (readonly [string, string])[] = []
  for (const [name, { fill, holes }] of given) {
    const value = fill(filling)
    if (value === undefined) continue
    // A parameter may have anything in it, escaped: a line break would begin another header.
    if (holes.length > 0 && !sendable.test(value))
      throw new GatewayError("bad_request", `What the header "${name}" is made of cannot be sent in a header.`)
    made.push([name, value])
  }
  return made
}

const sendable = /^[\t\x20-\x7e\x80-\xff]*$/
