import { BodyReader, field } from "./body-reader.ts"
import { linesOf } from "./lines-of.ts"

/** Why a request is refused; what comes after it on the connection cannot be told apart from it. */
export class RequestError extends Error {
  override readonly name = "RequestError"
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** The head of a request, as it came. */
export interface RequestHead {
  readonly method: string
  /** Every byte is one letter. */
  readonly target: string
  /** Name (lower case), value, name, value. */
  readonly lines: string[]
  /** The length of its body; 0 when it has none. Undefined: it comes in chunks. */
  readonly length: number | undefined
  /** It was sent by an HTTP/1.0 client. */
  readonly old: boolean
  /** The client wants to use the connection again. */
  readonly keepAlive: boolean
  /** The client waits for a 100 before it sends the body. */
  readonly expectsContinue: boolean
}

/** What the parser finds, in order: a head, pieces of its body, the end. */
export interface RequestEvents {
  head(head: RequestHead): void
  body(piece: Uint8Array<ArrayBuffer>): void
  end(): void
}

const maxHead = 16 * 1024
const maxTarget = 8 * 1024
const maxLines = 128

const cr = 13
const lf = 10
const blank = 32
const headEnd = Buffer.from("\r\n\r\n")

// One expression for the whole head, as for responses: no folded lines, no space before a colon, no bare CR or LF.
const method = "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}"
const target = "[!-~\\x80-\\xff]+"
const wellFormed = new RegExp(`^${method} ${target} HTTP/1\\.[01](?:\\r\\n${field})*$`)
const otherVersion = new RegExp(`^${method} ${target} HTTP/(?!1\\.[01])\\d(?:\\.\\d)?(?:\\r\\n|$)`)
// What the beginning of a head may look like; where it is something else, waiting for its end would be for nothing.
const plausible = new RegExp(`^${method}(?: |$)`)

const close = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i
const keepAlive = /(?:^|,)[ \t]*keep-alive[ \t]*(?:,|$)/i

const states = { head: 0, body: 1, whole: 2, broken: 3 } as const
type State = (typeof states)[keyof typeof states]

const wrong = (message: string): Error => new RequestError(400, message)

/** Reads the requests of one HTTP/1.1 connection, strictly, one at a time: the next one waits until `next` is called. */
export class RequestParser {
  readonly #events: RequestEvents
  readonly #body: BodyReader
  #state: State = states.head
  #rest: Buffer | undefined

  constructor(events: RequestEvents) {
    this.#events = events
    const finish = (): void => this.#finish()
    this.#body = new BodyReader({ body: (piece) => events.body(piece), end: finish }, wrong)
  }

  /** No request is under way, and nothing of the next one has come. */
  get idle(): boolean {
    return this.#state === states.head && (!this.#rest || isEmptyLine(this.#rest))
  }

  /** The request is whole. */
  get whole(): boolean {
    return this.#state === states.whole
  }

  /** How many bytes wait for their turn. */
  get waiting(): number {
    return this.#rest?.length ?? 0
  }

  /** Takes the bytes as they come. */
  push(piece: Buffer): void {
    this.#run(this.#rest ? Buffer.concat([this.#rest, piece]) : piece)
  }

