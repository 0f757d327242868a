import { definePolicy } from "../core/part.ts"
import { about, object, optional } from "../core/schema.ts"
import { flag, text } from "../core/values.ts"

// Anything else could forge log lines or fill them.
const acceptable = /^[\w.:/+=-]{1,128}$/

/** Gives every exchange a name that the client, the services and the logs share. */
export const requestId = definePolicy({
  name: "requestId",
  stateless: true,
  about: "Names every request: the id goes to the services, into the answer and into the logs.",
  options: object({
    header: about(
      "The header that carries the id.",
      optional(text({ expected: "a header name", pattern: /^[A-Za-z0-9-]+$/ }), "x-request-id"),
    ),
    accept: about("Take over an id that the client sends.", optional(flag(), true)),
  }),
  standard: {},
  create({ header, accept }) {
    const name = header.toLowerCase()
    return (next) => (exchange) => {
      const sent = exchange.headers.get(name)
      if (accept && sent !== undefined && acceptable.test(sent)) exchange.id = sent
      exchange.headers.set(name, exchange.id)
      exchange.answerHeaders.push([name, exchange.id])
      return next(exchange)
    }
  },
})
