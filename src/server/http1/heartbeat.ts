/** Somebody who is looked after from time to time. */
export interface Followed {
  /** So many beats have been since the process began. */
  beat(now: number): void
}

/** Between two beats, in milliseconds: one timer for all, because one for each costs more than what it does. */
export const beatLength = 2_000

const followed = new Set<Followed>()
let beats = 0
let timer: ReturnType<typeof setInterval> | undefined

function beat(): void {
  beats++
  for (const one of followed) one.beat(beats)
}

/** Now, in beats. */
export const beatNow = (): number => beats

/** From now on it is looked after. */
export function follow(one: Followed): void {
  followed.add(one)
  timer ??= setInterval(beat, beatLength).unref()
}

/** It needs no looking after any more. */
export function unfollow(one: Followed): void {
  followed.delete(one)
  if (followed.size > 0) return
  clearInterval(timer)
  timer = undefined
}
