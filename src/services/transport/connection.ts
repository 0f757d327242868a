import type { Socket } from "bun"

import { type ResponseHead, ResponseParser } from "../../http/response-parser.ts"
import { BodyIn } from "./body-in.ts"
import { BodyOut } from "./body-out.ts"

/** A request as it goes on the wire. */
export interface Outgoing {
  readonly method: string
  /** The head, byte for byte, with its empty line. */
  readonly head: Uint8Array
  readonly body: ReadableStream<Uint8Array> | null
  /** Undefined: sent in chunks. */
  readonly length: number | undefined
}

/** A response as it came: the body is whole, or on its way. */
export interface Incoming {
  readonly status: number
  readonly lines: string[]
  readonly body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null
}

/** The connection ended before an answer began. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost"
}

/** One HTTP/1.1 connection to an upstream: one exchange at a time. */
export class Connection {
  readonly #parser: ResponseParser
  readonly #free: (connection: Connection, reusable: boolean) => void
  #socket: Socket<Connection> | undefined
  #resolve: ((incoming: Incoming) => void) | undefined
  #reject: ((error: Error) => void) | undefined
  #head: ResponseHead | undefined
  #pieces: Uint8Array<ArrayBuffer>[] = []
  #ended = false
  #bodyIn: BodyIn | undefined
  #bodyOut: BodyOut | undefined
  #unsent: Uint8Array | undefined
  #sending = false
  #busy = false
  /** Exchanges begun on this connection. */
  uses = 0
  /** When it was last given back, in milliseconds of the monotonic clock. */
  idleSince = 0
  /** When bytes last came or went while it was busy. */
  activeAt = 0
  closed = false

  constructor(free: (connection: Connection, reusable: boolean) => void) {
    this.#free = free
    this.#parser = new ResponseParser({
      head: (head) => {
        this.#head = head
      },
      body: (piece) => {
        if (this.#bodyIn) this.#bodyIn.push(piece)
        else this.#pieces.push(piece)
      },
      end: () => {
        this.#ended = true
      },
    })
  }

  opened(socket: Socket<Connection>): void {
    this.#socket = socket
    socket.setNoDelay(true)
  }

  /** Sends a request and settles with the response once its head is there. */
  send(outgoing: Outgoing): Promise<Incoming> {
    this.uses++
    this.#busy = true
    this.activeAt = performance.now()
    this.#head = undefined
    this.#pieces = []
    this.#ended = false
    this.#bodyIn = undefined
    this.#parser.expect(outgoing.method)
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      this.#write(outgoing)
    })
  }

  #write({ head, body, length }: Outgoing): void {
    const written = this.#socket?.write(head) ?? -1
    if (written < 0) return this.fail(new ConnectionLost("The connection was closed."))
    if (written < head.byteLength) this.#unsent = head.subarray(written)
    if (body === null) return
    this.#sending = true
    const sink = {
      write: (data: Uint8Array, offset: number) => this.#socket?.write(data, offset, data.byteLength - offset) ?? -1,
    }
    this.#bodyOut = new BodyOut(sink, body, length, (error) => {
      this.#sending = false
      if (error) this.fail(error)
      else this.#settle()
    })
    if (!this.#unsent) this.#bodyOut.flow()
  }

  drained(): void {
    this.activeAt = performance.now()
    if (this.#unsent) {
      const written = this.#socket?.write(this.#unsent) ?? -1
      if (written < 0) return
      this.#unsent = written < this.#unsent.byteLength ? this.#unsent.subarray(written) : undefined
      if (this.#unsent) return
    }
    this.#bodyOut?.flow()
  }

  received(data: Buffer): void {
    this.activeAt = performance.now()
    try {
      this.#parser.push(data)
    } catch (error) {
      this.fail(error as Error)
      return
    }
    this.#settle()
  }

  /** The other side closed, or the connection broke. */
  gone(error?: Error): void {
    this.closed = true
    if (!this.#busy) return this.#free(this, false)
    try {
      if (!error) this.#parser.close()
      if (error || !this.#ended) throw error ?? new Error("It closed before its answer was whole.")
    } catch (reason) {
      const began = this.#head !== undefined
      return this.fail(began ? (reason as Error) : new ConnectionLost("The connection was closed.", { cause: reason }))
    }
    this.#settle()
  }

  /** Ends this exchange and the connection: nobody waits for the answer, or it cannot be trusted. */
  fail(error: Error): void {
    const reject = this.#reject
    this.#resolve = undefined
    this.#reject = undefined
    this.#bodyOut?.stop(error)
    this.#bodyOut = undefined
    const body = this.#bodyIn
    this.#bodyIn = undefined
    this.#release(false)
    reject?.(error)
    body?.fail(error)
  }

  close(): void {
    this.closed = true
    this.#socket?.terminate()
  }

  /** Hands on what has come so far; gives the connection back when both sides are done. */
  #settle(): void {
    const head = this.#head
    if (!head) return
    const resolve = this.#resolve
    if (resolve) {
      this.#resolve = undefined
      this.#reject = undefined
      resolve({ status: head.status, lines: head.lines, body: this.#body() })
    }
    if (!this.#ended || !this.#busy) return
    this.#bodyIn?.end()
    this.#bodyIn = undefined
    // An answer before the whole request was taken: the rest of the request would be read as another one.
    this.#bodyOut?.stop(new Error("The service answered before it took the whole body."))
    this.#bodyOut = undefined
    this.#release(this.#parser.reusable && !this.#sending && !this.#unsent && this.#parser.idle && !this.closed)
  }

  #body(): Incoming["body"] {
    const pieces = this.#pieces
    this.#pieces = []
    if (this.#ended)
      return pieces.length === 0
        ? null
        : pieces.length === 1
          ? (pieces[0] ?? null)
          : new Uint8Array(Buffer.concat(pieces))
    this.#bodyIn = new BodyIn(
      {
        pause: () => this.#socket?.pause(),
        resume: () => this.#socket?.resume(),
        abandon: () => {
          this.#bodyIn = undefined
          this.fail(new Error("Nobody reads the answer any more."))
        },
      },
      pieces,
    )
    return this.#bodyIn.stream
  }

  #release(reusable: boolean): void {
    if (!this.#busy) return
    this.#busy = false
    this.#sending = false
    if (!reusable) this.close()
    this.#free(this, reusable)
  }
}
