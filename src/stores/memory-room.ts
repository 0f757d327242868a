import { StoreFull } from "./store-part.ts"

/** The bytes that everything in the memory of one store shares. */
export interface Room {
  /** Fails unless there is room for so many more, after what is over is gone. */
  need(bytes: number, time: number): void
  /** So many more are in use, or fewer. */
  use(bytes: number): void
  /** Somebody who has what can be over: drops that one by one, and says of each thing how many bytes it gave back. */
  shared(sweep: (time: number) => Iterable<number>): void
  /** Makes room of what is over, with pauses in which others have their turn. */
  sweep(now: () => number): Promise<void>
}

/** What a short entry takes beside its key; without it, many small ones would be far more than the limit. */
export const overhead = 128

// A full store must not look through everything it has for each of the many who find no room.
const rest = 100

// So many take about a millisecond.
const sweepStep = 10_000

/** Counts the bytes of a store in memory. */
export function memoryRoom(limit: number): Room {
  const sweeps: ((time: number) => Iterable<number>)[] = []
  let used = 0
  let swept = Number.NEGATIVE_INFINITY
  return {
    shared: (one) => void sweeps.push(one),
    use: (bytes) => void (used += bytes),
    need(bytes, time) {
      if (bytes <= 0 || used + bytes <= limit) return
      if (Math.abs(time - swept) >= rest) {
        swept = time
        for (const one of sweeps) for (const given of one(time)) used -= given
      }
      if (used + bytes > limit) throw new StoreFull(limit)
    },
    async sweep(now) {
      let count = 0
      for (const one of sweeps)
        for (const given of one(now())) {
          used -= given
          if (++count % sweepStep === 0) await new Promise<void>((resolve) => void setImmediate(resolve))
        }
    },
  }
}

/** Drops what is over of a map, and says of each entry how many bytes that gave back. */
export function* dropOver<T extends { readonly expires: number }>(
  entries: Map<string, T>,
  time: number,
  weight: (key: string, entry: T) => number,
): Generator<number> {
  for (const [key, entry] of entries) yield entry.expires <= time && entries.delete(key) ? weight(key, entry) : 0
}

/** What a key takes whose entry is a few numbers. */
export const weightOf = (key: string): number => key.length * 2 + overhead
