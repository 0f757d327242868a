// long: a connection is one state; in parts, each would have to reach into all others.
import type { Socket } from "bun"

import { discard } from "../../core/discard.ts"
import { codeOf, GatewayError } from "../../core/errors.ts"
import type { Exchange } from "../../core/exchange.ts"
import type { Reply } from "../../core/reply.ts"
import { problemReply } from "../../gateway/problem.ts"
import type { HeaderList } from "../../http/header-list.ts"
import { RequestError, type RequestHead, RequestParser } from "../../http/request-parser.ts"
import { BodyOut } from "../../services/transport/body-out.ts"
import type { Heir } from "../../services/transport/connection.ts"
import { enter, type Refused, refusedAs } from "../door.ts"
import type { Joined } from "../websocket.ts"
import { Account } from "./account.ts"
import { answerHead, framingOf } from "./answer-head.ts"
import { arrivalOf } from "./arrival.ts"
import { mostUnwanted, mostWaiting, patience } from "./limits.ts"
import { Outbox } from "./outbox.ts"
import { RequestBody } from "./request-body.ts"
import type { Site } from "./site.ts"
import { upgraded } from "./upgraded.ts"

const goOn = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n")

/** One HTTP/1.1 connection of a client: one exchange after the other. */
export class ClientConnection {
  readonly #site: Site
  readonly #socket: Socket<ClientConnection>
  readonly #client: string
  readonly #parser: RequestParser
  readonly #out: Outbox
  readonly #body: RequestBody
  readonly #account = new Account()
  #head: RequestHead | undefined
  #bodyOut: BodyOut | undefined
  #exchange: Exchange | undefined
  /** A request is being answered, or the rest of it read for nobody. */
  #busy = false
  /** The head of the answer is on its way. */
  #begun = false
  #answered = false
  #sending = false
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
    this.#body = new RequestBody({
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      invite: () => {
        if (!this.#begun) this.#out.write(goOn)
      },
    })
    this.#parser = new RequestParser({
      head: (head) => void (this.#head = head),
      body: (piece) => {
        this.#account.received += piece.byteLength
        this.#body.push(piece)
      },
      end: () => this.#body.end(),
    })
  }

  /** An exchange is under way, or its answer waits for the client to take it. */
  get busy(): boolean {
    return ((this.#busy && !this.#leaving) || this.#out.pending) && !this.#heir
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
    if (this.#leaving && !this.#out.pending) return
    this.#activeAt = performance.now()
    if (!this.#out.flush()) return
    this.#account.tell()
    if (this.#leaving) this.#close()
    else if (this.#answered) this.#goOn()
    else this.#bodyOut?.flow()
  }

  /** The client closed, or the connection broke. */
  gone(): void {
    if (this.#closed) return
    this.#closed = true
    const error = new GatewayError("client_gone", "The client went away.")
    this.#exchange?.end(error)
    this.#body.drop(error)
    if (this.#bodyOut) this.#account.sent = this.#bodyOut.sent
    this.#bodyOut?.stop(error)
    if (this.#begun) this.#account.end("gone")
    this.#heir?.gone()
  }

  /** Ends it as soon as nothing is under way on it. */
  retire(): void {
    this.#keepAlive = false
    if (this.#answered) this.#close()
    else if (!this.#busy && this.#parser.idle) this.#end()
  }

  /** Ends it now. What is under way may not look whole; what was answered may not be lost by a reset. */
  stop(): void {
    if (this.#begun && !this.#answered) return this.terminate()
    this.#end()
    this.gone()
  }

  terminate(): void {
    this.#socket.terminate()
    this.gone()
  }

  /** Ends it when the client has been silent for too long. */
  check(now: number): void {
    if (this.#heir) return
    const quiet = now - this.#activeAt
    const owes = this.#busy && !this.#parser.whole && !this.#body.paused
    if (this.#leaving && !this.#out.pending) {
      if (quiet > patience.closing) this.terminate()
    } else if (this.#out.full || owes) {
      if (quiet <= patience.stalled) return
      if (this.#out.full || this.#begun || this.#deaf) this.terminate()
      else this.#refuse(new RequestError(408, "The body of the request took too long."))
    } else if (this.#busy) {
      // Nothing is awaited of it: its time begins when something is.
      this.#activeAt = now
    } else if (this.#parser.idle) {
      if (quiet > patience.idle) this.#end()
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
    this.#body.flow()
    if (this.#answered && this.#parser.whole && !this.#out.pending) return this.#next()
    if (!this.#busy && this.#head) this.#begin(this.#head)
    if (this.#exchange?.websocket && this.#parser.waiting > 0)
      this.#refuse(new RequestError(400, "Nothing may come before the WebSocket is open."))
    else if (this.#parser.waiting > mostWaiting) this.#socket.pause()
  }

  #begin(head: RequestHead): void {
    this.#busy = true
    // It may have to end already, whatever the client wants.
    if (!head.keepAlive) this.#keepAlive = false
    const { live, scheme } = this.#site
    this.#body.waits = head.expectsContinue && !this.#body.begun && !this.#parser.whole
    const came = enter(arrivalOf(head, scheme, this.#client), live.paths, live.proxies)
    if ("refused" in came) this.#body.drop(came.refused)
    else {
      this.#exchange = came
      if (head.length !== 0) came.body = this.#body.open(this.#parser.whole)
    }
    this.#answer(came)
  }

  #answer(came: Exchange | Refused): void {
    const { live, pages } = this.#site
    const exchange = "refused" in came ? came.exchange : came
    this.#account.begin(exchange)
    try {
      const page = "refused" in came ? undefined : pages?.(came)
      const made = page ?? live.answer(came, (...joins) => this.#upgrade(exchange, ...joins))
      // Not from within another answer: of requests that come all at once, each would be one deeper.
      if (made instanceof Promise || this.#sending)
        return void Promise.resolve(made)
          .then((reply) => reply && this.#send(exchange.method, reply))
          .catch((error: unknown) => this.#failed(exchange, error))
      this.#sending = true
      if (made) this.#send(exchange.method, made)
    } catch (error) {
      this.#failed(exchange, error)
    }
    this.#sending = false
  }

  #failed(exchange: Exchange, error: unknown): void {
    exchange.failure = codeOf(error)
    if (!this.#begun) return this.#send(exchange.method, problemReply(error, exchange, this.#site.log))
    this.#site.log.error("An answer failed.", error)
    this.terminate()
  }

  #upgrade(exchange: Exchange, headers: HeaderList, joined: Joined): boolean {
    if (this.#closed) return false
    this.#account.forget()
    this.#heir = upgraded(this.#socket, this.#out, exchange, headers, joined)
    return true
  }

  #send(method: string, reply: Reply): void {
    this.#account.answers(reply.status)
    if (this.#closed) {
      this.#account.end("gone")
      return discard(reply)
    }
    const old = this.#head?.old === true
    const framing = framingOf(method, reply, old)
    const body = framing === "none" || framing === 0 ? null : reply.body
    const streams = body instanceof ReadableStream
    if (framing === "close" || reply.headers.get("connection") === "close" || !this.#canGoOn(streams))
      this.#keepAlive = false
    this.#begun = true
    const head = answerHead(reply, framing, this.#keepAlive ? (old ? "keep-alive" : "") : "close")
    if (body === null) discard(reply)
    if (!streams) {
      const bytes = typeof body === "string" ? Buffer.from(body) : body
      this.#out.send(head, bytes)
      this.#account.sent = bytes === null ? 0 : bytes.byteLength
      return this.#done()
    }
    this.#out.send(head, null)
    const account = this.#account
    const sink = { write: (data: Uint8Array, offset: number) => this.#out.take(data, offset) }
    const length = framing === "chunked" ? undefined : (framing as number | "close")
    const out = new BodyOut(sink, body, length, (error) => {
      this.#bodyOut = undefined
      account.sent = out.sent
      if (error) account.close("cut")
      // Half an answer must not look whole. What was sent of it is lost with a reset, so that is for where nothing else shows it.
      if (error && framing === "close") {
        account.tell()
        return this.terminate()
      }
      if (error) this.#keepAlive = false
      this.#done()
    })
    this.#bodyOut = out
    out.flow()
  }

  /** Whether another request can come behind what is left of this one. */
  #canGoOn(streams = false): boolean {
    if (this.#parser.whole || (streams && !this.#body.waits)) return true
    return !this.#deaf && !this.#body.waits && (this.#head?.length ?? Number.POSITIVE_INFINITY) <= mostUnwanted
  }

  #done(): void {
    this.#exchange = undefined
    this.#answered = true
    this.#account.close("whole")
    if (!this.#out.pending) this.#account.tell()
    if (!this.#parser.whole) this.#body.drop(new Error("The answer was there before the whole body."))
    if (!this.#keepAlive || !this.#canGoOn()) return this.#close()
    this.#goOn()
  }

  #goOn(): void {
    this.#socket.resume()
    // An answer that the client does not take holds up the next one, or they would fill the memory.
    if (this.#parser.whole && !this.#out.pending) this.#next()
  }

  #next(): void {
    this.#head = undefined
    this.#busy = false
    this.#begun = false
    this.#answered = false
    this.#body.reset()
    this.#account.received = 0
    this.#take()
    if (!this.#busy && !this.#parser.idle) this.#headAt = performance.now()
  }

  #refuse(error: RequestError): void {
    this.#deaf = true
    this.#keepAlive = false
    const refused = new GatewayError("bad_request", error.message, { status: error.status })
    this.#body.drop(refused)
    // Its answer is under way and may not look as if all had been well, or it waits for the body and fails by it.
    if (this.#begun) return this.terminate()
    if (this.#exchange) return this.#exchange.end(refused)
    if (this.#busy) return
    this.#busy = true
    this.#answer(refusedAs(refused, arrivalOf(this.#head, this.#site.scheme, this.#client)))
  }

  #close(): void {
    this.#deaf = true
    this.#leaving = true
    if (this.#out.pending) return
    // Closing resets the connection when more comes, and the answer may be lost with it. Who may still send something is
    // asked to close, and what comes is dropped.
    if (this.#parser.whole && this.#parser.waiting === 0 && this.#head?.keepAlive === false) return this.#end()
    this.#activeAt = performance.now()
    this.#socket.resume()
    this.#socket.shutdown()
  }

  // With TLS it stays open until the client has closed, too.
  #end(): void {
    this.#deaf = true
    this.#leaving = true
    this.#activeAt = performance.now()
    this.#socket.end()
  }
}
