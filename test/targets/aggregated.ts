import type { Exchange } from "../../src/core/exchange.ts"
import type { Handler } from "../../src/core/handler.ts"
import { jsonReply, type Reply } from "../../src/core/reply.ts"
import { HeaderList } from "../../src/http/header-list.ts"
import { aggregate } from "../../src/targets/aggregate.ts"
import { type Answer, type Asked, exchange, tools } from "../support/exchange.ts"
import { built } from "./checked.ts"

/** A service that answers when the test says so. */
export function held(): {
  answer: Handler
  asked: Promise<Exchange>
  reply(value: unknown): void
  fail(error: Error): void
} {
  const waiting = Promise.withResolvers<Reply>()
  const asked = Promise.withResolvers<Exchange>()
  return {
    answer: (given) => {
      asked.resolve(given)
      return waiting.promise
    },
    asked: asked.promise,
    reply: (value) => waiting.resolve(jsonReply(value)),
    fail: waiting.reject,
  }
}

/** Lets everything happen that waits for nothing but its turn. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export function setUp(parts: object, services: Record<string, Answer>, response?: unknown) {
  const given = tools({ services })
  const handle = built(aggregate, { aggregate: parts, ...(response ? { response } : {}) }, given)
  return { calls: given.calls, logged: given.logged, ask: async (asked: Asked = {}) => handle(exchange(asked)) }
}

export const status =
  (code: number, body = "{}"): Answer =>
  () => ({ status: code, headers: new HeaderList(), body })
