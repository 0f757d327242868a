/** Somebody who waits for an answer, and for how long. */
export interface Waits {
  /** In milliseconds of the monotonic clock; Infinity for as long as it takes. */
  readonly deadline: number
  /** The time is over. */
  expire(): void
  /** Still waiting after a while: worth looking whether the client is still there. */
  lookForClient(): void
}

// Coarse on purpose: one timer for all exchanges, since one for each costs as much as half a proxied request.
const tick = 25

const waiting = new Set<Waits>()
let sweeper: ReturnType<typeof setInterval> | undefined

function sweep(): void {
  if (waiting.size === 0) {
    clearInterval(sweeper)
    sweeper = undefined
    return
  }
  const now = performance.now()
  for (const one of waiting)
    if (one.deadline <= now) {
      waiting.delete(one)
      one.expire()
    } else one.lookForClient()
}

/** From now on the deadline is kept. */
export function startWaiting(one: Waits): void {
  waiting.add(one)
  sweeper ??= setInterval(sweep, tick)
}

/** The answer is there. */
export const stopWaiting = (one: Waits): void => void waiting.delete(one)

/** How many wait now. */
export const waitingNow = (): number => waiting.size
