import type { Socket } from "bun"

import { discard } from "../../core/discard.ts"
import { GatewayError } from "../../core/errors.ts"
import type { Exchange } from "../../core/exchange.ts"
import type { Reply } from "../../core/reply.ts"
import { HeaderList } from "../../http/header-list.ts"
import { joinRepeated } from "../../http/lines-of.ts"
import { RequestError, type RequestHead, RequestParser } from "../../http/request-parser.ts"
import { BodyIn } from "../../services/transport/body-in.ts"
import { BodyOut } from "../../services/transport/body-out.ts"
import type { Heir } from "../../services/transport/connection.ts"
import { enter, type Refused } from "../door.ts"
import type { Joined } from "../websocket.ts"
import { answerHead, framingOf } from "./answer-head.ts"
import { Outbox } from "./outbox.ts"
import type { Site } from "./site.ts"
import { readTarget } from "./target.ts"
import { upgraded } from "./upgraded.ts"

// What may wait of requests that were sent before the last one was answered.
const mostWaiting = 64 * 1024

// A body that nobody wanted is read to its end up to here, so that the connection can be used again.
const mostUnwanted = 1024 * 1024

// Milliseconds: between two requests; for a head from its first byte; without a byte that the client owes, or takes.
const patience = { idle: 60_000, head: 20_000, stalled: 60_000 }

const goOn = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n")

/** One HTTP/1.1 connection of a client: one exchange after the other. */
export class ClientConnection {
  readonly #site: Site
  readonly #socket: Socket<ClientConnection>
  readonly #client: string
  readonly #parser: RequestParser
  readonly #out: Outbox
  #head: RequestHead | undefined
  /** What came of a body before its exchange began. */
  #pieces: Uint8Array[] = []
  #bodyIn: BodyIn | undefined
  #bodyOut: BodyOut | undefined
  #exchange: Exchange | undefined
  /** A request is being answered, or the rest of it read for nobody. */
  #busy = false
  /** The head of the answer is on its way. */
  #begun = false
  #answered = false
  /** The client waits for a 100, and has not got it. */
  #waits = false
  #keepAlive = true
  /** Nothing of what still comes counts. */
  #deaf = false
  #leaving = false
  #closed = false
  #heir: Heir | undefined
  #activeAt = performance.now()
  #headAt = 0

  constructor(socket: Socket<ClientConnection>, site: Site) {
    this.#site = site
    this.#socket = socket
    this.#client = socket.remoteAddress
    this.#out = new Outbox(socket)
    this.#parser = new RequestParser({
      head: (head) => {
        this.#head = head
      },
      body: (piece) => {
        if (this.#bodyIn) this.#bodyIn.push(piece)
        else if (!this.#busy) this.#pieces.push(piece)
      },
      end: () => {
        this.#bodyIn?.end()
      },
    })
  }

  /** An exchange is under way. */
  get busy(): boolean {
    return this.#busy && !this.#leaving && !this.#heir
  }

