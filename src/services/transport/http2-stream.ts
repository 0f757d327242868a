import { type ClientHttp2Stream, constants } from "node:http2"

import type { Carrier, Exchange } from "../../core/exchange.ts"
import { ResponseError } from "../../http/response-parser.ts"
import { BodyIn } from "./body-in.ts"
import { ConnectionLost, type Incoming } from "./connection.ts"
import { headOf, type Http2Head } from "./http2-head.ts"
import type { Http2Upload } from "./http2-upload.ts"

/** The service says that it did nothing with the request, so it may be sent once more, whatever it is. */
export class Refused extends ConnectionLost {}

/** Told how a stream does. */
export interface StreamWatch {
  /** Something came. */
  active(): void
  /** Somebody stopped waiting before anything of an answer had come. */
  givenUp(): void
  closed(): void
}

/** Whose exchange it is. */
export type Carried = Pick<Exchange, "carrier">

// Enough for every honest use of 103, too few for a flood.
const maxInterim = 16

/** One exchange on a connection of HTTP/2. */
export class Http2Stream implements Carrier {
  readonly answer: Promise<Incoming>
  readonly #stream: ClientHttp2Stream
  readonly #method: string
  readonly #watch: StreamWatch
  readonly #carried: object | undefined
  readonly #upload: Http2Upload | undefined
  #settle: PromiseWithResolvers<Incoming> | undefined
  #head: Http2Head | undefined
  #interim = 0
  /** What is still to come of the body; undefined while that is not known. */
  #left: number | undefined
  #pieces: Uint8Array<ArrayBuffer>[] = []
  #bodyIn: BodyIn | undefined
  #error: Error | undefined
  /** The answer is whole, or will never be. */
  #over = false

  constructor(
    stream: ClientHttp2Stream,
    method: string,
    upload: Http2Upload | undefined,
    carried: Carried | undefined,
    watch: StreamWatch,
  ) {
    this.#stream = stream
    this.#method = method
    this.#watch = watch
    this.#carried = carried
    if (carried) carried.carrier = this
    this.#settle = Promise.withResolvers()
    this.answer = this.#settle.promise
    stream.on("response", (_, flags, lines) => this.#answered(lines, (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0))
    stream.on("headers", () => {
      if (++this.#interim > maxInterim) this.fail(new ResponseError("It sent one 1xx after the other."))
    })
    stream.on("data", (piece: Buffer<ArrayBuffer>) => this.#received(piece))
    stream.on("end", () => this.#ended())
    stream.on("error", (error) => (this.#error = error))
    stream.on("close", () => this.#closed())
    this.#upload = upload
    upload?.flow((error) => this.fail(error))
  }

  /** Nobody waits for the answer, or it cannot be trusted: the stream ends, the connection goes on. */
  fail(reason: Error): void {
    if (this.#over) return
    this.#over = true
    this.#upload?.stop(reason)
    this.#settle?.reject(reason)
    this.#settle = undefined
    this.#bodyIn?.fail(reason)
    this.#bodyIn = undefined
    this.#pieces = []
    this.#cancel()
  }

  drop(exchange: object, reason: Error): void {
    if (exchange !== this.#carried || this.#over) return
    if (!this.#head) this.#watch.givenUp()
    this.fail(reason)
  }

  #answered(lines: readonly string[], whole: boolean): void {
    if (this.#over) return
    this.#watch.active()
    try {
      this.#head = headOf(lines, this.#method)
    } catch (error) {
      return this.fail(error as Error)
    }
    this.#left = this.#head.length
    // What came together is handed on together: a body that is whole costs less than one on its way.
    if (whole || this.#head.bodiless) this.#handOn()
    else setImmediate(() => this.#handOn())
  }

  #received(piece: Uint8Array<ArrayBuffer>): void {
    if (this.#over) return
    this.#watch.active()
    if (!this.#head) return this.fail(new ResponseError("It sent a body before its head."))
    if (this.#head.bodiless) return this.#cancel()
    if (this.#left !== undefined) {
      this.#left -= piece.byteLength
      if (this.#left < 0) return this.fail(new ResponseError("Its body is longer than its Content-Length."))
    }
    if (this.#settle) this.#pieces.push(piece)
    else this.#bodyIn?.push(piece)
  }

  #ended(): void {
    // Also emitted when the stream broke off, which is no end of a body: then it is destroyed already.
    if (!this.#stream.destroyed && this.#stream.rstCode === constants.NGHTTP2_NO_ERROR) this.#finish()
  }

  /** All of the answer is there. */
  #finish(): void {
    if (this.#over) return
    if (!this.#head) return this.fail(new ResponseError("It ended without an answer."))
    if (this.#left !== undefined && this.#left > 0)
      return this.fail(new ResponseError("Its body is shorter than its Content-Length."))
    this.#over = true
    this.#handOn()
    this.#bodyIn?.end()
    this.#bodyIn = undefined
    if (!this.#upload || this.#upload.whole) return
    this.#upload.stop(new Error("The service answered before it took the whole body."))
    this.#cancel()
  }

  #closed(): void {
    this.#watch.closed()
    if (this.#over) return
    const { rstCode } = this.#stream
    // One that answers early ends the stream behind its answer, before a slow reader has seen all of it.
    if (this.#head && this.#left === 0 && rstCode === constants.NGHTTP2_NO_ERROR) return this.#finish()
    this.fail(lossOf(rstCode, this.#error))
  }

  #handOn(): void {
    const settle = this.#settle
    const head = this.#head
    if (!settle || !head) return
    this.#settle = undefined
    settle.resolve({ status: head.status, lines: head.lines, body: head.bodiless ? null : this.#body() })
  }

  #body(): Incoming["body"] {
    const pieces = this.#pieces
    this.#pieces = []
    if (this.#over) return pieces.length > 1 ? Buffer.concat(pieces) : (pieces[0] ?? null)
    this.#bodyIn = new BodyIn(
      {
        pause: () => this.#stream.pause(),
        resume: () => this.#stream.resume(),
        abandon: () => this.fail(new Error("Nobody reads the answer any more.")),
      },
      pieces,
    )
    return this.#bodyIn.stream
  }

  #cancel(): void {
    if (!this.#stream.destroyed) this.#stream.close(constants.NGHTTP2_CANCEL)
  }
}

// RFC 9113 section 7: with these one side says that the other makes no sense, or takes too much.
const nonsense: ReadonlySet<number | undefined> = new Set([
  constants.NGHTTP2_PROTOCOL_ERROR,
  constants.NGHTTP2_FLOW_CONTROL_ERROR,
  constants.NGHTTP2_FRAME_SIZE_ERROR,
  constants.NGHTTP2_COMPRESSION_ERROR,
  constants.NGHTTP2_ENHANCE_YOUR_CALM,
])

/** Why a stream ended before its answer was whole. */
function lossOf(code: number | undefined, cause: Error | undefined): Error {
  if (code === constants.NGHTTP2_REFUSED_STREAM) return new Refused("The service took no more requests.", { cause })
  const protocol = cause && "code" in cause && cause.code === "ERR_HTTP2_ERROR"
  if (protocol || nonsense.has(code)) return new ResponseError("It broke the rules of HTTP/2.", { cause })
  return new ConnectionLost("The stream was closed.", { cause })
}
