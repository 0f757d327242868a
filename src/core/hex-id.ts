// Asking for random bytes, and writing them down, costs far more for a few at a time than for many at once.
const supplied = 2048
let supply = ""
let taken = 0

/** A random id of so many bytes, never all zero, as lower case hexadecimal digits. */
export function hexId(bytes: 8 | 16): string {
  const end = taken + bytes * 2
  if (end > supply.length) {
    supply = crypto.getRandomValues(Buffer.alloc(supplied)).toString("hex")
    taken = 0
    return hexId(bytes)
  }
  const id = supply.slice(taken, end)
  taken = end
  return id === zeros || id === zeros + zeros ? hexId(bytes) : id
}

const zeros = "0".repeat(16)
