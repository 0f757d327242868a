import { inOrder } from "./in-order.ts"
import { dropOver, overhead, type Room } from "./memory-room.ts"
import type { OwnedStore } from "./store-part.ts"

interface Entry {
  readonly value: Uint8Array
  readonly expires: number
}

/** Values in the memory of this process. */
export function memoryValues(
  room: Room,
  now: () => number,
): Pick<OwnedStore, "get" | "set" | "add" | "replace" | "remove" | "list"> {
  const entries = new Map<string, Entry>()

  const weight = (key: string, value: Uint8Array | undefined): number =>
    value ? key.length * 2 + value.byteLength + overhead : 0

  room.shared((time) => dropOver(entries, time, (key, { value }) => weight(key, value)))

  function drop(key: string, { value }: Entry): void {
    entries.delete(key)
    room.use(-weight(key, value))
  }

  function find(key: string): Entry | undefined {
    const found = entries.get(key)
    if (!found || found.expires > now()) return found
    drop(key, found)
    return undefined
  }

  function put(key: string, value: Uint8Array, ttl: number): void {
    const time = now()
    const more = weight(key, value) - weight(key, find(key)?.value)
    room.need(more, time)
    room.use(more)
    // A copy, because who gave the bytes may write over them.
    entries.set(key, { value: value.slice(), expires: time + ttl })
  }

  const isThere = (key: string, expected: Uint8Array): boolean => {
    const found = find(key)
    return found !== undefined && Buffer.compare(found.value, expected) === 0
  }

  return {
    get: async (key) => find(key)?.value.slice(),
    set: async (key, value, ttl) => put(key, value, ttl),
    async add(key, value, ttl) {
      if (find(key)) return false
      put(key, value, ttl)
      return true
    },
    async replace(key, expected, value, ttl) {
      if (!isThere(key, expected)) return false
      put(key, value, ttl)
      return true
    },
    async remove(key, expected) {
      const found = find(key)
      if (!found || !isThere(key, expected)) return false
      drop(key, found)
      return true
    },
    async list(prefix) {
      const time = now()
      const found: (readonly [string, Uint8Array])[] = []
      for (const [key, { value, expires }] of entries)
        if (expires > time && key.startsWith(prefix)) found.push([key, value.slice()])
      return inOrder(found)
    },
  }
}
