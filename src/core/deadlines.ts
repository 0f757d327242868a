import { GatewayError } from "./errors.ts"
import { durationText } from "./units.ts"

const tick = 25

interface Waiting {
  at: number
  expire: () => void
}

const waiting = new Set<Waiting>()
let sweeper: ReturnType<typeof setInterval> | undefined

// One timer for all exchanges: a timer for each costs as much as half a proxied request.
function sweep(): void {
  const now = performance.now()
  for (const one of waiting) {
    if (one.at > now) continue
    waiting.delete(one)
    one.expire()
  }
  if (waiting.size > 0 || sweeper === undefined) return
  clearInterval(sweeper)
  sweeper = undefined
}

function add(one: Waiting): void {
  waiting.add(one)
  sweeper ??= setInterval(sweep, tick)
}

/** Settles as the work does, or fails with `timeout` once the time is over, whichever is first. */
export function within<T>(work: Promise<T>, length: number, expired: (error: GatewayError) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const one: Waiting = {
      at: performance.now() + length,
      expire() {
        const error = new GatewayError("timeout", `No answer within ${durationText(length)}.`)
        reject(error)
        expired(error)
      },
    }
    add(one)
    work.then(
      (value) => {
        waiting.delete(one)
        resolve(value)
      },
      (error: unknown) => {
        waiting.delete(one)
        reject(error)
      },
    )
  })
}
