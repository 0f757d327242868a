/** Why a response cannot be trusted; the connection it came on is not used again. */
export class ResponseError extends Error {
  override readonly name = "ResponseError"
}

/** The head of a response: status, and lines as name (lower case), value, name, value. */
export interface ResponseHead {
  readonly status: number
  readonly lines: string[]
}

/** What the parser finds, in order: a head, pieces of its body, the end. */
export interface ResponseEvents {
  head(head: ResponseHead): void
  body(piece: Uint8Array<ArrayBuffer>): void
  end(): void
}

const maxHead = 64 * 1024
const maxLines = 256
// Enough for every honest use of 103, too few for a flood.
const maxInterim = 16
const maxChunkLine = 1024
const maxTrailers = 16 * 1024

const cr = 13
const lf = 10
const headEnd = Buffer.from("\r\n\r\n")

// Names are tokens; values have no control characters but the tab (RFC 9110 section 5). One expression for a whole head
// costs a third of one for each line. It also refuses folded lines, spaces before a colon, and bare CR and LF.
const field = "[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\\t\\x20-\\x7e\\x80-\\xff]*"
const statusLine = "HTTP/1\\.[01] [1-5]\\d\\d(?: [\\t\\x20-\\x7e\\x80-\\xff]*)?"
const wellFormed = new RegExp(`^${statusLine}(?:\\r\\n${field})*$`)
const wellBegun = new RegExp(`^${statusLine}(?:\\r\\n|$)`)
const trailer = new RegExp(`^${field}\\r\\n$`)

// Extensions are dropped; sizes that are not plain hex, and bare LF, were used to smuggle (CVE-2023-40225 is of this family).
const chunkLine = /^([0-9A-Fa-f]{1,13})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?\r\n$/

const close = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i
const keepAlive = /(?:^|,)[ \t]*keep-alive[ \t]*(?:,|$)/i
const timeout = /(?:^|,)[ \t]*timeout[ \t]*=[ \t]*"?(\d{1,7})/i

const states = {
  idle: 0,
  head: 1,
  fixed: 2,
  chunkLine: 3,
  chunkData: 4,
  chunkCr: 5,
  chunkLf: 6,
  trailers: 7,
  untilClose: 8,
  broken: 9,
} as const
type State = (typeof states)[keyof typeof states]

/** Reads the responses of one HTTP/1.1 connection, strictly: what two readers could read two ways is refused. */
export class ResponseParser {
  readonly #events: ResponseEvents
  #state: State = states.idle
  #method = "GET"
  #upgrade = false
  #rest: Buffer | undefined
  #left = 0
  #interim = 0
  #spent = 0
  /** Whether the connection may carry another exchange after this one. */
  reusable = true
  /** For how many milliseconds the other side keeps the connection open without use, as far as it says. */
  keepFor = Number.POSITIVE_INFINITY

  constructor(events: ResponseEvents) {
    this.#events = events
  }

