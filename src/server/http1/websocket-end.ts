import type { ClientEnd, Tunnel } from "../../core/tunnel.ts"
import { type Deflate, deflated, inflated } from "../../http/deflate.ts"
import { FrameError, FrameParser } from "../../http/frame-parser.ts"
import { closePayload, opcodes } from "../../http/frame.ts"
import type { Heir } from "../../services/transport/connection.ts"
import { FrameWriter } from "./frame-writer.ts"
import { beatLength, beatNow, follow, type Followed, unfollow } from "./heartbeat.ts"
import type { Outbox } from "./outbox.ts"

/** What an end needs of its socket besides writing. */
export interface EndSocket {
  pause(): void
  resume(): void
  /** Closes it. */
  end(): void
  /** Says that nothing more is sent, and goes on reading. */
  shutdown(): void
  /** Closes it at once. */
  terminate(): void
}

/** What holds for the WebSocket of a client. */
export interface EndTerms {
  /** Larger messages close it; in bytes. */
  readonly maxMessage: number
  /** What the handshake agreed on about compression. */
  readonly deflate: Deflate | undefined
}

// Who says nothing for so long is asked whether it is there; who still says nothing is gone.
const askAfter = 110_000 / beatLength
const goneAfter = 120_000 / beatLength
// What a client may take to close after it was asked to, give or take a beat.
const closeWithin = 6_000 / beatLength

const nothing = new Uint8Array()

/** The client's end of a WebSocket: frames over the connection that its handshake came on. */
export class WebSocketEnd implements ClientEnd, Heir, Followed {
  readonly #socket: EndSocket
  readonly #out: Outbox
  readonly #writer: FrameWriter
  readonly #tunnel: Tunnel
  readonly #deflate: Deflate | undefined
  readonly #parser: FrameParser
  readonly #left: () => void
  /** When it was last heard, in beats; once our close is sent, when that was. */
  #heardAt = beatNow()
  #paused = false
  /** The ping that waits for an answer until the client takes more: only the last one needs any (RFC 6455 section 5.5.3). */
  #pinged: Uint8Array | undefined
  /** Nothing more is sent. */
  #closeSent = false
  /** Nothing more is heard: it closed, broke the protocol, or is gone. */
  #over = false
  /** How the connection ends once all is sent. */
  #ending: "end" | "shutdown" | undefined

  constructor(socket: EndSocket, out: Outbox, tunnel: Tunnel, { maxMessage, deflate }: EndTerms, left: () => void) {
    this.#socket = socket
    this.#out = out
    this.#writer = new FrameWriter(out)
    this.#tunnel = tunnel
    this.#deflate = deflate
    this.#left = left
    this.#parser = new FrameParser(
      {
        message: (data) => {
          if (!this.#closeSent) tunnel.clientSaid(data)
        },
        ping: (data) => this.#wasPinged(data),
        pong: (data) => {
          if (!this.#closeSent) tunnel.clientPonged(data)
        },
        close: (code, reason) => this.#heardClose(code, reason),
      },
      { from: "client", maxMessage, inflate: deflate && inflated },
    )
    follow(this)
  }

  send(data: string | Uint8Array, compress: boolean): number {
    if (this.#closeSent || this.#over) return 0
    const small = compress && this.#deflate ? deflated(data, this.#deflate.windowBits) : undefined
    this.#writer.write(typeof data === "string" ? opcodes.text : opcodes.binary, small ?? data, small !== undefined)
    return this.#writer.behind ? -1 : 1
  }

  ping(data: Uint8Array): number {
    if (this.#closeSent || this.#over) return 0
    this.#writer.write(opcodes.ping, data)
    return this.#writer.behind ? -1 : 1
  }

  cork(send: () => void): void {
    this.#writer.together(send)
    this.#endWhenSent()
  }

  pause(): void {
    if (this.#paused || this.#closeSent) return
    this.#paused = true
    this.#parser.hold()
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#heardAt = beatNow()
    this.#socket.resume()
    // What has come already may bring the next pause.
    this.#read(() => this.#parser.release())
  }

  /** Begins the closing; without a word for 1006. */
  close(code: number, reason: string): void {
    if (this.#closeSent || this.#over) return
    this.#sayClose(code, reason)
    if (code === 1006) this.#ending = "end"
    // What it still says has to be read to come to its end.
    this.resume()
    this.#endWhenSent()
  }

  received(data: Uint8Array): void {
    if (!this.#closeSent) this.#heardAt = beatNow()
    if (!this.#over) this.#read(() => this.#parser.push(data))
  }

  drained(): void {
    // Who takes something is there, though it may not come to answering.
    if (!this.#closeSent) this.#heardAt = beatNow()
    if (!this.#out.flush()) return
    this.#endWhenSent()
    if (this.#closeSent || this.#over) return
    if (this.#pinged) this.#writer.write(opcodes.pong, this.#pinged)
    this.#pinged = undefined
    this.#tunnel.clientDrained()
  }

  gone(): void {
    unfollow(this)
    this.#leave(1006, "")
  }

  beat(now: number): void {
    const since = now - this.#heardAt
    if (this.#closeSent) {
      if (since > closeWithin) this.#terminate()
    } else if (this.#paused) this.#heardAt = now
    else if (since >= goneAfter) this.#terminate()
    else if (since === askAfter) this.ping(nothing)
  }

  #read(run: () => void): void {
    this.#writer.together(() => {
      try {
        run()
      } catch (error) {
        if (!(error instanceof FrameError)) throw error
        this.#broke(error)
      }
    })
    this.#endWhenSent()
  }

  #wasPinged(data: Uint8Array): void {
    if (this.#closeSent) return
    // Whoever sends pings without end and reads nothing would fill the memory with answers.
    if (this.#writer.behind) this.#pinged = new Uint8Array(data)
    else this.#writer.write(opcodes.pong, data)
    this.#tunnel.clientPinged(data)
  }

  #heardClose(code: number, reason: string): void {
    if (!this.#closeSent) this.#sayClose(code, reason)
    this.#ending = "end"
    this.#leave(code, reason)
  }

  #broke(error: FrameError): void {
    if (this.#over) return
    if (!this.#closeSent) this.#sayClose(error.code, error.message)
    // While it still sends, closing would reset the connection, and what it has to be told may be lost with it.
    this.#ending = "shutdown"
    // The service hears of a limit, because it may know better; what else was wrong is between the client and us.
    if (error.code === 1009) this.#leave(1009, error.message)
    else this.#leave(1006, "")
  }

  #sayClose(code: number, reason: string): void {
    if (code !== 1006) this.#writer.write(opcodes.close, closePayload(code, reason))
    this.#closeSent = true
    this.#heardAt = beatNow()
  }

  /** Tells once that it is gone. */
  #leave(code: number, reason: string): void {
    if (this.#over) return
    this.#over = true
    this.#tunnel.clientClosed(code, reason)
    this.#left()
  }

  #endWhenSent(): void {
    if (!this.#ending || this.#writer.behind || this.#writer.gathers) return
    const how = this.#ending
    this.#ending = undefined
    this.#socket[how]()
  }

  #terminate(): void {
    this.#socket.terminate()
    this.gone()
  }
}
