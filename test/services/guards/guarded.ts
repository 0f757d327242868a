import { GatewayError } from "../../../src/core/errors.ts"
import type { Exchange } from "../../../src/core/exchange.ts"
import type { Handler } from "../../../src/core/handler.ts"
import { type Keep, Kept } from "../../../src/core/kept.ts"
import type { Reply, ReplyBody } from "../../../src/core/reply.ts"
import { HeaderList } from "../../../src/http/header-list.ts"
import type { Balancer } from "../../../src/services/balancer.ts"
import { dispatch } from "../../../src/services/dispatch.ts"
import type { Guard, GuardPart } from "../../../src/services/guard.ts"
import { ConnectionLost } from "../../../src/services/transport/connection.ts"
import { type Upstream, upstream } from "../../../src/services/upstream.ts"
import { Upstreams } from "../../../src/services/upstreams.ts"
import { tools } from "../../support/exchange.ts"

/** What a try comes to: a status, a reply, an error, or whatever a function makes of it. */
export type Came = number | Reply | Error | ((exchange: Exchange) => Reply | Promise<Reply>)

export const reply = (status = 200, headers: Record<string, string> = {}, body: ReplyBody = null): Reply => ({
  status,
  headers: HeaderList.of(headers),
  body,
})

/** No connection could be opened. */
export const refused = (): GatewayError => new GatewayError("unreachable", "Refused.", { sent: false })

/** The connection ended before an answer. */
export const closed = (): GatewayError =>
  new GatewayError("unreachable", "Closed.", { cause: new ConnectionLost("Closed.") })

/** The answer of an upstream that says nothing until it is told to, or until the exchange is over. */
export function later(): { answer: (exchange: Exchange) => Promise<Reply>; come: (came: Reply | Error) => void } {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>()
  return {
    answer: (exchange) => exchange.unlessOver(promise),
    come: (came) => (came instanceof Error ? reject(came) : resolve(came)),
  }
}

/** A service whose upstreams do what the test says, behind one guard. */
export interface Guarded {
  readonly handle: Handler
  readonly upstreams: readonly Upstream[]
  /** What was asked, in order: the name of the upstream. */
  readonly asked: string[]
  readonly exchanges: Exchange[]
  /** What the tries still to come come to, in order; 200 when nothing is left. */
  readonly script: Came[]
  readonly logged: readonly { readonly level: string; readonly message: string }[]
  readonly guard: Guard
  readonly keep: Keep
}

const nameOf = ({ url }: Upstream): string => new URL(url).hostname.charAt(0)

/** Takes the first that may be asked: whoever wants another one has to say so. */
export const first: Balancer = ([one]) => one as Upstream

/** Puts a guard before a service with so many upstreams: a, b, c, in turn unless it is said otherwise. */
export function guarded<T>(
  part: GuardPart<T>,
  options: unknown,
  given: { script?: Came[]; upstreams?: number; keep?: Keep; pick?: Balancer } = {},
): Guarded {
  const { script = [], upstreams: size = 3, keep = new Kept().generation().keep } = given
  const used = tools()
  const list = "abcdefgh".split("").slice(0, size)
  const all = list.map((name) => upstream("user", { url: `http://${name}.internal` }, keep))
  const upstreams = new Upstreams("user", all)
  const parsed = part.options.parse(options, [], ({ message }) => {
    throw new Error(message)
  })
  const guard = part.create(parsed, { service: "user", upstreams, keep, log: used.log, metrics: used.metrics })
  const asked: string[] = []
  const exchanges: Exchange[] = []
  const send = async (exchange: Exchange, to: Upstream): Promise<Reply> => {
    asked.push(nameOf(to))
    exchanges.push(exchange)
    const came = script.shift() ?? 200
    if (typeof came === "number") return reply(came)
    if (came instanceof Error) throw came
    return typeof came === "function" ? came(exchange) : came
  }
  const count = (one: Upstream): number => asked.filter((name) => name === nameOf(one)).length
  const inTurn: Balancer = (up) => up.toSorted((one, other) => count(one) - count(other))[0] as Upstream
  const sent = dispatch("user", upstreams, given.pick ?? inTurn, guard.watch ? [guard.watch] : [], send)
  return {
    handle: guard.around?.(sent) ?? sent,
    upstreams: all,
    asked,
    exchanges,
    script,
    logged: used.logged,
    guard,
    keep,
  }
}
