import { defineTarget } from "../core/part.ts"
import { replyFrom } from "../core/reply.ts"
import { about, object } from "../core/schema.ts"
import { untilOver } from "../core/until-over.ts"
import { fn } from "../core/values.ts"

/** What a handler function of the config is told beside the request. */
export interface HandlerExchange {
  readonly id: string
  readonly client: string
  readonly params: Readonly<Record<string, string>>
}

/** Answers with a function of the config. */
export const handler = defineTarget({
  name: "handler",
  about: "A function that answers.",
  options: object({
    handler: about(
      "A function that answers with a `Response` or a JSON value.",
      fn<(request: Request, exchange: HandlerExchange) => unknown>(
        "(request: Request, exchange: HandlerExchange) => unknown",
      ),
    ),
  }),
  create: ({ handler: answer }) =>
    untilOver(async (exchange) =>
      replyFrom(
        await answer(exchange.toRequest(), {
          id: exchange.id,
          client: exchange.client,
          params: exchange.decodedParams(),
        }),
      ),
    ),
})
