import { discard } from "../core/discard.ts"
import type { Exchange } from "../core/exchange.ts"
import type { Handler } from "../core/handler.ts"
import { definePolicy } from "../core/part.ts"
import type { Reply } from "../core/reply.ts"
import { standardLimit, unusable } from "./transform/body.ts"
import { checkTransform } from "./transform/check.ts"
import { chosenFields } from "./transform/chosen-fields.ts"
import { transformOptions } from "./transform/options.ts"
import { rewriting } from "./transform/query.ts"
import { requestBodies } from "./transform/request.ts"
import { type Answers, answers, type Asked } from "./transform/response.ts"

/** Changes bodies on the way in and on the way out: their formats, their fields, and what clients get to see of them. */
export const transform = definePolicy({
  name: "transform",
  about:
    "Changes bodies on the way in and on the way out: their formats, their fields, and what clients get to see of them. Each is read once and written once.",
  options: transformOptions,
  check: checkTransform,
  join: (general, own) => ({
    request: own.request ?? general.request,
    response: own.response ?? general.response,
    internal:
      general.internal && own.internal ? [...general.internal, ...own.internal] : (general.internal ?? own.internal),
    fields: own.fields ?? general.fields,
    types: new Map([...(general.types ?? []), ...(own.types ?? [])]),
    limit: own.limit ?? general.limit,
  }),
  create(options) {
    const { request, types, limit = standardLimit } = options
    const changeQuery = request?.query && rewriting(request.query)
    const changeRequest = request && requestBodies(request, types, limit)
    const parameter = options.fields === true ? "fields" : options.fields || undefined
    const answering =
      options.response || options.internal || parameter !== undefined ? answers(options, limit) : undefined

    return (next) => async (exchange) => {
      const { headers, search } = exchange
      const given = { exchange, search, body: undefined }
      const accept = headers.has("accept") ? headers.all("accept").join(",") : undefined
      // Before anything is asked of the service, which might do what nobody can be told of.
      const chosen = answering?.choose(accept)
      const choose = parameter === undefined ? undefined : chosenFields(exchange, parameter)
      if (changeQuery) exchange.search = changeQuery(exchange.search, given)
      if (changeRequest) await changeRequest(exchange, given)
      const asked: Asked = { given, accept, chosen, choose }
      return answering?.reads(asked) ? changed(next, exchange, answering, asked) : next(exchange)
    }
  },
})

async function changed(next: Handler, exchange: Exchange, answering: Answers, asked: Asked): Promise<Reply> {
  const { headers, rawPath, path } = exchange
  // Policies around this one go by what the client said.
  const said = ["accept", "accept-encoding"].map((name) => [name, headers.all(name)] as const)
  if (answering.accept !== undefined) headers.set("accept", answering.accept)
  headers.set("accept-encoding", "identity")
  const before = headers.has("range") ? headers.copy() : undefined
  try {
    const reply = await next(exchange)
    const whole = await answering.change(reply, asked)
    if (whole) return whole
    discard(reply)
    if (!before || exchange.method !== "GET" || exchange.body !== null) throw partial()
    // Only this answer tells that it is one to be changed; of others, such as films, a part is what is wanted.
    headers.drop(() => true)
    for (const [name, value] of before) if (name !== "range" && name !== "if-range") headers.append(name, value)
    exchange.rawPath = rawPath
    exchange.path = path
    const again = await answering.change(await next(exchange), asked)
    if (!again) throw partial()
    return again
  } finally {
    for (const [name, values] of said) {
      headers.delete(name)
      for (const value of values) headers.append(name, value)
    }
  }
}

const partial = (): Error => unusable("The answer is only a part of one.")
