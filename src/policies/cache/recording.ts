/**
 * A body that several read at once, each at its own pace, while it is written down. What is too large to be kept is let go
 * of as soon as everybody who reads has it.
 */
export class Recording {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #limit: number
  readonly #ended: (body: Uint8Array<ArrayBuffer> | undefined) => void
  readonly #pieces: Uint8Array[] = []
  readonly #readers = new Set<{ at: number }>()
  /** The number of the first piece that is still there. */
  #first = 0
  #size = 0
  #keeps = true
  #over = false
  #failure: unknown
  #reading: Promise<void> | undefined
  /** Somebody waits for those who are slower. */
  #moved: PromiseWithResolvers<void> | undefined

  /** `ended` is told the whole body, or undefined when it cannot be kept: it failed, or is too large, or nobody wants it. */
  constructor(
    source: ReadableStream<Uint8Array>,
    limit: number,
    ended: (body: Uint8Array<ArrayBuffer> | undefined) => void,
  ) {
    this.#reader = source.getReader()
    this.#limit = limit
    this.#ended = ended
  }

  /** The body from its beginning; undefined once that is gone. */
  stream(): ReadableStream<Uint8Array> | undefined {
    if (this.#first > 0 || this.#failure !== undefined) return undefined
    const place = { at: 0 }
    this.#readers.add(place)
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          try {
            const piece = await this.#next(place)
            if (piece) return controller.enqueue(piece)
            this.#readers.delete(place)
            controller.close()
          } catch (error) {
            this.#readers.delete(place)
            controller.error(error)
          }
        },
        cancel: (reason) => this.#left(place, reason),
      },
      // Nothing is read ahead of who wants it.
      { highWaterMark: 0 },
    )
  }

  /** Reads to the end for nobody but whoever keeps it. */
  async finish(): Promise<void> {
    const place = { at: 0 }
    this.#readers.add(place)
    try {
      while (this.#keeps && (await this.#next(place)));
    } catch {
      // Whoever keeps it is told.
    }
    await this.#left(place, undefined)
  }

  async #next(place: { at: number }): Promise<Uint8Array | undefined> {
    while (place.at - this.#first >= this.#pieces.length && !this.#over) {
      if (this.#failure !== undefined) throw this.#failure
      if (!this.#keeps && this.#pieces.length >= mostAhead) {
        this.#moved ??= Promise.withResolvers()
        await this.#moved.promise
        continue
      }
      this.#reading ??= this.#read()
      await this.#reading
    }
    if (this.#failure !== undefined) throw this.#failure
    const piece = this.#pieces[place.at - this.#first]
    if (piece === undefined) return undefined
    place.at++
    if (!this.#keeps) this.#letGo()
    return piece
  }

  async #read(): Promise<void> {
    try {
      const { done, value } = await this.#reader.read()
      if (done) {
        this.#over = true
        if (this.#keeps) this.#ended(joined(this.#pieces, this.#size))
        return
      }
      this.#pieces.push(value)
      this.#size += value.byteLength
      if (this.#keeps && this.#size > this.#limit) {
        this.#keeps = false
        this.#ended(undefined)
      }
    } catch (error) {
      this.#failure = error ?? new Error("The body broke off.")
      if (this.#keeps) this.#ended(undefined)
      this.#keeps = false
    } finally {
      this.#reading = undefined
    }
  }

  /** Drops what all have that still read. */
  #letGo(): void {
    let least = Number.POSITIVE_INFINITY
    for (const { at } of this.#readers) least = Math.min(least, at)
    const passed = Math.min(least - this.#first, this.#pieces.length)
    if (passed <= 0) return
    this.#pieces.splice(0, passed)
    this.#first += passed
    this.#moved?.resolve()
    this.#moved = undefined
  }

  async #left(place: { at: number }, reason: unknown): Promise<void> {
    this.#readers.delete(place)
    if (this.#readers.size > 0) {
      if (!this.#keeps) this.#letGo()
      return
    }
    if (this.#over || this.#failure !== undefined) return
    this.#failure = reason ?? new Error("Nobody reads the body any more.")
    if (this.#keeps) this.#ended(undefined)
    this.#keeps = false
    await this.#reader.cancel(reason)
  }
}

// Of a body that is not kept, this many pieces may wait for the slowest of those who read it.
const mostAhead = 64

/** One piece of memory that belongs to nobody else: pieces are corners of larger ones. */
function joined(pieces: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.byteLength
  }
  return whole
}
