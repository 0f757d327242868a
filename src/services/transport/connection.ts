import type { Socket } from "bun"

import type { Carrier, Exchange } from "../../core/exchange.ts"
import { type ResponseHead, ResponseParser } from "../../http/response-parser.ts"
import { writeHead } from "../../http/write-head.ts"
import { BodyIn } from "./body-in.ts"
import { BodyOut } from "./body-out.ts"

/** A request as it goes on the wire. */
export interface Outgoing {
  readonly method: string
  /** The head with its empty line; every letter is one byte. */
  readonly head: string
  readonly body: ReadableStream<Uint8Array> | null
  /** Undefined: sent in chunks. */
  readonly length: number | undefined
  /** Asks for another protocol: a 101 is an answer. */
  readonly upgrade?: boolean | undefined
}

/** A response as it came: the body is whole, or on its way. */
export interface Incoming {
  readonly status: number
  readonly lines: string[]
  readonly body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | null
}

type Carried = Pick<Exchange, "carrier">

/** Who has a connection after a 101: told of every byte, and once of its end. */
export interface Heir {
  received(data: Uint8Array): void
  drained(): void
  gone(): void
}

/** The connection ended before anything of an answer came. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost"
}

// Pieces that came together: above this many they are joined, because each costs more than its bytes.
const crumbs = 8

/** One HTTP/1.1 connection to an upstream: one exchange at a time. */
export class Connection implements Carrier {
  readonly #parser: ResponseParser
  readonly #free: (connection: Connection, reusable: boolean) => void
  #socket: Socket | undefined
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
  #heir: Heir | undefined
  #carried: object | undefined
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
        this.#pieces.push(piece)
      },
      end: () => {
        this.#ended = true
      },
    })
  }

  /** For how many milliseconds the other side keeps it open without use, as far as it says. */
  get keepFor(): number {
    return this.#parser.keepFor
  }

  opened(socket: Socket): void {
    this.#socket = socket
    if (this.closed) socket.terminate()
    else socket.setNoDelay(true)
  }

  /** Sends a request and settles with the response once its head is there; ends with the exchange that it carries. */
  send(outgoing: Outgoing, exchange?: Carried): Promise<Incoming> {
    this.uses++
    this.#carried = exchange
    if (exchange) exchange.carrier = this
    this.#busy = true
    this.activeAt = performance.now()
    this.#head = undefined
    this.#pieces = []
    this.#ended = false
    this.#bodyIn = undefined
    this.#parser.expect(outgoing.method, outgoing.upgrade)
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      try {
        this.#write(outgoing)
      } catch (error) {
        this.fail(error as Error)
      }
    })
  }

  /** After a 101: from now on the connection is somebody else's, with what has come behind the head already. */
  handOver(heir: Heir): { socket: Socket | undefined; early: readonly Uint8Array[] } {
    this.#busy = false
    this.#heir = heir
    // Nothing more comes before the heir wants it.
    this.#socket?.pause()
    return { socket: this.#socket, early: this.#taken() }
  }

  #write({ head, body, length }: Outgoing): void {
    if (this.closed) return this.fail(new ConnectionLost("The connection was closed."))
    // Before the head, because a body that somebody else reads is no reason to begin a request.
    if (body !== null) this.#bodyOut = this.#sends(body, length)
    const rest = this.#socket && writeHead(this.#socket, head)
    if (!rest) return this.fail(new ConnectionLost("The connection was closed."))
    if (rest.byteLength > 0) this.#unsent = rest
    else this.#bodyOut?.flow()
  }

  #sends(body: ReadableStream<Uint8Array>, length: number | undefined): BodyOut {
    const sink = {
      write: (data: Uint8Array, offset: number) => this.#socket?.write(data, offset, data.byteLength - offset) ?? -1,
    }
    this.#sending = true
    return new BodyOut(sink, body, length, (error) => {
      this.#sending = false
      if (error) this.fail(error)
    })
  }

  drained(): void {
    if (this.#heir) return this.#heir.drained()
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
    if (this.closed) return
    if (this.#heir) return this.#heir.received(data)
    this.activeAt = performance.now()
    try {
      this.#parser.push(data)
    } catch (error) {
      if (!this.#busy) return this.#leave()
      // Bytes behind a whole answer are nobody's: the answer stands, the connection does not.
      if (!this.#ended) return this.fail(error as Error)
    }
    this.#settle()
  }

  /** The other side closed, or the connection broke. */
  gone(error?: Error): void {
    if (this.closed) return
    if (this.#heir) {
      this.closed = true
      this.#free(this, false)
      return this.#heir.gone()
    }
    if (!this.#busy) return this.#leave()
    this.closed = true
    const { silent } = this.#parser
    try {
      if (error) throw error
      this.#parser.close()
    } catch (reason) {
      return this.fail(silent ? new ConnectionLost("The connection was closed.", { cause: reason }) : (reason as Error))
    }
    this.#settle()
  }

  /** Ends this exchange and the connection: nobody waits for the answer, or it cannot be trusted. */
  fail(error: Error): void {
    if (!this.#busy) return
    const reject = this.#reject
    this.#resolve = undefined
    this.#reject = undefined
    this.#bodyOut?.stop(error)
    this.#bodyOut = undefined
    const body = this.#bodyIn
    this.#bodyIn = undefined
    this.abort()
    this.#release(false)
    reject?.(error)
    body?.fail(error)
  }

  drop(exchange: object, reason: Error): void {
    // By then it may carry somebody else's.
    if (exchange === this.#carried) this.fail(reason)
  }

  /** Closes it after its last exchange. */
  close(): void {
    if (this.closed) return
    this.closed = true
    this.#socket?.end()
  }

  /** Closes it at once, whatever is under way. */
  abort(): void {
    this.closed = true
    this.#socket?.terminate()
  }

  /** Nobody uses it, and nobody can any more. */
  #leave(): void {
    this.abort()
    this.#free(this, false)
  }

  /** Hands on what has come so far; gives the connection back when the answer is whole. */
  #settle(): void {
    const head = this.#head
    if (!head) return
    const resolve = this.#resolve
    if (resolve) {
      this.#resolve = undefined
      this.#reject = undefined
      resolve({ status: head.status, lines: head.lines, body: this.#body() })
    } else if (this.#pieces.length > 0) for (const piece of this.#taken()) this.#bodyIn?.push(piece)
    if (!this.#ended || !this.#busy) return
    this.#bodyIn?.end()
    this.#bodyIn = undefined
    const sent = !this.#unsent && (!this.#sending || this.#bodyOut?.whole === true)
    this.#bodyOut?.stop(new Error("The service answered before it took the whole body."))
    this.#bodyOut = undefined
    // The rest of a request would be read as another one, and bytes behind an answer as the next answer.
    const clean = sent && this.#parser.idle
    if (!clean) this.abort()
    this.#release(this.#parser.reusable && !this.closed)
  }

  #body(): Incoming["body"] {
    if (this.#head?.status === 101) return null
    if (this.#ended) {
      const [only, ...more] = this.#pieces
      return only === undefined ? null : more.length === 0 ? only : joined(this.#pieces)
    }
    this.#bodyIn = new BodyIn(
      {
        pause: () => this.#socket?.pause(),
        resume: () => this.#socket?.resume(),
        abandon: () => {
          this.#bodyIn = undefined
          this.fail(new Error("Nobody reads the answer any more."))
        },
      },
      this.#taken(),
    )
    return this.#bodyIn.stream
  }

  #taken(): Uint8Array<ArrayBuffer>[] {
    const pieces = this.#pieces
    this.#pieces = []
    return pieces.length > crumbs ? [joined(pieces)] : pieces
  }

  #release(reusable: boolean): void {
    this.#busy = false
    this.#carried = undefined
    this.#sending = false
    this.#free(this, reusable)
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.byteLength, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.byteLength
  }
  return whole
}
