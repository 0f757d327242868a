import { BodyReader, field } from "./body-reader.ts"
import { linesOf, maxLines } from "./lines-of.ts"

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
// Enough for every honest use of 103, too few for a flood.
const maxInterim = 16

const cr = 13
const lf = 10
const headEnd = Buffer.from("\r\n\r\n")

// Names are tokens; values have no control characters but the tab (RFC 9110 section 5). One expression for a whole head
// costs a third of one for each line. It also refuses folded lines, spaces before a colon, and bare CR and LF.
const statusLine = "HTTP/1\\.[01] [1-5]\\d\\d(?: [\\t\\x20-\\x7e\\x80-\\xff]*)?"
const wellFormed = new RegExp(`^${statusLine}(?:\\r\\n${field})*$`)
const wellBegun = new RegExp(`^${statusLine}(?:\\r\\n|$)`)

const close = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i
const keepAlive = /(?:^|,)[ \t]*keep-alive[ \t]*(?:,|$)/i
const timeout = /(?:^|,)[ \t]*timeout[ \t]*=[ \t]*"?(\d{1,7})/i

const states = { idle: 0, head: 1, body: 2, broken: 3 } as const
type State = (typeof states)[keyof typeof states]

const wrong = (message: string): Error => new ResponseError(message)

/** Reads the responses of one HTTP/1.1 connection, strictly: what two readers could read two ways is refused. */
export class ResponseParser {
  readonly #events: ResponseEvents
  readonly #body: BodyReader
  #state: State = states.idle
  #method = "GET"
  #upgrade = false
  #rest: Buffer | undefined
  #interim = 0
  /** Whether the connection may carry another exchange after this one. */
  reusable = true
  /** For how many milliseconds the other side keeps the connection open without use, as far as it says. */
  keepFor = Number.POSITIVE_INFINITY

  constructor(events: ResponseEvents) {
    this.#events = events
    const finish = (): void => this.#finish()
    this.#body = new BodyReader({ body: (piece) => events.body(piece), end: finish }, wrong)
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
    if (this.#body.open && this.#body.close()) return
    this.#state = states.broken
    throw new ResponseError("It closed before its answer was whole.")
  }

  /** Takes one element from `at`; the place behind it, or -1 when more bytes are needed. */
  #step(data: Buffer, at: number): number {
    switch (this.#state) {
      case states.head:
        return this.#head(data, at)
      case states.body:
        return this.#body.step(data, at)
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
    if (status >= 200 || (status === 101 && this.#upgrade)) this.#frame(status, text)
    else if (status === 101 || ++this.#interim > maxInterim) throw new ResponseError(`It sent an unexpected ${status}.`)
    return end + 4
  }

  /** Finds out how long the body is, then hands over the head (RFC 9112 section 6.3). */
  #frame(status: number, text: string): void {
    const old = text[7] === "0"
    const lines = linesOf(text)
    if (!lines) throw new ResponseError(`Its head has more than ${maxLines} lines.`)
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
    if (bodiless || length === 0) return this.#finish()
    this.#state = states.body
    if (coding !== undefined) this.#body.chunked()
    else if (untilClose) this.#body.untilClose()
    else this.#body.fixed(length as number)
  }

  #finish(): void {
    this.#state = states.idle
    this.#events.end()
  }
}

// Says no to HTTP/0.9, TLS alerts and lines without CR at once, instead of waiting for an end of the head that never comes.
function plausible(data: Buffer, at: number): boolean {
  const lineEnd = data.indexOf(lf, at)
  return (
    "HTTP/1.".startsWith(data.toString("latin1", at, Math.min(data.length, at + 7))) &&
    (lineEnd < 0 || data[lineEnd - 1] === cr)
  )
}
