/** Puts an entry into a map that never holds more than so many: the one that came first makes way. */
export function remember<K, V>(known: Map<K, V>, most: number, key: K, value: V): void {
  if (known.size >= most && !known.has(key))
    for (const first of known.keys()) {
      known.delete(first)
      break
    }
  known.set(key, value)
}
