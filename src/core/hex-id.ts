// Asking for random bytes costs far more than taking them out of a supply.
const supply = Buffer.alloc(4096)
let taken = supply.length

/** A random id of so many bytes, never all zero, as lower case hexadecimal digits. */
export function hexId(bytes: 8 | 16): string {
  if (taken + bytes > supply.length) {
    crypto.getRandomValues(supply)
    taken = 0
  }
  const id = supply.toString("hex", taken, (taken += bytes))
  return /[^0]/.test(id) ? id : hexId(bytes)
}
