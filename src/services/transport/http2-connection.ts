import { type ClientHttp2Session, sensitiveHeaders } from "node:http2"

import type { Incoming } from "./connection.ts"
import { type Carried, Http2Stream, Refused, type StreamWatch } from "./http2-stream.ts"
import { Http2Upload } from "./http2-upload.ts"

/** A request as it goes on a stream. */
export interface Http2Outgoing {
  readonly method: string
  /** Name, value, name, value: what HTTP/2 has in the place of a request line comes first. */
  readonly lines: readonly string[]
  readonly body: ReadableStream<Uint8Array> | null
  /** What was announced of the body, if anything was. */
  readonly length: number | undefined
}

/** Told how a connection does. */
export interface ConnectionWatch {
  /** It has a place more than before. */
  freed(connection: Http2Connection): void
  /** It takes no more requests; those under way may end on it. */
  left(connection: Http2Connection): void
}

/** What one connection carries at once at most, however many the service would take: more get another connection. */
export const mostStreams = 100

// RFC 7541 section 7.1.3: compressed together with what others send, their length would tell about secrets.
const secret = { [sensitiveHeaders]: ["authorization", "cookie"] }

/** One HTTP/2 connection to an upstream: many exchanges at once, each on a stream. */
export class Http2Connection {
  readonly #session: ClientHttp2Session
  readonly #patience: number
  readonly #watch: ConnectionWatch
  readonly #streamWatch: StreamWatch
  #limit = 0
  #streams = 0
  /** When something came last, in milliseconds of the monotonic clock. */
  #activeAt = performance.now()
  #doubted = false
  /** It takes no more requests. */
  leaving = false
  /** Exchanges begun on this connection. */
  uses = 0
  /** Since when it carries nothing, in milliseconds of the monotonic clock. */
  idleSince = 0

  /** The session has this many milliseconds to prove that it lives, when somebody doubts it. */
  constructor(session: ClientHttp2Session, patience: number, watch: ConnectionWatch) {
    this.#session = session
    this.#patience = patience
    this.#watch = watch
    this.#streamWatch = {
      active: () => (this.#activeAt = performance.now()),
      givenUp: () => this.#doubt(),
      closed: () => this.free(),
    }
    session.on("remoteSettings", ({ maxConcurrentStreams = mostStreams }) => {
      // One that allows none would never be asked again; it may refuse by itself.
      this.#limit = Math.max(1, Math.min(maxConcurrentStreams, mostStreams))
      watch.freed(this)
    })
    session.on("goaway", () => this.#leave())
    session.on("close", () => this.#leave())
  }

  /** How many more exchanges it takes. */
  get room(): number {
    return this.leaving ? 0 : this.#limit - this.#streams
  }

  /** How many exchanges have a place on it. */
  get streams(): number {
    return this.#streams
  }

  /** Keeps a place for an exchange; `send` uses it, or `free` gives it back. */
  book(): this {
    this.#streams++
    return this
  }

  free(): void {
    this.#streams--
    this.idleSince = performance.now()
    this.#watch.freed(this)
  }

  /** Sends a request and settles with the response once its head is there; ends with the exchange that it carries. */
  send(outgoing: Http2Outgoing, exchange?: Carried): Promise<Incoming> {
    this.uses++
    const lines = Object.assign([...outgoing.lines], secret)
    let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
    try {
      // First, because a body that somebody else reads is no reason to begin a request.
      reader = outgoing.body?.getReader()
      const stream = this.#session.request(lines, { endStream: reader === undefined })
      const upload = reader && new Http2Upload(stream, reader, outgoing.length)
      return new Http2Stream(stream, outgoing.method, upload, exchange, this.#streamWatch).answer
    } catch (cause) {
      reader?.releaseLock()
      this.free()
      const over = this.#session.closed || this.#session.destroyed
      return Promise.reject(over ? new Refused("The connection was closed.", { cause }) : (cause as Error))
    }
  }

  /** Closes it after its last exchange. */
  close(): void {
    this.#session.close()
  }

  /** Closes it at once, whatever is under way. */
  abort(): void {
    this.#session.destroy()
  }

  #leave(): void {
    if (this.leaving) return
    this.leaving = true
    this.#session.close()
    this.#watch.left(this)
  }

  /** Where nothing comes, not even the answer to a ping, nobody is there any more: a broken path tells nothing. */
  #doubt(): void {
    if (this.#doubted || this.#session.destroyed || performance.now() - this.#activeAt < this.#patience) return
    this.#doubted = true
    const timer = setTimeout(() => this.abort(), this.#patience)
    this.#session.ping(() => {
      clearTimeout(timer)
      this.#doubted = false
    })
  }
}
