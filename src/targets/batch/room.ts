/** Shares out the bytes that the answers of one batch may have together. */
export interface Room {
  /** Whether the answer at this place may have so many bytes more; it waits where only those before it can tell. */
  take(place: number, bytes: number): Promise<boolean>
  /** The answer at this place ends up with none of its bytes. */
  drop(place: number): void
  /** Nothing more comes at this place. */
  settle(place: number): void
  /** Whether the answer at this place has its bytes; known once it is settled, and in order all places before it. */
  fits(place: number): boolean
}

/**
 * Room for so many answers of so many bytes together. In order, an answer fits when it is not larger than what those
 * before it leave, however soon each of them arrives: the same answers always give the same batch. Otherwise those that
 * end first come first. Twice the size is the most that is held at any time: what would be more waits for its turn.
 */
export function room(size: number, places: number, inOrder: boolean): Room {
  const taken = Array.from({ length: places }, () => 0)
  const settled = Array.from({ length: places }, () => false)
  const fitting = Array.from({ length: places }, () => false)
  let left = size
  let held = 0
  // The first place that is not settled never waits, so that something always goes on.
  let first = 0
  let waiting: (() => void)[] = []

  const bytesAt = (place: number): number => taken[place] ?? 0

  const count = (place: number): void => {
    if (bytesAt(place) > left) return
    fitting[place] = true
    left -= bytesAt(place)
  }

  const drop = (place: number): void => {
    held -= bytesAt(place)
    taken[place] = 0
  }

  const wakeAll = (): void => {
    const woken = waiting
    waiting = []
    for (const wake of woken) wake()
  }

  return {
    async take(place, bytes) {
      for (;;) {
        // What is left only gets less: it is too late for what is too much now.
        if (settled[place] || bytesAt(place) + bytes > left) return false
        if (place === first || held + bytes <= size) break
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
      taken[place] = bytesAt(place) + bytes
      held += bytes
      return true
    },
    drop,
    settle(place) {
      if (settled[place]) return
      settled[place] = true
      if (!inOrder) count(place)
      while (settled[first]) {
        if (inOrder) count(first)
        first++
      }
      wakeAll()
    },
    fits: (place) => fitting[place] === true,
  }
}
