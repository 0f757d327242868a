import { about, object, optional } from "../core/schema.ts"
import { size } from "../core/units.ts"
import { defineStore, StoreFull } from "./store-part.ts"

interface Entry {
  readonly value: Uint8Array
  readonly expires: number
}

// What a short entry takes beside its bytes; without it, many small ones would be far more than the limit.
const overhead = 128

/** Keeps state in the memory of this process. */
export const memory = defineStore({
  name: "memory",
  about: "In the memory of this process: gone when it ends, and not shared with others.",
  options: object({
    limit: about("How much it may hold; then nothing new is taken until something is over.", optional(size(), "256mb")),
  }),
  create({ limit }, { now }) {
    const entries = new Map<string, Entry>()
    let used = 0

    const weight = (key: string, value: Uint8Array | undefined): number =>
      value ? key.length * 2 + value.byteLength + overhead : 0

    function drop(key: string, { value }: Entry): void {
      entries.delete(key)
      used -= weight(key, value)
    }

    function find(key: string): Entry | undefined {
      const found = entries.get(key)
      if (!found || found.expires > now()) return found
      drop(key, found)
      return undefined
    }

    function dropOver(): void {
      const time = now()
      for (const [key, entry] of entries) if (entry.expires <= time) drop(key, entry)
    }

    function put(key: string, value: Uint8Array, ttl: number): void {
      const more = (): number => weight(key, value) - weight(key, entries.get(key)?.value)
      if (more() > 0 && used + more() > limit) {
        dropOver()
        if (used + more() > limit) throw new StoreFull(limit)
      }
      used += more()
      // A copy, because who gave the bytes may write over them.
      entries.set(key, { value: value.slice(), expires: now() + ttl })
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
      sweep: async () => dropOver(),
      close: () => undefined,
    }
  },
})
