/** What a request body is written to: says how much it took, and calls back when it takes more. */
export interface Sink {
  /** Bytes taken; less than given means: wait until it calls back. -1 when it is closed. */
  write(data: Uint8Array, offset: number): number
}

const lineEnd = Buffer.from("\r\n")
const lastChunk = Buffer.from("0\r\n\r\n")
// Up to here copying a chunk costs less than three writes.
const small = 16 * 1024

/** Sends a body piece by piece, never faster than the other side takes it. */
export class BodyOut {
  readonly #sink: Sink
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #chunked: boolean
  readonly #untilClose: boolean
  readonly #done: (error: Error | undefined) => void
  #left: number
  /** Bytes of the body that came so far. */
  sent = 0
  #pending: Uint8Array[] = []
  #offset = 0
  #ended = false
  #reading = false
  #stopped = false

  /** `length` undefined: in chunks; "close": as it comes, its end is that of the connection. */
  constructor(
    sink: Sink,
    body: ReadableStream<Uint8Array>,
    length: number | undefined | "close",
    done: (error: Error | undefined) => void,
  ) {
    this.#sink = sink
    this.#reader = body.getReader()
    this.#chunked = length === undefined
    this.#untilClose = length === "close"
    this.#left = length === "close" ? Number.POSITIVE_INFINITY : (length ?? 0)
    this.#done = done
  }

  /** All that was announced is sent, whether or not the end of the body has shown yet. */
  get whole(): boolean {
    return this.#pending.length === 0 && (this.#chunked ? this.#ended : this.#left === 0)
  }

  /** Goes on, at the start and whenever the sink takes more. */
  flow(): void {
    while (!this.#stopped) {
      const piece = this.#pending[0]
      if (!piece) break
      const taken = this.#sink.write(piece, this.#offset)
      if (taken < 0) return
      this.#offset += taken
      if (this.#offset < piece.byteLength) return
      this.#pending.shift()
      this.#offset = 0
    }
    if (this.#stopped) return
    if (this.#ended) {
      this.#stopped = true
      this.#done(undefined)
    } else if (!this.#reading) this.#read()
  }

  /** Takes no more of the body: nobody waits for it. */
  stop(reason: Error): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#reader.cancel(reason).catch(() => undefined)
  }

  #read(): void {
    this.#reading = true
    this.#reader
      .read()
      .then(({ done, value }) => {
        this.#reading = false
        if (this.#stopped) return
        if (done) this.#end()
        else {
          const piece = bytesOf(value)
          if (piece.byteLength > 0) this.#take(piece)
        }
        this.flow()
      })
      .catch((error: unknown) => this.#fail(error instanceof Error ? error : new Error(String(error))))
  }

  #take(value: Uint8Array): void {
    this.sent += value.byteLength
    if (this.#chunked) {
      const chunk = [Buffer.from(`${value.byteLength.toString(16)}\r\n`), value, lineEnd]
      if (value.byteLength > small) this.#pending.push(...chunk)
      else this.#pending.push(Buffer.concat(chunk))
      return
    }
    this.#left -= value.byteLength
    // More than was announced would be read as the next request.
    if (this.#left < 0) this.#fail(new Error("The body is longer than its Content-Length."))
    else this.#pending.push(value)
  }

  #end(): void {
    this.#ended = true
    if (this.#chunked) this.#pending.push(lastChunk)
    else if (this.#left > 0 && !this.#untilClose) this.#fail(new Error("The body is shorter than its Content-Length."))
  }

  #fail(error: Error): void {
    if (this.#stopped) return
    this.stop(error)
    this.#done(error)
  }
}

// Streams of a config's own code may bring texts, and whatever else has bytes.
function bytesOf(piece: unknown): Uint8Array {
  if (piece instanceof Uint8Array) return piece
  if (typeof piece === "string") return Buffer.from(piece)
  if (piece instanceof ArrayBuffer) return new Uint8Array(piece)
  if (ArrayBuffer.isView(piece)) return new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength)
  throw new TypeError("The stream of a body brought something that is neither text nor bytes.")
}
