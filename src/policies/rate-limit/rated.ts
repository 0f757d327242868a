import type { Exchange } from "../../core/exchange.ts"
import type { Handler, Policy } from "../../core/handler.ts"
import type { Log } from "../../core/log.ts"
import type { Reply } from "../../core/reply.ts"
import type { Store, Taken } from "../../core/store.ts"
import { announce } from "./announce.ts"
import type { Rate, RateWant } from "./limit.ts"
import { refusal } from "./refusal.ts"

type Answered = ReturnType<Handler>

/** Goes on with an exchange that was let in, and what was taken for it. */
type GoOn = (exchange: Exchange, wants: readonly RateWant[], taken: readonly Taken[]) => Answered

type Limits = Pick<Store, "take" | "adjust">

/** Lets in as many as the limits allow, all of which are asked in one step. */
export function rated(limits: readonly Rate[], store: Limits, log: Log): Policy {
  const wantsOf = wanting(limits)
  const charges = limits.some(({ costAfter }) => costAfter !== undefined)

  return (next) => {
    const goOn: GoOn = charges ? charged(next, store, log) : next

    const judged: GoOn = (exchange, wants, taken) => {
      let wait = 0
      let refused = false
      for (let at = 0; at < wants.length; at++) {
        const { of } = wants[at] as RateWant
        const one = taken[at] as Taken
        if (!one.allowed && of.shadow) of.passed()
        else (one.allowed ? of.allowed : of.refused).value++
        if (of.shadow) continue
        if (!one.allowed) refused = true
        else if (one.wait > wait) wait = one.wait
      }
      // An answer that tells its cost changes what is left: then it is told later.
      if (!charges || refused) announce(exchange, wants, taken)
      if (refused) throw refusal(wants, taken)
      return wait > 0 ? turn(exchange, wait).then(() => goOn(exchange, wants, taken)) : goOn(exchange, wants, taken)
    }

    return (exchange) => {
      const wants = wantsOf(exchange)
      if (wants.length === 0) return next(exchange)
      const taken = store.take(wants)
      return taken instanceof Promise
        ? taken.then((found) => judged(exchange, wants, found))
        : judged(exchange, wants, taken)
    }
  }
}

/** What an exchange wants of all limits together. */
function wanting(limits: readonly Rate[]): (exchange: Exchange) => readonly RateWant[] {
  const [only, second] = limits
  if (only && !second) return only.wants
  return (exchange) => {
    const all: RateWant[] = []
    for (let at = 0; at < limits.length; at++) {
      const wants = (limits[at] as Rate).wants(exchange)
      for (let each = 0; each < wants.length; each++) all.push(wants[each] as RateWant)
    }
    return all
  }
}

/** Settles when it is this one's turn; fails when nobody waits for it any more. */
const turn = (exchange: Exchange, wait: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, wait)
    exchange.whenOver((reason) => {
      clearTimeout(timer)
      reject(reason)
    })
  })

/** Takes what an answer cost, now that it is there: 1 was taken before. */
function charged(next: Handler, store: Limits, log: Log): GoOn {
  // The answer is made, perhaps something was bought: whatever goes wrong here, the client gets it.
  const told = (error: unknown): void => log.error("Cannot count what an answer cost.", error)

  function more({ of }: RateWant, exchange: Exchange, reply: Reply): number {
    if (!of.costAfter) return 0
    try {
      return of.costAfter(exchange, reply) - 1
    } catch (error) {
      told(error)
      return 0
    }
  }

  return async (exchange, wants, taken) => {
    let left = taken
    try {
      const reply = await next(exchange)
      const owed = wants.map((want) => more(want, exchange, reply))
      left = taken.map((one, at) => ({ ...one, remaining: Math.max(0, Math.floor(one.remaining - (owed[at] ?? 0))) }))
      const changed = wants.map(({ key, rule }, at) => (owed[at] ? store.adjust(key, rule, owed[at]) : undefined))
      // Before the answer goes out, so that whoever has it finds its cost taken.
      await Promise.all(changed).catch(told)
      return reply
    } finally {
      announce(exchange, wants, left)
    }
  }
}
