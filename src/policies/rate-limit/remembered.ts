// All limits of all routes together: there may be thousands, and clients without end.
const most = 65_536

// What clients make up must not fill the memory.
const longest = 256

let count = 0
// Weakly, because configs that are served no longer have theirs here too.
const filled = new Set<WeakRef<Map<string, unknown>>>()

function forgetAll(): void {
  for (const one of filled) one.deref()?.clear()
  filled.clear()
  count = 0
}

/** The same function, which remembers for a while what it made of a text. */
export function remembered<T>(make: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>()
  const own = new WeakRef(known)
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    const made = make(text)
    if (text.length > longest) return made
    if (count >= most) forgetAll()
    count++
    filled.add(own)
    known.set(text, made)
    return made
  }
}
