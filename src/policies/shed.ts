import { GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import { definePolicy } from "../core/part.ts"
import { about, object, optional } from "../core/schema.ts"
import { duration } from "../core/units.ts"
import { integer, oneOf } from "../core/values.ts"
import { LoopLag } from "./shed/loop-lag.ts"
import { priorityOption, shareOf } from "./shed/priority.ts"
import { Room, type RoomRules } from "./shed/room.ts"

// At least this long between two lines of the log.
const silence = 60_000

/** Refuses requests while there is too much to do, so that the others are answered in time. */
export const shed = definePolicy({
  name: "shed",
  about:
    "Refuses requests with 503 while there is too much to do, so that the others are answered in time, the least important first. Requests count until their answers begin.",
  options: object({
    inFlight: about("How many requests may wait for their answers at once.", optional(integer(1))),
    latency: about(
      "While more than half of the answers take longer than this to begin, fewer and fewer may wait at once: a fifth less each time, and a tenth more each time that they are in time again.",
      optional(duration()),
    ),
    lag: about(
      "The same while the gateway itself is later than this with its own work: its processor has too much to do.",
      optional(duration()),
    ),
    atLeast: about(
      "However slow, so many may wait at once: without a few nobody could tell that all is well again.",
      optional(integer(1), 10),
    ),
    priority: about(
      'How important requests are: "low" ones are refused when half of the room is taken, "normal" ones at four fifths, "high" ones when there is none. By a function of the request, or by the plan of who signed in: { plans: { pro: "high", free: "low" } }. Without it, all may take all of the room.',
      optional(priorityOption),
    ),
    scope: about(
      'What is counted together: the requests of all routes that have the same limits here, or of each "route" for itself.',
      optional(oneOf("gateway", "route"), "gateway"),
    ),
    retryAfter: about(
      "What clients are told to wait before they try again, in whole seconds.",
      optional(duration(), "1s"),
    ),
  }),
  check({ inFlight, latency, lag }, _, path, report) {
    if (inFlight === undefined && latency === undefined && lag === undefined)
      report({
        code: "E202",
        path,
        message: "Nothing says what is too much.",
        fix: 'Add "inFlight", "latency" or "lag".',
      })
  },
  create({ inFlight, latency, lag, atLeast, priority, scope, retryAfter }, { keep, whenServed, log, metrics }) {
    const never = Number.POSITIVE_INFINITY
    const rules: RoomRules = { inFlight: inFlight ?? never, latency: latency ?? never, lag: lag ?? never, atLeast }
    const rooms = keep("rooms of shed", () => new Map<string, Room>())
    const loop = lag === undefined ? undefined : keep("lag of the gateway", () => new LoopLag())
    if (loop) whenServed(() => loop.begin())
    const share = shareOf(priority)
    const count = metrics.counter("bellhop_shed_total", "Requests that were refused because there was too much to do.")
    const headers = { "retry-after": String(Math.ceil(retryAfter / 1000)) }
    let room: Room | undefined
    let refused = 0
    let silentUntil = Number.NEGATIVE_INFINITY

    // A policy is built for one route, but learns which one it is from those who come.
    function roomFor(exchange: Exchange): Room {
      const name = JSON.stringify([scope === "route" ? exchange.route : null, inFlight, latency, lag, atLeast])
      const found = rooms.get(name) ?? new Room(rules)
      rooms.set(name, found)
      return found
    }

    function refusal({ taken, isSmall }: Room, now: number): GatewayError {
      refused++
      count.value++
      if (now >= silentUntil) {
        silentUntil = now + silence
        const why = isSmall ? "answers come late" : "that is all there may be"
        log.warn(`Overloaded: ${taken} requests wait for their answers, and ${why}. ${refused} were refused so far.`)
      }
      return new GatewayError("overloaded", "There is too much to do just now. Try again later.", { headers })
    }

    return (next) => async (exchange) => {
      room ??= roomFor(exchange)
      const now = performance.now()
      const place = room.enter(share(exchange), now, loop ? loop.at(now) : 0)
      if (!place) throw refusal(room, now)
      try {
        return await next(exchange)
      } finally {
        room.leave(place, performance.now())
      }
    }
  },
})
