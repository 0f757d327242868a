import { GatewayError } from "../../core/errors.ts"
import { about, object, optional } from "../../core/schema.ts"
import { integer } from "../../core/values.ts"
import { defineGuard } from "../guard.ts"

/** Lets only so many exchanges at a service at once; some may wait, the others are refused. */
export const concurrency = defineGuard({
  name: "concurrency",
  about: "How many requests the service gets at once; some may wait their turn, the others are refused with 503.",
  options: object({
    limit: about("Requests at once.", integer(1)),
    queue: about("Requests that may wait.", optional(integer(0), 0)),
  }),
  create({ limit, queue }, { service, keep }) {
    const turns = keep(`concurrency of ${service}`, () => new Turns())
    turns.limit = limit
    return (next) => async (exchange) => {
      if (!turns.take()) {
        if (turns.waiting >= queue)
          throw new GatewayError("unavailable", `Service "${service}" has as many requests as it may get.`, {
            headers: { "retry-after": "1" },
          })
        await turns.wait((leave) => exchange.whenOver(leave))
      }
      try {
        return await next(exchange)
      } finally {
        turns.give()
      }
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
    const [next] = this.#queue
    // The place is handed on; with a lower limit than before it is not.
    if (next && this.#taken <= this.limit) {
      this.#queue.delete(next)
      next()
    } else this.#taken--
  }
}
