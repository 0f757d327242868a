import { isCloseCode, opcodes } from "./frame.ts"

/** What the parser finds: messages whole, whatever frames they came in. */
export interface FrameEvents {
  message(data: string | Uint8Array): void
  ping(data: Uint8Array): void
  pong(data: Uint8Array): void
  /** The last frame there is; 1005 when it has no code. */
  close(code: number, reason: string): void
}

/** Why the frames cannot be trusted, with the code that says so to the one who sent them. */
export class FrameError extends Error {
  override readonly name = "FrameError"
  readonly code: 1002 | 1007 | 1009

  constructor(code: 1002 | 1007 | 1009, message: string) {
    super(message)
    this.code = code
  }
}

const longestControl = 125
const mostParts = 1024

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Reads the frames of a server, strictly (RFC 6455 section 5); no extension is known. */
export class FrameParser {
  readonly #events: FrameEvents
  readonly #maxMessage: number
  /** The beginning of a frame's head. */
  #rest: Uint8Array | undefined
  #opcode = 0
  #final = false
  /** Of the frame under way: undefined between two frames. */
  #length: number | undefined
  #payload: Uint8Array | undefined
  #filled = 0
  /** Of the message under way: 0 between two messages. */
  #kind = 0
  #parts: Uint8Array[] = []
  #size = 0
  #ended = false

  constructor(events: FrameEvents, maxMessage: number) {
    this.#events = events
    this.#maxMessage = maxMessage
  }

  /** Takes the bytes as they come; what follows a close frame is nobody's. */
  push(piece: Uint8Array): void {
    let data = piece
    if (this.#rest) {
      data = Buffer.concat([this.#rest, piece])
      this.#rest = undefined
    }
    let at = 0
    while (!this.#ended) {
      if (this.#length === undefined) {
        const start = this.#head(data, at)
        if (start < 0) {
          // A copy, because a piece may be large.
          if (at < data.length) this.#rest = new Uint8Array(data.subarray(at))
          return
        }
        at = start
      }
      const next = this.#fill(data, at)
      if (next < 0) return
      at = next
    }
  }

  /** Reads a frame's head from `at`; the place behind it, or -1 when more bytes are needed. */
  #head(data: Uint8Array, at: number): number {
    if (data.length - at < 2) return -1
    const first = data[at] as number
    const second = data[at + 1] as number
    const opcode = first & 0x0f
    const final = (first & 0x80) !== 0
    const control = opcode >= opcodes.close
    if ((first & 0x70) !== 0) throw new FrameError(1002, "A reserved bit is set.")
    if (opcode > opcodes.pong || (opcode > opcodes.binary && !control))
      throw new FrameError(1002, `The opcode ${opcode} is not known.`)
    if ((second & 0x80) !== 0) throw new FrameError(1002, "A frame of a server is masked.")
    const short = second & 0x7f
    if (control && (!final || short > longestControl))
      throw new FrameError(1002, "A control frame is in pieces, or too long.")
    if (!control && (opcode === opcodes.continuation) !== (this.#kind !== 0))
      throw new FrameError(1002, "A message begins within another, or goes on without a beginning.")
    const extra = short === 126 ? 2 : short === 127 ? 8 : 0
    if (data.length - at < 2 + extra) return -1
    const length = extra === 0 ? short : longLength(data, at + 2, extra)
    if (!control && this.#size + length > this.#maxMessage) throw new FrameError(1009, "A message is too large.")
    if (!control && opcode !== opcodes.continuation) this.#kind = opcode
    this.#opcode = opcode
    this.#final = final
    this.#length = length
    return at + 2 + extra
  }

  /** Takes what there is of a frame's payload; the place behind it, or -1 when more bytes are needed. */
  #fill(data: Uint8Array, at: number): number {
    const length = this.#length as number
    const there = data.length - at
    if (!this.#payload) {
      // Whole already: no copy, because it is handed on before the piece goes.
      if (there >= length) {
        this.#frame(data.subarray(at, at + length), false)
        return at + length
      }
      this.#payload = Buffer.allocUnsafeSlow(length)
      this.#filled = 0
    }
    const end = Math.min(data.length, at + length - this.#filled)
    this.#payload.set(data.subarray(at, end), this.#filled)
    this.#filled += end - at
    if (this.#filled < length) return -1
    const payload = this.#payload
    this.#payload = undefined
    this.#frame(payload, true)
    return end
  }

  #frame(payload: Uint8Array, own: boolean): void {
    this.#length = undefined
    if (this.#opcode === opcodes.ping) return this.#events.ping(payload)
    if (this.#opcode === opcodes.pong) return this.#events.pong(payload)
    if (this.#opcode === opcodes.close) return this.#close(payload)
    if (!this.#final || this.#parts.length > 0) {
      this.#size += payload.length
      // Frames without anything in them would pile up without ever being too large.
      if (payload.length > 0 || this.#final) this.#keep(own ? payload : new Uint8Array(payload))
    }
    if (!this.#final) return
    const whole = this.#parts.length > 0 ? Buffer.concat(this.#parts, this.#size) : payload
    const text = this.#kind === opcodes.text
    this.#parts = []
    this.#size = 0
    this.#kind = 0
    this.#events.message(text ? decoded(whole) : whole)
  }

  // Each part costs more than its bytes: many small ones are joined on the way.
  #keep(part: Uint8Array): void {
    this.#parts.push(part)
    if (this.#parts.length > mostParts) this.#parts = [Buffer.concat(this.#parts)]
  }

  #close(payload: Uint8Array): void {
    this.#ended = true
    if (payload.length === 0) return this.#events.close(1005, "")
    const code = ((payload[0] as number) << 8) | (payload[1] ?? 0)
    if (payload.length === 1 || !isCloseCode(code)) throw new FrameError(1002, "A close frame has no valid code.")
    this.#events.close(code, decoded(payload.subarray(2)))
  }
}

function longLength(data: Uint8Array, at: number, size: number): number {
  let length = 0
  for (let index = at; index < at + size; index++) length = length * 256 + (data[index] as number)
  if (length > Number.MAX_SAFE_INTEGER || length < (size === 2 ? 126 : 0x10000))
    throw new FrameError(1002, "The length of a frame is not valid.")
  return length
}

function decoded(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new FrameError(1007, "A text is not UTF-8.")
  }
}