  /** The answer to the last request is on its way: takes what came behind that one. */
  next(): void {
    if (this.#state !== states.whole) return
    this.#state = states.head
    if (this.#rest) this.#run(this.#rest)
  }

  #run(data: Buffer): void {
    this.#rest = undefined
    let at = 0
    try {
      while (at < data.length && this.#state !== states.whole) {
        const next = this.#step(data, at)
        if (next < 0) break
        at = next
      }
    } catch (error) {
      this.#state = states.broken
      throw error
    }
    if (at < data.length) this.#rest = at === 0 ? data : data.subarray(at)
  }

  #step(data: Buffer, at: number): number {
    if (this.#state === states.body) return this.#body.step(data, at)
    if (this.#state === states.head) return this.#head(data, at)
    throw new RequestError(400, "More came after a request that was refused.")
  }

  #head(data: Buffer, begin: number): number {
    // RFC 9112 section 2.2: an empty line before a request is passed over; old clients send one after a body.
    const at = data[begin] === cr && data[begin + 1] === lf ? begin + 2 : begin
    const end = data.indexOf(headEnd, at)
    if (end < 0 || end - at > maxHead) {
      if (!isPlausible(data, at)) throw new RequestError(400, "Send HTTP/1.1.")
      // All of its end but one byte may be there.
      if (data.length - at > maxHead + 3) throw tooLarge(data, at)
      return -1
    }
    const text = data.toString("latin1", at, end)
    if (!wellFormed.test(text)) throw malformed(text)
    this.#frame(text)
    return end + 4
  }

  /** Finds out how long the body is, then hands over the head (RFC 9112 section 6.3). */
  #frame(text: string): void {
    const lineEnd = text.indexOf("\r\n")
    const line = lineEnd < 0 ? text : text.slice(0, lineEnd)
    const space = line.indexOf(" ")
    const old = line.endsWith("0")
    const target = line.slice(space + 1, -9)
    if (target.length > maxTarget) throw new RequestError(414, `Its target is longer than ${maxTarget} bytes.`)
    const lines = lineEnd < 0 ? [] : linesOf(text)
    if (!lines || lines.length > maxLines * 2) throw new RequestError(431, `It has more than ${maxLines} header lines.`)
    let length: number | undefined
    let coding: string | undefined
    let connection = ""
    let expectsContinue = false
    for (let index = 0; index < lines.length; index += 2) {
      const name = lines[index]
      const value = lines[index + 1] as string
      if (name === "content-length") {
        if (length !== undefined || !/^\d{1,15}$/.test(value)) throw wrong("Its Content-Length is not one number.")
        length = Number(value)
      } else if (name === "transfer-encoding") {
        if (coding !== undefined || old) throw wrong("Its Transfer-Encoding is not valid.")
        coding = value.toLowerCase()
        if (coding !== "chunked") throw wrong('Its Transfer-Encoding is not "chunked".')
      } else if (name === "connection") connection = connection === "" ? value : `${connection},${value}`
      else if (name === "expect") {
        if (value.toLowerCase() !== "100-continue") throw new RequestError(417, "Only 100-continue may be expected.")
        expectsContinue = !old
      }
    }
    if (coding !== undefined && length !== undefined) throw wrong("The length of its body can be read in two ways.")
    const none = coding === undefined && (length ?? 0) === 0
    this.#state = none ? states.whole : states.body
    if (coding !== undefined) this.#body.chunked()
    else if (!none) this.#body.fixed(length as number)
    this.#events.head({
      method: line.slice(0, space),
      target,
      lines,
      length: coding === undefined ? (length ?? 0) : undefined,
      old,
      keepAlive: connection === "" ? !old : !close.test(connection) && (!old || keepAlive.test(connection)),
      expectsContinue,
    })
    if (none) this.#events.end()
  }

  #finish(): void {
    this.#state = states.whole
    this.#events.end()
  }
}

const malformed = (text: string): RequestError =>
  otherVersion.test(text)
    ? new RequestError(505, "Only HTTP/1.1 is spoken here.")
    : new RequestError(400, "Its head is not valid.")

function tooLarge(data: Buffer, at: number): RequestError {
  const line = data.indexOf(lf, at)
  const around = " ".length + " HTTP/1.1\r".length
  return line < 0 || line - data.indexOf(blank, at) > maxTarget + around
    ? new RequestError(414, `Its target is longer than ${maxTarget} bytes.`)
    : new RequestError(431, `Its head is larger than ${maxHead} bytes.`)
}

// Old clients send one behind a body: that begins no request.
const isEmptyLine = (data: Buffer): boolean => data.length === 2 && data[0] === cr && data[1] === lf

function isPlausible(data: Buffer, at: number): boolean {
  const line = data.indexOf(lf, at)
  const begun = data.toString("latin1", at, Math.min(data.length, at + 65))
  return (begun === "" || begun === "\r" || plausible.test(begun)) && (line < 0 || data[line - 1] === cr)
}
