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

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
// Field values: no control characters but the tab (RFC 9110 section 5.5).
// oxlint-disable-next-line no-control-regex
const badValue = /[\u0000-\u0008\u000a-\u001f\u007f]/

const states = {
  idle: 0,
  head: 1,
  fixed: 2,
  chunkLine: 3,
  chunkData: 4,
  chunkEnd: 5,
  trailers: 6,
  untilClose: 7,
} as const
type State = (typeof states)[keyof typeof states]

/** Reads the responses of one HTTP/1.1 connection, strictly: what two readers could read two ways is refused. */
export class ResponseParser {
  readonly #events: ResponseEvents
  #state: State = states.idle
  #method = "GET"
  #rest: Buffer | undefined
  #left = 0
  #interim = 0
  #spent = 0
  /** Whether the connection may carry another exchange after this one. */
  reusable = true

  constructor(events: ResponseEvents) {
    this.#events = events
  }

  /** A request was sent: the next bytes answer it. */
  expect(method: string): void {
    this.#method = method
    this.#state = states.head
    this.#interim = 0
    this.#rest = undefined
  }

  get idle(): boolean {
    return this.#state === states.idle
  }

  /** Takes the bytes as they come. */
  push(piece: Buffer): void {
    let data = piece
    if (this.#rest) {
      data = Buffer.concat([this.#rest, piece])
      this.#rest = undefined
    }
    let at = 0
    while (at < data.length) {
      const next = this.#step(data, at)
      if (next < 0) {
        this.#rest = at === 0 ? data : data.subarray(at)
        return
      }
      at = next
    }
  }

  /** The other side closed. */
  close(): void {
    if (this.#state === states.idle) return
    if (this.#state !== states.untilClose) throw new ResponseError("It closed before its answer was whole.")
    this.#finish()
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
      case states.chunkEnd:
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
    const end = data.indexOf("\r\n\r\n", at, "latin1")
    if (end < 0 || end - at > maxHead) {
      if (data.length - at > maxHead) throw new ResponseError(`Its head is larger than ${maxHead} bytes.`)
      if (!plausible(data, at)) throw new ResponseError("It does not speak HTTP/1.")
      return -1
    }
    const { status, lines, version } = parseHead(data.toString("latin1", at, end))
    if (status < 200) {
      if (status === 101 || ++this.#interim > maxInterim) throw new ResponseError(`It sent an unexpected ${status}.`)
      return end + 4
    }
    this.#frame(status, lines, version)
    return end + 4
  }

  /** Finds out how long the body is, then hands over the head (RFC 9112 section 6.3). */
  #frame(status: number, lines: string[], version: number): void {
    let length: string | undefined
    let coding: string | undefined
    let connection = version === 1 ? "" : "close"
    for (let index = 0; index < lines.length; index += 2) {
      const name = lines[index]
      const value = lines[index + 1] as string
      if (name === "content-length") {
        if (length !== undefined || !/^\d{1,15}$/.test(value))
          throw new ResponseError("Its Content-Length is not one number.")
        length = value
      } else if (name === "transfer-encoding") {
        if (coding !== undefined || version === 0) throw new ResponseError("Its Transfer-Encoding is not valid.")
        coding = value.toLowerCase()
      } else if (name === "connection") connection = value.toLowerCase()
    }
    if (coding !== undefined && (length !== undefined || coding !== "chunked"))
      throw new ResponseError("The length of its body can be read in two ways.")
    this.reusable = !/(^|,)\s*close\s*(,|$)/.test(connection)
    const bodiless = this.#method === "HEAD" || status === 204 || status === 304
    this.#events.head({ status, lines })
    if (bodiless || (coding === undefined && length === "0")) this.#finish()
    else if (coding !== undefined) this.#state = states.chunkLine
    else if (length !== undefined) {
      this.#left = Number(length)
      this.#state = states.fixed
    } else {
      this.reusable = false
      this.#state = states.untilClose
    }
  }

  #counted(data: Buffer, at: number): number {
    const end = Math.min(data.length, at + this.#left)
    this.#left -= end - at
    this.#events.body(view(data, at, end))
    if (this.#left > 0) return end
    if (this.#state === states.fixed) this.#finish()
    else this.#state = states.chunkEnd
    return end
  }

  #chunkLine(data: Buffer, at: number): number {
    const end = data.indexOf("\n", at, "latin1")
    if (end < 0 || end - at > maxChunkLine) {
      if (data.length - at > maxChunkLine) throw new ResponseError("The size of a chunk is too long.")
      return -1
    }
    // Extensions are dropped; a size that is not plain hex, or a bare LF, was used to smuggle (CVE-2023-40225 is of this family).
    const line = data.toString("latin1", at, end + 1)
    const [, size = ""] = /^([0-9A-Fa-f]{1,13})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?\r\n$/.exec(line) ?? []
    if (size === "") throw new ResponseError("The size of a chunk is not valid.")
    this.#left = Number.parseInt(size, 16)
    this.#spent = 0
    this.#state = this.#left === 0 ? states.trailers : states.chunkData
    return end + 1
  }

  #chunkEnd(data: Buffer, at: number): number {
    if (data[at] !== 13 || (at + 1 < data.length && data[at + 1] !== 10))
      throw new ResponseError("A chunk is longer than its size.")
    if (at + 1 >= data.length) return -1
    this.#state = states.chunkLine
    return at + 2
  }

  // Trailers are read to find the end and dropped: they could smuggle fields past the rules for heads.
  #trailers(data: Buffer, at: number): number {
    const end = data.indexOf("\n", at, "latin1")
    this.#spent += (end < 0 ? data.length : end) - at
    if (this.#spent > maxTrailers) throw new ResponseError("Its trailers are too long.")
    if (end < 0) {
      this.#spent -= data.length - at
      return -1
    }
    if (data[end - 1] !== 13 || end === at) throw new ResponseError("Its trailers are not valid.")
    if (end === at + 1) this.#finish()
    return end + 1
  }

  #finish(): void {
    this.#state = states.idle
    this.#events.end()
  }
}

const view = (data: Buffer, start: number, end: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset + start, end - start)

// Says no to HTTP/0.9, TLS alerts and the like at once, instead of waiting for an end of the head that never comes.
function plausible(data: Buffer, at: number): boolean {
  const start = data.toString("latin1", at, Math.min(data.length, at + 7))
  return "HTTP/1.".startsWith(start)
}

function parseHead(text: string): { status: number; lines: string[]; version: number } {
  const lineEnd = text.indexOf("\r\n")
  const first = lineEnd < 0 ? text : text.slice(0, lineEnd)
  const [, minor = "", code = "", reason = ""] = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: (.*))?$/.exec(first) ?? []
  if (code === "" || badValue.test(reason)) throw new ResponseError("Its status line is not valid.")
  const lines: string[] = []
  let at = lineEnd < 0 ? text.length : lineEnd + 2
  while (at < text.length) {
    const next = text.indexOf("\r\n", at)
    const end = next < 0 ? text.length : next
    const colon = text.indexOf(":", at)
    if (colon < 0 || colon > end) throw new ResponseError("A line of its head has no colon.")
    const name = text.slice(at, colon)
    const value = trimmed(text, colon + 1, end)
    // Also refuses folded lines (their name would begin with a space) and a space before the colon.
    if (!token.test(name) || badValue.test(value)) throw new ResponseError("A line of its head is not valid.")
    lines.push(name.toLowerCase(), value)
    if (lines.length > maxLines * 2) throw new ResponseError(`Its head has more than ${maxLines} lines.`)
    at = end + 2
  }
  return { status: Number(code), lines, version: Number(minor) }
}

// Only spaces and tabs: `trim()` would also take a no-break space and make "chunked\u00a0" what it is not.
function trimmed(text: string, start: number, end: number): string {
  let from = start
  let to = end
  while (from < to && (text.charCodeAt(from) === 32 || text.charCodeAt(from) === 9)) from++
  while (to > from && (text.charCodeAt(to - 1) === 32 || text.charCodeAt(to - 1) === 9)) to--
  return text.slice(from, to)
}
