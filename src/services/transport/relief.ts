// Pieces of a body are half a megabyte each, and the collector is late with them: left to itself it lets a body of a
// gigabyte grow the process by a fifth more. Rarely enough to cost little beside the carrying.
const interval = 96 * 1024 * 1024

// Beside more than this, what a body leaves behind is little, and a collection would hold up everybody.
const small = 64 * 1024 * 1024

/** Counts what passes of one body; now and then, what it came in is given back. */
export function relief(): (bytes: number) => void {
  let left = interval
  return (bytes) => {
    left -= bytes
    if (left > 0) return
    left = interval
    if (process.memoryUsage().heapUsed < small) Bun.gc(true)
  }
}
