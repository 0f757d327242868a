import { GatewayError } from "../../core/errors.ts"
import { about, object, optional } from "../../core/schema.ts"
import { untilEnd } from "../../core/until-end.ts"
import { integer } from "../../core/values.ts"
import { defineGuard } from "../guard.ts"

/** Lets only so many exchanges at a service at once; some may wait, the others are refused. */
export const concurrency = defineGuard({
  name: "concurrency",
  about: "How many requests the service gets at once; some may wait their turn, the others are refused with 503.",
  options: object({
    limit: about("Requests at once, each until its answer has ended.", integer(1)),
    queue: about("Requests that may wait.", optional(integer(0), 0)),
  }),
  create({ limit, queue }, { service, keep }) {
    const turns = keep(`concurrency of ${service}`, () => new Turns())
    turns.limit = limit
    return {
      around: (next) => async (exchange) => {
        if (!turns.take()) {
          if (turns.waiting >= queue)
            throw new GatewayError("unavailable", `Service "${service}" has as many requests as it may get.`, {
              headers: { "retry-after": "1" },
            })
          await turns.wait((leave) => exchange.whenOver(leave))
        }
        let inside = true
        const leave = (): void => {
          if (inside) turns.give()
          inside = false
        }
        try {
          const reply = await next(exchange)
          if (reply.body instanceof ReadableStream) {
            reply.body = untilEnd(reply.body, leave)
            // Nobody may be left to read it to its end.
            exchange.whenOver(leave)
          } else leave()
          return reply
        } catch (error) {
          leave()
          throw error
        }
      },
    }
  },
})

/** Counts who is in, and lets in who waits longest. */
class Turns {
  limit = 0
  #taken = 0
  readonly #queue = new Set<() => void>()

  get waiting(): number {
    return this.#queue.size
  }

  take(): boolean {
    if (this.#taken >= this.limit) return false
    this.#taken++
    return true
  }

  /** Settles when it is this one's turn; rejects, and leaves the queue, when it is told to leave. */
  wait(over: (leave: (reason: Error) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => resolve()
      this.#queue.add(go)
      over((reason) => {
        if (this.#queue.delete(go)) reject(reason)
      })
    })
  }

  give(): void {
    this.#taken--
    // With a higher limit than before there is room for several, with a lower one for none.
    for (const next of this.#queue) {
      if (!this.take()) return
      this.#queue.delete(next)
      next()
    }
  }
}
