/** What a block holds; what is left of the last one of each value is lost. */
export const blockSize = 256

const pageBlocks = 4096

/** Blocks that lie side by side, and which one comes behind each. */
interface Page {
  readonly bytes: Uint8Array
  readonly next: Int32Array
}

/**
 * Memory that is written and freed by hand, in blocks that need not lie side by side. Small answers by the hundred
 * thousand would otherwise be garbage for a collector that is in no hurry, and take twice what they should.
 */
export class Arena {
  #pages: Page[] = []
  #free = -1
  /** Blocks in use. */
  used = 0

  /** Writes pieces one behind the other; gives the first block. */
  write(pieces: readonly Uint8Array[]): number {
    let first = -1
    let last = -1
    let page: Uint8Array | undefined
    let room = 0
    let to = 0
    for (const piece of pieces)
      for (let from = 0; from < piece.byteLength;) {
        if (room === 0) {
          const block = this.#take()
          if (last < 0) first = block
          else this.#link(last, block)
          last = block
          page = this.#pages[Math.floor(block / pageBlocks)]?.bytes
          to = (block % pageBlocks) * blockSize
          room = blockSize
        }
        const length = Math.min(room, piece.byteLength - from)
        page?.set(from === 0 && length === piece.byteLength ? piece : piece.subarray(from, from + length), to)
        from += length
        to += length
        room -= length
      }
    return first
  }

  /** A copy of what was written. */
  read(first: number, size: number): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(size)
    let block = first
    let at = 0
    while (at < size) {
      const { bytes, next } = this.#page(block)
      const from = block % pageBlocks
      // Blocks that do lie side by side are copied at once.
      let to = from
      while (to + 1 < pageBlocks && next[to] === block + (to - from) + 1) to++
      const length = Math.min((to - from + 1) * blockSize, size - at)
      whole.set(bytes.subarray(from * blockSize, from * blockSize + length), at)
      at += length
      block = next[to] as number
    }
    return whole
  }

  /** Frees what was written. */
  free(first: number): void {
    if (first < 0) return
    let last = first
    for (let block = first; block >= 0; block = this.#page(block).next[block % pageBlocks] as number) {
      last = block
      this.used--
    }
    // In their order, so that those side by side stay so.
    this.#link(last, this.#free)
    this.#free = first
  }

  clear(): void {
    this.#pages = []
    this.#free = -1
    this.used = 0
  }

  #page(block: number): Page {
    return this.#pages[Math.floor(block / pageBlocks)] as Page
  }

  #link(block: number, to: number): void {
    this.#page(block).next[block % pageBlocks] = to
  }

  #take(): number {
    if (this.#free < 0) this.#grow()
    const block = this.#free
    const { next } = this.#page(block)
    this.#free = next[block % pageBlocks] as number
    next[block % pageBlocks] = -1
    this.used++
    return block
  }

  #grow(): void {
    const first = this.#pages.length * pageBlocks
    const next = new Int32Array(pageBlocks)
    for (let at = 0; at < pageBlocks; at++) next[at] = at + 1 < pageBlocks ? first + at + 1 : -1
    this.#pages.push({ bytes: new Uint8Array(pageBlocks * blockSize), next })
    this.#free = first
  }
}
