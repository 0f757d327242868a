import { definePolicy } from "../core/part.ts"
import { about, listOf, object, optional } from "../core/schema.ts"
import { headerLines, headerName } from "../core/values.ts"
import type { HeaderList } from "../http/header-list.ts"

const changes = object({
  set: about("Headers to put in the place of those that are there.", optional(headerLines())),
  add: about("Headers to add to those that are there.", optional(headerLines())),
  remove: about("Headers to take out.", optional(listOf(headerName()))),
})

const applied = (options: {
  set: ReadonlyMap<string, string> | undefined
  add: ReadonlyMap<string, string> | undefined
  remove: readonly string[] | undefined
}): ((headers: HeaderList) => void) => {
  const lowered = (lines: ReadonlyMap<string, string> = new Map()): [string, string][] =>
    [...lines].map(([key, item]) => [key.toLowerCase(), item])
  const [set, add] = [lowered(options.set), lowered(options.add)]
  const remove = (options.remove ?? []).map((key) => key.toLowerCase())
  return (headers) => {
    for (const key of remove) headers.delete(key)
    for (const [key, item] of set) headers.set(key, item)
    for (const [key, item] of add) headers.append(key, item)
  }
}

/** Sets, adds and removes headers on the way in and on the way out. */
export const headers = definePolicy({
  name: "headers",
  about: "Sets, adds and removes headers of the request and of the answer.",
  options: object({
    request: about("Changes to what the service gets.", optional(changes)),
    response: about("Changes to what the client gets.", optional(changes)),
  }),
  create({ request, response }) {
    const onRequest = request && applied(request)
    const onResponse = response && applied(response)
    return (next) => async (exchange) => {
      onRequest?.(exchange.headers)
      const reply = await next(exchange)
      onResponse?.(reply.headers)
      return reply
    }
  },
})
