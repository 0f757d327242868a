import type { Exchange } from "../../../src/core/exchange.ts"
import type { Handler } from "../../../src/core/handler.ts"
import { jsonReply, type Reply } from "../../../src/core/reply.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { batch } from "../../../src/targets/batch.ts"
import { exchange, tools, valueOf } from "../../support/exchange.ts"
import { built } from "../checked.ts"

/** Lets everything happen that waits for nothing but its turn. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** An answer of a batch. */
export type Entry = { index?: number; id: unknown; status: number; headers: Record<string, unknown>; body: unknown }

/** A batch whose gateway is a handler of the test. */
export function setUp(answer: Handler, options: object = {}) {
  const given = tools({ gateway: answer })
  const handle = built(batch, { batch: { routes: ["GET /x"], ...options } }, given)
  const outer = (requests: unknown, headers: Record<string, string> = {}): Exchange =>
    exchange({
      id: "b",
      method: "POST",
      path: "/batch",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ requests }),
    })
  const entries = async (reply: Reply | Promise<Reply>): Promise<Entry[]> =>
    ((await valueOf(await reply)) as { responses: Entry[] }).responses
  return {
    given,
    outer,
    entries,
    send: async (asked: Exchange) => handle(asked),
    ask: async (requests: unknown, headers?: Record<string, string>) => handle(outer(requests, headers)),
    asked: () => given.calls.map((call) => call.exchange),
  }
}

/** A gateway whose answers the test gives, in the order that it likes. */
export function byHand() {
  const waiting = new Map<string, { exchange: Exchange; resolve: (reply: Reply) => void }>()
  const answer: Handler = (asked) => {
    const { promise, resolve } = Promise.withResolvers<Reply>()
    waiting.set(asked.path, { exchange: asked, resolve })
    return promise
  }
  return {
    answer,
    paths: () => [...waiting.keys()],
    exchange: (path: string) => waiting.get(path)?.exchange as Exchange,
    async reply(path: string, reply: Reply = jsonReply(path)) {
      waiting.get(path)?.resolve(reply)
      await settle()
    },
  }
}

/** Requests to these paths. */
export const paths = (...names: string[]): object[] => names.map((path) => ({ path }))

/** A gateway that answers with the path. */
export const echo: Handler = ({ path }) => jsonReply(path)

/** A body that never ends, and what happens to it. */
export function endless() {
  const cancelled = Promise.withResolvers<unknown>()
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>({
    start: (given) => void (controller = given),
    cancel: cancelled.resolve,
  })
  const reply: Reply = { status: 200, headers: new HeaderList(["content-type", "text/plain"]), body }
  return {
    reply,
    cancelled: cancelled.promise,
    send: (text: string) => controller?.enqueue(new TextEncoder().encode(text)),
  }
}
