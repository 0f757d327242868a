import { codeOf } from "../../../src/core/errors.ts"
import type { Exchange } from "../../../src/core/exchange.ts"
import type { Ended } from "../../../src/core/observer.ts"
import type { Reply, ReplyBody } from "../../../src/core/reply.ts"
import type { Built } from "../../../src/gateway/build.ts"
import { problemReply } from "../../../src/gateway/problem.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import { standardPaths } from "../../../src/http/path-rules.ts"
import { Metrics } from "../../../src/observe/metrics.ts"
import { type Http1Listener, http1Listener, type Place } from "../../../src/server/http1/listener.ts"
import type { Site } from "../../../src/server/http1/site.ts"
import { Live } from "../../../src/server/live.ts"

/** What answers in a test: what it throws becomes a problem, as in a gateway. */
export type Answer = (exchange: Exchange) => Reply | Promise<Reply>

/** A listener whose answers a test gives. */
export interface Listening extends Disposable {
  readonly url: string
  readonly listener: Http1Listener
  readonly live: Live
  readonly metrics: Metrics
  /** The exchanges that came in, in order. */
  readonly came: readonly Exchange[]
  /** What the log was told of as an error. */
  readonly errors: readonly unknown[]
  /** How the exchanges went that have ended, in order, where the test asks for it. */
  readonly told: readonly Ended[]
  /** Settles when so many have ended. */
  ended(count: number): Promise<void>
}

/** Listens on a free port. */
export function listening(
  answer: Answer,
  { tls, pages, tells = false }: { tls?: Place["tls"]; pages?: Site["pages"]; tells?: boolean } = {},
): Listening {
  const errors: unknown[] = []
  const told: Ended[] = []
  const observing = { measures: true, observers: tells ? [(ended: Ended) => void told.push(ended)] : [] }
  const came: Exchange[] = []
  const log = { info() {}, warn() {}, error: (_: string, error: unknown) => void errors.push(error) }
  const metrics = new Metrics()
  const live = new Live(log, metrics)
  const gateway = {
    paths: standardPaths,
    routes: [],
    async answer(exchange: Exchange): Promise<Reply> {
      came.push(exchange)
      try {
        return await answer(exchange)
      } catch (error) {
        exchange.failure = codeOf(error)
        return problemReply(error, exchange, log)
      }
    },
  }
  live.swap({ gateway, observing, begin: () => () => {}, dispose() {} } as unknown as Built)
  const scheme = tls ? "https" : "http"
  const listener = http1Listener({ live, log, scheme, pages }, { hostname: "127.0.0.1", port: 0, tls })
  return {
    url: `${scheme}://127.0.0.1:${listener.port}`,
    listener,
    live,
    metrics,
    came,
    errors,
    told,
    async ended(count) {
      while (told.length < count) await Bun.sleep(1)
    },
    [Symbol.dispose]: () => listener.end(),
  }
}

/** A reply with this body. */
export const reply = (body: ReplyBody, status = 200, ...lines: string[]): Reply => ({
  status,
  headers: new HeaderList(lines),
  body,
})

/** The path of an exchange as its answer. */
export const echo: Answer = ({ path, search }) => reply(path + search)