  received(data: Buffer): void {
    if (this.#heir) return this.#heir.received(data)
    if (this.#deaf) return
    this.#activeAt = performance.now()
    if (!this.#busy && this.#parser.idle) this.#headAt = this.#activeAt
    this.#take(data)
  }

  drained(): void {
    if (this.#heir) return this.#heir.drained()
    this.#activeAt = performance.now()
    if (!this.#out.flush()) return
    if (this.#leaving) this.#close()
    else this.#bodyOut?.flow()
  }

  /** The client closed, or the connection broke. */
  gone(): void {
    if (this.#closed) return
    this.#closed = true
    const error = new GatewayError("client_gone", "The client went away.")
    this.#exchange?.end(error)
    this.#bodyIn?.fail(error)
    this.#bodyOut?.stop(error)
    this.#heir?.gone()
  }

  /** Ends it as soon as nothing is under way on it. */
  retire(): void {
    this.#keepAlive = false
    if (!this.#busy && this.#parser.idle) this.#socket.end()
  }

  terminate(): void {
    this.#socket.terminate()
    this.gone()
  }

  /** Ends it when the client has been silent for too long. */
  check(now: number): void {
    if (this.#heir) return
    const quiet = now - this.#activeAt
    if (this.#busy) {
      const owes = !this.#parser.whole && !this.#bodyIn?.paused
      if (quiet > patience.stalled && (this.#out.pending || this.#leaving || owes)) this.terminate()
    } else if (this.#parser.idle) {
      if (quiet > patience.idle) this.#socket.end()
    } else if (now - this.#headAt > patience.head) this.#refuse(new RequestError(408, "The request took too long."))
  }

  #take(data?: Buffer): void {
    try {
      if (data) this.#parser.push(data)
      else this.#parser.next()
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      return this.#refuse(error)
    }
    if (this.#answered && this.#parser.whole) return this.#next()
    if (!this.#busy && this.#head) this.#begin(this.#head)
    if (this.#exchange?.websocket && this.#parser.waiting > 0)
      this.#refuse(new RequestError(400, "Nothing may come before the WebSocket is open."))
    else if (this.#parser.waiting > mostWaiting) this.#socket.pause()
  }

  #begin(head: RequestHead): void {
    this.#busy = true
    this.#keepAlive = head.keepAlive
    const { live, scheme } = this.#site
    const headers = new HeaderList(joinRepeated(head.lines))
    const read = readTarget(head.target)
    if (read?.host !== undefined) headers.set("host", read.host)
    // Two of them are one with a comma by now, and that is no host.
    const host = headers.get("host") ?? ""
    const { method, expectsContinue } = head
    const pieces = this.#pieces
    this.#pieces = []
    this.#waits = expectsContinue && pieces.length === 0 && !this.#parser.whole
    const arrival = { method, scheme, host, target: read?.target, headers, client: this.#client, body: null }
    const came = enter(arrival, live.paths)
    if (!("refused" in came)) {
      this.#exchange = came
      if (head.length !== 0) came.body = this.#receives(pieces)
    }
    this.#answer(came)
  }

  #receives(pieces: readonly Uint8Array[]): ReadableStream<Uint8Array> {
    const source = {
      pause: () => this.#socket.pause(),
      resume: () => {
        if (this.#waits && !this.#begun) this.#out.write(goOn)
        this.#waits = false
        this.#socket.resume()
      },
      abandon: () => this.#socket.resume(),
    }
    const bodyIn = new BodyIn(source, pieces, this.#waits)
    if (this.#parser.whole) bodyIn.end()
    else this.#bodyIn = bodyIn
    return bodyIn.stream
  }

  #answer(came: Exchange | Refused): void {
    const { live, log, pages } = this.#site
    const page = "refused" in came ? undefined : pages?.(came)
    const answering = page ?? live.answer(came, (headers, joined) => this.#upgrade(came as Exchange, headers, joined))
    answering.then(
      (reply) => {
        if (reply) this.#send(came.method, reply)
      },
      (error: unknown) => {
        log.error("An answer failed.", error)
        this.terminate()
      },
    )
  }

  #upgrade(exchange: Exchange, headers: HeaderList, joined: Joined): boolean {
    if (this.#closed) return false
    this.#heir = upgraded(this.#socket, this.#out, exchange, headers, joined)
    return true
  }

  #send(method: string, reply: Reply): void {
    if (this.#closed) return discard(reply)
    const old = this.#head?.old === true
    const framing = framingOf(method, reply, old)
    const { body } = reply
    const streams = body instanceof ReadableStream
    if (framing === "close" || reply.headers.get("connection") === "close" || !this.#canGoOn(streams))
      this.#keepAlive = false
    this.#begun = true
    const head = answerHead(reply, framing, this.#keepAlive ? (old ? "keep-alive" : "") : "close")
    if (!streams) {
      const sent = framing === "none" || framing === 0 ? null : body
      this.#out.send(head, typeof sent === "string" ? Buffer.from(sent) : sent)
      return this.#done()
    }
    this.#out.send(head, null)
    const sink = { write: (data: Uint8Array, offset: number) => this.#out.take(data, offset) }
    this.#bodyOut = new BodyOut(
      sink,
      body,
      framing === "chunked" ? undefined : (framing as number | "close"),
      (error) => {
        this.#bodyOut = undefined
        // Half an answer must not look whole. What was sent of it is lost with a reset, so that is for where nothing else shows it.
        if (error && framing === "close") return this.terminate()
        if (error) this.#keepAlive = false
        this.#done()
      },
    )
    this.#bodyOut.flow()
  }

  /** Whether another request can come behind what is left of this one. */
  #canGoOn(streams = false): boolean {
    if (this.#parser.whole || (streams && !this.#waits)) return true
    return !this.#deaf && !this.#waits && (this.#head?.length ?? Number.POSITIVE_INFINITY) <= mostUnwanted
  }

  #done(): void {
    this.#exchange = undefined
    this.#answered = true
    // Nobody reads it any more; what still comes of it is dropped.
    this.#bodyIn?.fail(new Error("The answer was there before the whole body."))
    this.#bodyIn = undefined
    if (!this.#keepAlive || !this.#canGoOn()) return this.#close()
    this.#socket.resume()
    if (this.#parser.whole) this.#next()
  }

  #next(): void {
    this.#head = undefined
    this.#busy = false
    this.#begun = false
    this.#answered = false
    this.#take()
  }

  #refuse(error: RequestError): void {
    this.#deaf = true
    this.#keepAlive = false
    const refused = new GatewayError("bad_request", error.message, { status: error.status })
    this.#bodyIn?.fail(refused)
    this.#bodyIn = undefined
    // Its answer is under way and may not look as if all had been well, or it waits for the body and fails by it.
    if (this.#begun) return this.terminate()
    if (this.#exchange) return this.#exchange.end(refused)
    if (this.#busy) return
    this.#busy = true
    this.#answer({ refused, id: Bun.randomUUIDv7(), method: this.#head?.method ?? "GET" })
  }

  // While the client still sends, closing would reset the connection, and the answer may be lost with it: so it is asked
  // to close, and what still comes is dropped.
  #close(): void {
    this.#deaf = true
    this.#leaving = true
    if (this.#out.pending) return
    if (this.#parser.whole) return void this.#socket.end()
    this.#socket.resume()
    this.#socket.shutdown()
  }
}
