/** What is told of a body, in order: its pieces, its end. */
export interface BodyEvents {
  body(piece: Uint8Array<ArrayBuffer>): void
  end(): void
}

const maxChunkLine = 1024
const maxTrailers = 16 * 1024

const cr = 13
const lf = 10

// Extensions are dropped; sizes that are not plain hex, and bare LF, were used to smuggle (CVE-2023-40225 is of this family).
const chunkLine = /^([0-9A-Fa-f]{1,13})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?\r\n$/

/** A line of a head, or of trailers: the name is a token, the value has no control characters but the tab (RFC 9110 section 5). */
export const field = "[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\\t\\x20-\\x7e\\x80-\\xff]*"
const trailer = new RegExp(`^${field}\\r\\n$`)

const states = {
  none: 0,
  fixed: 1,
  chunkLine: 2,
  chunkData: 3,
  chunkCr: 4,
  chunkLf: 5,
  trailers: 6,
  untilClose: 7,
} as const
type State = (typeof states)[keyof typeof states]

/** Reads the body of one message after the other, of either direction, strictly. */
export class BodyReader {
  readonly #events: BodyEvents
  readonly #wrong: (message: string) => Error
  #state: State = states.none
  #left = 0
  #spent = 0

  /** `wrong` makes the error for what two readers could read two ways. */
  constructor(events: BodyEvents, wrong: (message: string) => Error) {
    this.#events = events
    this.#wrong = wrong
  }

  /** A body of so many bytes comes. */
  fixed(length: number): void {
    this.#left = length
    this.#state = states.fixed
  }

  /** A body in chunks comes. */
  chunked(): void {
    this.#state = states.chunkLine
  }

  /** All that comes is body. */
  untilClose(): void {
    this.#state = states.untilClose
  }

  /** A body is awaited, or under way. */
  get open(): boolean {
    return this.#state !== states.none
  }

  /** The other side closed; false when that was too soon. */
  close(): boolean {
    if (this.#state !== states.untilClose) return false
    this.#finish()
    return true
  }

  /** Takes one element from `at`; the place behind it, or -1 when more bytes are needed. */
  step(data: Buffer, at: number): number {
    switch (this.#state) {
      case states.fixed:
      case states.chunkData:
        return this.#counted(data, at)
      case states.chunkLine:
        return this.#chunkLine(data, at)
      case states.chunkCr:
      case states.chunkLf:
        return this.#chunkEnd(data, at)
      case states.trailers:
        return this.#trailers(data, at)
      default:
        this.#events.body(view(data, at, data.length))
        return data.length
    }
  }

  #counted(data: Buffer, at: number): number {
    const end = Math.min(data.length, at + this.#left)
    this.#left -= end - at
    this.#events.body(view(data, at, end))
    if (this.#left > 0) return end
    if (this.#state === states.fixed) this.#finish()
    else this.#state = states.chunkCr
    return end
  }

  #chunkLine(data: Buffer, at: number): number {
    const end = data.indexOf(lf, at)
    if (end < 0 || end - at > maxChunkLine) {
      if (data.length - at > maxChunkLine) throw this.#wrong("The size of a chunk is too long.")
      return -1
    }
    const [, size] = chunkLine.exec(data.toString("latin1", at, end + 1)) ?? []
    if (size === undefined) throw this.#wrong("The size of a chunk is not valid.")
    this.#left = Number.parseInt(size, 16)
    this.#spent = 0
    this.#state = this.#left === 0 ? states.trailers : states.chunkData
    return end + 1
  }

  #chunkEnd(data: Buffer, at: number): number {
    const first = this.#state === states.chunkCr
    if (data[at] !== (first ? cr : lf)) throw this.#wrong("A chunk is longer than its size.")
    this.#state = first ? states.chunkLf : states.chunkLine
    return at + 1
  }

  // Trailers are read to find the end and dropped: they could smuggle fields past the rules for heads.
  #trailers(data: Buffer, at: number): number {
    const end = data.indexOf(lf, at)
    if (this.#spent + (end < 0 ? data.length : end) - at > maxTrailers) throw this.#wrong("Its trailers are too long.")
    if (end < 0) return -1
    const line = data.toString("latin1", at, end + 1)
    this.#spent += line.length
    if (line === "\r\n") this.#finish()
    else if (!trailer.test(line)) throw this.#wrong("Its trailers are not valid.")
    return end + 1
  }

  #finish(): void {
    this.#state = states.none
    this.#events.end()
  }
}

const view = (data: Buffer, start: number, end: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset + start, end - start)
