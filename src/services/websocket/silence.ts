/** Somebody who may be silent for so long. */
export interface Silent {
  readonly idleTimeout: number
  /** In milliseconds of the monotonic clock. */
  readonly activeAt: number
  shut(code: number, reason: string): void
}

const tick = 1_000

const heard = new Set<Silent>()
let timer: ReturnType<typeof setInterval> | undefined

function look(): void {
  const now = performance.now()
  for (const one of heard)
    if (now - one.activeAt >= one.idleTimeout) one.shut(1001, "Nobody said anything for too long.")
}

/** From now on it is shut once it was silent for too long; one timer for all. */
export function startListening(one: Silent): void {
  if (one.idleTimeout === Number.POSITIVE_INFINITY) return
  heard.add(one)
  timer ??= setInterval(look, tick).unref()
}

/** It may be silent from now on. */
export function stopListening(one: Silent): void {
  heard.delete(one)
  if (heard.size > 0) return
  clearInterval(timer)
  timer = undefined
}
