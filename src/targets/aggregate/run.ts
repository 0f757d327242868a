import { GatewayError } from "../../core/errors.ts"
import { Exchange } from "../../core/exchange.ts"
import type { Log } from "../../core/log.ts"
import { bytesOf } from "../../core/reply.ts"
import { charsetOf, formatOf } from "../../formats/format-of.ts"
import { FormatError } from "../../formats/format.ts"
import { json } from "../../formats/json.ts"
import { HeaderList } from "../../http/header-list.ts"
import { type Ends, Scope } from "./scope.ts"

/** What the functions of an aggregate are told about the client's request. */
export interface AggregateRequest {
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: Headers
  /** The value in the client's body. */
  readonly body: unknown
}

/** What a client that leaves means for calls that are under way. */
export type OnAbort = "finish" | "cancel"

/** What was called to undo a part, as the client is told. */
export type Compensation =
  { readonly part: string; readonly status: number } | { readonly part: string; readonly error: string }

const bodyLimit = 10 * 1024 * 1024

// These speak of the client's own body, or would make the answer one that no value can be read from.
const notForParts = /^(content-|if-|range$|expect$|accept$|accept-encoding$|transfer-encoding$)/

/** One request to an aggregate while its parts are called: what they all have in common. */
export class Run {
  /** The client's. */
  readonly exchange: Exchange
  /** Over when nobody wants the answer any more. */
  readonly scope = new Scope()
  readonly log: Log
  /** A call began that changes something. */
  changes = false
  /** What was called to undo what was done. */
  readonly compensations: Compensation[] = []
  /** The value in the client's body. */
  body: unknown = undefined
  #content: string | undefined
  #lines: string[] | undefined
  #request: AggregateRequest | undefined
  #clock: Exchange | undefined

  constructor(exchange: Exchange, onAbort: OnAbort, log: Log) {
    this.exchange = exchange
    this.log = log
    this.scope.span = exchange.span
    exchange.whenOver((reason) => {
      if (onAbort === "finish" && this.changes && isGone(reason)) this.#goOn()
      else this.scope.end(reason)
    })
  }

  /** In milliseconds of the monotonic clock. */
  get deadline(): number {
    return this.exchange.deadline
  }

  // Nobody looks after the deadline of an exchange that is over.
  #goOn(): void {
    const left = this.deadline - performance.now()
    if (left === Number.POSITIVE_INFINITY) return
    this.#clock = clock(this.exchange, left, this.scope)
  }

  /** Reads the client's body, for those who make use of it. */
  async readBody(): Promise<void> {
    const { exchange } = this
    if (exchange.body === null) return
    const bytes = await exchange.unlessOver(bytesOf(exchange.body, bodyLimit))
    if (!bytes) throw new GatewayError("body_too_large", `The body is larger than ${bodyLimit} bytes.`)
    if (bytes.byteLength === 0) return
    const type = exchange.headers.get("content-type") ?? "application/json"
    try {
      // By the formats alone: they refuse what would be nested too deeply to be sent on.
      this.body = (formatOf(type) ?? json).read(bytes, charsetOf(type))
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      throw new GatewayError("bad_request", `The body cannot be read. ${error.message}`)
    }
  }

  /** The client's body as it is sent on; undefined when there was none. */
  get content(): string | undefined {
    return (this.#content ??= JSON.stringify(this.body))
  }

  /** The headers of a call: the client's, without what is its own affair. */
  headersFor(content: string | undefined): HeaderList {
    const lines = (this.#lines ??= this.#forParts()).slice()
    if (content !== undefined)
      lines.push("content-type", "application/json", "content-length", String(Buffer.byteLength(content)))
    return new HeaderList(lines)
  }

  #forParts(): string[] {
    const { lines } = this.exchange.headers
    const made: string[] = []
    for (let at = 0; at < lines.length; at += 2) {
      const name = lines[at] as string
      if (!notForParts.test(name)) made.push(name, lines[at + 1] as string)
    }
    // Some services answer 406 to those who take JSON only, and other formats can be read as well.
    made.push("accept", "application/json, */*;q=0.5")
    return made
  }

  /** The request for the config's own functions; made only where one is there. */
  get request(): AggregateRequest {
    const { exchange, body } = this
    return (this.#request ??= {
      params: exchange.decodedParams(),
      query: new URLSearchParams(exchange.search),
      headers: exchange.headers.toWeb(),
      body,
    })
  }

  /** Nothing is called any more. */
  settled(): void {
    this.#clock?.settled()
    this.scope.settled()
  }
}

const isGone = (reason: Error): boolean => reason instanceof GatewayError && reason.code === "client_gone"

/** Ends something after a while, unless it is settled before. */
export function clock(exchange: Exchange, length: number, ends: Ends): Exchange {
  const made = new Exchange({ ...exchange, body: null })
  made.whenOver((reason) => ends.end(reason))
  made.limit(length)
  return made
}
