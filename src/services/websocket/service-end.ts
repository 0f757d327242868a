import type { Socket } from "bun"

import { FrameError, type FrameEvents, FrameParser } from "../../http/frame-parser.ts"
import { closePayload, frame, type Opcode, opcodes } from "../../http/frame.ts"
import type { Connection, Heir } from "../transport/connection.ts"

/** What the service does on its WebSocket. */
export interface ServiceEvents extends FrameEvents {
  /** Runs what may bring several messages at once. */
  together(run: () => void): void
  /** It keeps up again. */
  drained(): void
  /** It broke the protocol, or is gone without a word. */
  failed(error: Error): void
}

// How long the other side may take to close after it was asked to.
const closeTimeout = 5_000
// Dead machines are noticed after so long, even when nobody says anything.
const keepAlive = 60_000

/** The service's end of a WebSocket: frames over the connection that its 101 came on. */
export class ServiceEnd implements Heir {
  readonly #socket: Socket | undefined
  readonly #events: ServiceEvents
  readonly #parser: FrameParser
  /** What came before anybody listened. */
  #early: readonly Uint8Array[] | undefined
  #unsent: Uint8Array[] = []
  /** It heard our last word, or will never hear it. */
  #closeSent = false
  #closeHeard = false
  #closing: ReturnType<typeof setTimeout> | undefined
  #gone = false

  constructor(connection: Connection, events: ServiceEvents, maxMessage: number) {
    this.#events = events
    this.#parser = new FrameParser(events, { from: "server", maxMessage })
    const { socket, early } = connection.handOver(this)
    this.#socket = socket
    this.#early = early
    socket?.setKeepAlive(true, keepAlive)
  }

  /** From now on it is heard; before, it has to wait. */
  listen(): void {
    const early = this.#early ?? []
    this.#early = undefined
    for (const data of early) this.received(data)
    if (this.#gone) this.#lost()
    else this.#socket?.resume()
  }

  /** False: it was taken, but the service does not keep up. */
  send(opcode: Opcode, data: string | Uint8Array): boolean {
    if (this.#closeSent || this.#gone) return true
    this.#write(frame(opcode, data))
    return this.#unsent.length === 0
  }

  pause(): void {
    if (!this.#closeSent) this.#socket?.pause()
  }

  resume(): void {
    this.#socket?.resume()
  }

  /** Begins or answers the closing; one without a word for 1006. */
  close(code: number, reason: string): void {
    if (this.#closeSent || this.#gone) return
    if (code !== 1006) this.#write(frame(opcodes.close, closePayload(code, reason)))
    this.#closeSent = true
    // What it still says has to be read to come to its end.
    this.#socket?.resume()
    this.#closing = setTimeout(() => this.terminate(), closeTimeout)
    if (code !== 1006) return
    this.#closeHeard = true
    if (this.#unsent.length === 0) this.#socket?.end()
  }

  /** Ends it at once. */
  terminate(): void {
    this.#closeSent = true
    this.#closeHeard = true
    this.#socket?.terminate()
  }

  received(data: Uint8Array): void {
    if (this.#closeHeard) return
    try {
      this.#events.together(() => this.#parser.push(data))
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      this.close(error.code, error.message)
      this.#closeHeard = true
      this.#events.failed(error)
    }
  }

  drained(): void {
    while (this.#unsent.length > 0) {
      const [next] = this.#unsent as [Uint8Array]
      const written = this.#socket?.write(next) ?? -1
      if (written < next.byteLength) {
        if (written > 0) this.#unsent[0] = next.subarray(written)
        return
      }
      this.#unsent.shift()
    }
    if (this.#closeSent && this.#closeHeard) this.#socket?.end()
    else this.#events.drained()
  }

  gone(): void {
    this.#gone = true
    clearTimeout(this.#closing)
    if (!this.#early) this.#lost()
  }

  #lost(): void {
    if (this.#closeHeard) return
    this.#closeHeard = true
    this.#events.failed(new Error("The service is gone."))
  }

  #write(data: Uint8Array): void {
    const written = this.#unsent.length > 0 ? 0 : (this.#socket?.write(data) ?? -1)
    if (written >= 0 && written < data.byteLength) this.#unsent.push(data.subarray(written))
  }
}