  /** A request was sent: the next bytes answer it. After a 101 to one that asks for it, every byte is body. */
  expect(method: string, upgrade = false): void {
    if (this.#state === states.broken) return
    this.#method = method
    this.#upgrade = upgrade
    this.#state = states.head
    this.#interim = 0
    this.#rest = undefined
  }

  get idle(): boolean {
    return this.#state === states.idle
  }

  /** An answer is awaited, and nothing of it has come. */
  get silent(): boolean {
    return this.#state === states.head && !this.#rest && this.#interim === 0
  }

  /** Takes the bytes as they come. Bytes behind a whole response are refused after its `end`. */
  push(piece: Buffer): void {
    let data = piece
    if (this.#rest) {
      data = Buffer.concat([this.#rest, piece])
      this.#rest = undefined
    }
    let at = 0
    try {
      while (at < data.length) {
        const next = this.#step(data, at)
        if (next < 0) {
          this.#rest = at === 0 ? data : data.subarray(at)
          return
        }
        at = next
      }
    } catch (error) {
      // Where the next response begins cannot be told any more.
      this.#state = states.broken
      this.reusable = false
      throw error
    }
  }

  /** The other side closed. */
  close(): void {
    if (this.#state === states.idle) return
    if (this.#state === states.untilClose) return this.#finish()
    this.#state = states.broken
    throw new ResponseError("It closed before its answer was whole.")
  }

  /** Takes one element from `at`; the place behind it, or -1 when more bytes are needed. */
  #step(data: Buffer, at: number): number {
    switch (this.#state) {
      case states.head:
        return this.#head(data, at)
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
      case states.untilClose:
        this.#events.body(view(data, at, data.length))
        return data.length
      default:
        // An answer to nobody could be taken for the answer to the next request.
        throw new ResponseError("It sent bytes that answer no request.")
    }
  }

  #head(data: Buffer, at: number): number {
    const end = data.indexOf(headEnd, at)
    if (end < 0 || end - at > maxHead) {
      if (data.length - at > maxHead) throw new ResponseError(`Its head is larger than ${maxHead} bytes.`)
      if (!plausible(data, at)) throw new ResponseError("It does not speak HTTP/1.")
      return -1
    }
    const text = data.toString("latin1", at, end)
    if (!wellFormed.test(text))
      throw new ResponseError(
        wellBegun.test(text) ? "A line of its head is not valid." : "Its status line is not valid.",
      )
    const status = Number(text.slice(9, 12))
    if (status >= 200 || (status === 101 && this.#upgrade)) this.#frame(status, linesOf(text), text[7] === "0")
    else if (status === 101 || ++this.#interim > maxInterim) throw new ResponseError(`It sent an unexpected ${status}.`)
    return end + 4
  }

  /** Finds out how long the body is, then hands over the head (RFC 9112 section 6.3). */
  #frame(status: number, lines: string[], old: boolean): void {
    let length: number | undefined
    let coding: string | undefined
    let connection = ""
    for (let index = 0; index < lines.length; index += 2) {
      const name = lines[index]
      const value = lines[index + 1] as string
      if (name === "content-length") {
        if (length !== undefined || !/^\d{1,15}$/.test(value))
          throw new ResponseError("Its Content-Length is not one number.")
        length = Number(value)
      } else if (name === "transfer-encoding") {
        if (coding !== undefined || old) throw new ResponseError("Its Transfer-Encoding is not valid.")
        coding = value.toLowerCase()
      } else if (name === "connection") connection = connection === "" ? value : `${connection},${value}`
      else if (name === "keep-alive") {
        const [, seconds] = timeout.exec(value) ?? []
        // A second less than it says, because a request may be on its way when it closes.
        if (seconds !== undefined) this.keepFor = (Number(seconds) - 1) * 1000
      }
    }
    if (coding !== undefined && (length !== undefined || coding !== "chunked"))
      throw new ResponseError("The length of its body can be read in two ways.")
    const bodiless = this.#method === "HEAD" || status === 204 || status === 304
    const untilClose = !bodiless && length === undefined && coding === undefined
    const kept = connection === "" ? !old : !close.test(connection) && (!old || keepAlive.test(connection))
    this.reusable = kept && !untilClose && this.keepFor > 0
    this.#events.head({ status, lines })
    if (bodiless || length === 0) this.#finish()
    else if (coding !== undefined) this.#state = states.chunkLine
    else if (untilClose) this.#state = states.untilClose
    else {
      this.#left = length as number
      this.#state = states.fixed
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
      if (data.length - at > maxChunkLine) throw new ResponseError("The size of a chunk is too long.")
      return -1
    }
    const [, size] = chunkLine.exec(data.toString("latin1", at, end + 1)) ?? []
    if (size === undefined) throw new ResponseError("The size of a chunk is not valid.")
    this.#left = Number.parseInt(size, 16)
    this.#spent = 0
    this.#state = this.#left === 0 ? states.trailers : states.chunkData
    return end + 1
  }

  #chunkEnd(data: Buffer, at: number): number {
    const first = this.#state === states.chunkCr
    if (data[at] !== (first ? cr : lf)) throw new ResponseError("A chunk is longer than its size.")
    this.#state = first ? states.chunkLf : states.chunkLine
    return at + 1
  }

  // Trailers are read to find the end and dropped: they could smuggle fields past the rules for heads.
  #trailers(data: Buffer, at: number): number {
    const end = data.indexOf(lf, at)
    if (this.#spent + (end < 0 ? data.length : end) - at > maxTrailers)
      throw new ResponseError("Its trailers are too long.")
    if (end < 0) return -1
    const line = data.toString("latin1", at, end + 1)
    this.#spent += line.length
    if (line === "\r\n") this.#finish()
    else if (!trailer.test(line)) throw new ResponseError("Its trailers are not valid.")
    return end + 1
  }

  #finish(): void {
    this.#state = states.idle
    this.#events.end()
  }
}

const view = (data: Buffer, start: number, end: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset + start, end - start)

// Says no to HTTP/0.9, TLS alerts and lines without CR at once, instead of waiting for an end of the head that never comes.
function plausible(data: Buffer, at: number): boolean {
  const lineEnd = data.indexOf(lf, at)
  return (
    "HTTP/1.".startsWith(data.toString("latin1", at, Math.min(data.length, at + 7))) &&
    (lineEnd < 0 || data[lineEnd - 1] === cr)
  )
}

/** The lines of a head that is well formed. */
function linesOf(text: string): string[] {
  // Once for all: for each name it costs more than everything else here. In latin1 no letter gets longer by it.
  const lower = text.toLowerCase()
  const lines: string[] = []
  let at = text.indexOf("\r\n") + 2
  while (at > 1) {
    const colon = text.indexOf(":", at)
    const next = text.indexOf("\r\n", colon)
    lines.push(lower.slice(at, colon), trimmed(text, colon + 1, next < 0 ? text.length : next))
    if (lines.length > maxLines * 2) throw new ResponseError(`Its head has more than ${maxLines} lines.`)
    at = next + 2
  }
  return lines
}

// Only spaces and tabs: `trim()` would also take a no-break space and make "chunked\u00a0" what it is not.
function trimmed(text: string, start: number, end: number): string {
  let from = start
  let to = end
  while (from < to && (text.charCodeAt(from) === 32 || text.charCodeAt(from) === 9)) from++
  while (to > from && (text.charCodeAt(to - 1) === 32 || text.charCodeAt(to - 1) === 9)) to--
  return text.slice(from, to)
}
