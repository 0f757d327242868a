import type { Exchange } from "../../core/exchange.ts"
import type { Policy } from "../../core/handler.ts"
import type { Log } from "../../core/log.ts"
import type { Reply } from "../../core/reply.ts"
import type { Store } from "../../core/store.ts"
import { untilEnd } from "../../core/until-end.ts"
import { announcePlaces } from "./announce.ts"
import { lease, type LetGo } from "./leases.ts"
import type { Places } from "./limit.ts"
import { tooManyAtOnce } from "./refusal.ts"
import { untilClosed } from "./until-closed.ts"

/** Lets in as many at once as the limits have places, each until its answer has ended. */
export function held(limits: readonly Places[], store: Pick<Store, "hold" | "release">, log: Log): Policy {
  return (next) => async (exchange) => {
    const places: LetGo[] = []
    const leave = (): void => {
      for (const letGo of places) letGo()
    }
    try {
      for (const limit of limits) {
        const key = limit.key(exchange)
        if (key === undefined) continue
        const place = await lease(store, key, limit.limit, log)
        if (place) limit.allowed.value++
        if (place) places.push(place)
        else if (limit.shadow) limit.passed()
        else {
          announcePlaces(exchange, limit, true)
          limit.refused.value++
          throw tooManyAtOnce(limit)
        }
        announcePlaces(exchange, limit, false)
      }
      return places.length === 0 ? await next(exchange) : untilOver(await next(exchange), exchange, leave)
    } catch (error) {
      leave()
      throw error
    }
  }
}

/** Calls back when nothing more comes of an answer. */
function untilOver(reply: Reply, exchange: Exchange, leave: () => void): Reply {
  if (reply.tunnel) reply.tunnel = untilClosed(reply.tunnel, leave)
  else if (reply.body instanceof ReadableStream) {
    reply.body = untilEnd(reply.body, leave)
    // Nobody may be left to read it to its end.
    exchange.whenOver(leave)
  } else leave()
  return reply
}
