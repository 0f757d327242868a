import { isCloseCode, opcodes, unmask } from "./frame.ts"

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

/** How the frames of one side are to be read. */
export interface Reading {
  readonly from: "client" | "server"
  readonly maxMessage: number
  /** Undoes the compression that was agreed on: never more than so many bytes, but a FrameError. */
  readonly inflate?: ((data: Uint8Array, most: number) => Uint8Array) | undefined
}

/** A message has more than so many bytes. */
export const tooLarge = (most: number): FrameError => new FrameError(1009, `A message may have ${most} bytes.`)

const longestControl = 125
const mostParts = 1024
// Of a frame that is on its way: what is announced is not there yet.
const firstPart = 64 * 1024

const compressedBit = 0x40

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Reads frames, strictly (RFC 6455 section 5); bytes that were masked are unmasked in their place. */
export class FrameParser {
  readonly #events: FrameEvents
  readonly #maxMessage: number
  readonly #masked: boolean
  readonly #inflate: Reading["inflate"]
  /** What was not read yet: the beginning of a frame's head, or all that came while it was held. */
  #rest: Uint8Array | undefined
  #held = false
  #opcode = 0
  #key = 0
  #final = false
  /** Of the frame under way: undefined between two frames. */
  #length: number | undefined
  #payload: Uint8Array | undefined
  #filled = 0
  /** Of the message under way: 0 between two messages. */
  #kind = 0
  #compressed = false
  #parts: Uint8Array[] = []
  #size = 0
  #ended = false

  constructor(events: FrameEvents, { from, maxMessage, inflate }: Reading) {
    this.#events = events
    this.#maxMessage = maxMessage
    this.#masked = from === "client"
    this.#inflate = inflate
  }

  /** Takes the bytes as they come, to keep; what follows a close frame is nobody's. */
  push(piece: Uint8Array): void {
    const data = this.#rest ? Buffer.concat([this.#rest, piece]) : piece
    this.#rest = undefined
    if (this.#held) this.#rest = data
    else this.#read(data)
  }

  /** Nothing more is told until it is released, not even of what is here already. */
  hold(): void {
    this.#held = true
  }

  release(): void {
    this.#held = false
    const rest = this.#rest
    // Nothing waits while it reads: whoever is told of a frame may do this, and then the reading just goes on.
    if (!rest) return
    this.#rest = undefined
    this.#read(rest)
  }

  #read(data: Uint8Array): void {
    let at = 0
    while (at >= 0 && !this.#ended) {
      if (this.#held) {
        if (at < data.length) this.#rest = data.subarray(at)
        return
      }
      if (this.#length === undefined) {
        const start = this.#head(data, at)
        // A copy, because a piece may be large.
        if (start < 0 && at < data.length) this.#rest = new Uint8Array(data.subarray(at))
        at = start
      }
      if (at >= 0) at = this.#fill(data, at)
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
    const compressed = (first & compressedBit) !== 0
    const begins = opcode === opcodes.text || opcode === opcodes.binary
    if ((first & 0x30) !== 0 || (compressed && !(this.#inflate && begins)))
      throw new FrameError(1002, "A reserved bit is set.")
    if (opcode > opcodes.pong || (opcode > opcodes.binary && !control))
      throw new FrameError(1002, `The opcode ${opcode} is not known.`)
    if (((second & 0x80) !== 0) !== this.#masked)
      throw new FrameError(1002, this.#masked ? "A frame of a client is not masked." : "A frame of a server is masked.")
    const short = second & 0x7f
    if (control && (!final || short > longestControl))
      throw new FrameError(1002, "A control frame is in pieces, or too long.")
    if (!control && (opcode === opcodes.continuation) !== (this.#kind !== 0))
      throw new FrameError(1002, "A message begins within another, or goes on without a beginning.")
    const extra = short === 126 ? 2 : short === 127 ? 8 : 0
    const start = at + 2 + extra + (this.#masked ? 4 : 0)
    if (data.length < start) return -1
    const length = extra === 0 ? short : longLength(data, at + 2, extra)
    if (begins) {
      this.#kind = opcode
      this.#compressed = compressed
    }
    if (!control && this.#size + length > this.#most()) throw tooLarge(this.#maxMessage)
    if (this.#masked) this.#key = keyAt(data, start - 4)
    this.#opcode = opcode
    this.#final = final
    this.#length = length
    return start
  }

  // Compressing makes longer what cannot be compressed.
  #most(): number {
    return this.#compressed ? this.#maxMessage + Math.ceil(this.#maxMessage / 8) + 64 : this.#maxMessage
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
      this.#payload = Buffer.allocUnsafeSlow(Math.min(length, Math.max(firstPart, there)))
      this.#filled = 0
    }
    const end = Math.min(data.length, at + length - this.#filled)
    const filled = this.#filled + end - at
    if (filled > this.#payload.length) this.#grow(Math.min(length, Math.max(filled, this.#payload.length * 2)))
    this.#payload.set(data.subarray(at, end), this.#filled)
    this.#filled = filled
    if (filled < length) return -1
    const payload = this.#payload
    this.#payload = undefined
    this.#frame(payload, true)
    return end
  }

  #grow(size: number): void {
    const larger = Buffer.allocUnsafeSlow(size)
    larger.set((this.#payload as Uint8Array).subarray(0, this.#filled))
    this.#payload = larger
  }

  #frame(payload: Uint8Array, own: boolean): void {
    this.#length = undefined
    if (this.#masked) unmask(payload, this.#key)
    if (this.#opcode === opcodes.ping) return this.#events.ping(payload)
    if (this.#opcode === opcodes.pong) return this.#events.pong(payload)
    if (this.#opcode === opcodes.close) return this.#close(payload)
    if (!this.#final || this.#parts.length > 0) {
      this.#size += payload.length
      // Frames without anything in them would pile up without ever being too large.
      if (payload.length > 0 || this.#final) this.#keep(own ? payload : new Uint8Array(payload))
    }
    if (!this.#final) return
    const came = this.#parts.length > 0 ? Buffer.concat(this.#parts, this.#size) : payload
    const whole = this.#compressed && this.#inflate ? this.#inflate(came, this.#maxMessage) : came
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

// As it lies in memory, for masking by words: every machine that Bun runs on is little-endian.
const keyAt = (data: Uint8Array, at: number): number =>
  (data[at] as number) |
  ((data[at + 1] as number) << 8) |
  ((data[at + 2] as number) << 16) |
  ((data[at + 3] as number) << 24)

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
