import { canonicalPath } from "../http/canonical-path.ts"
import type { HeaderList } from "../http/header-list.ts"
import { startWaiting, stopWaiting, type Waits } from "./deadlines.ts"
import { type FailureCode, GatewayError } from "./errors.ts"
import type { Identity } from "./identity.ts"
import type { Reply } from "./reply.ts"
import type { Span } from "./span.ts"
import type { Trace } from "./trace.ts"
import type { TunnelLimits } from "./tunnel.ts"
import { durationText } from "./units.ts"

/** What carries an exchange to a service, as long as it does. */
export interface Carrier {
  /** Nobody waits for this exchange any more. */
  drop(exchange: object, reason: Error): void
}

/** All of the answer was sent; it broke off; the client left before. */
export type Outcome = "whole" | "cut" | "gone"

/** Takes what a listener knows of an exchange when the body of its answer has ended, for whoever wants to know. */
export interface Ending {
  ended(exchange: Exchange, status: number, answered: number, received: number, sent: number, how: Outcome): void
}

/** One request on its way through: who asks, from where, for what. Made once, at the door. */
export class Exchange implements Waits {
  /** Names this exchange in answers, logs and upstream requests. */
  id: string
  readonly method: string
  readonly scheme: "http" | "https"
  readonly host: string
  /** The path as the client wrote it, or as a target rewrote it. */
  rawPath: string
  /** The path that routing and every rule go by. */
  path: string
  /** The query as the client wrote it, or as a policy rewrote it, with its question mark, or nothing. */
  search: string
  readonly headers: HeaderList
  /** Address of the client. */
  readonly client: string
  /** The proxies between, as a list of addresses goes on: ", 10.0.0.1". */
  readonly proxies: string
  body: ReadableStream<Uint8Array> | null
  /** The exchange that this one is made for: itself, unless it was derived. */
  readonly origin: Exchange
  /** The path and the query as they came, whoever rewrote them since. */
  readonly sentPath: string
  readonly sentSearch: string
  /** When it came, in milliseconds of the monotonic clock. */
  readonly began = performance.now()
  /** The key of the route that took it, as the config has it, and which of the config's routes that is; -1 for none. */
  route = ""
  place = -1
  /** The stable word for what went wrong with it. */
  failure: FailureCode | undefined
  /** Is told how it went when the body of its answer has ended. */
  ending: Ending | undefined

  /** Who asks, once a scheme of `auth` has said so. */
  identity: Identity | undefined

  /** The trace that it belongs to, where the config asks for traces. */
  trace: Trace | undefined
  /** What it is worked on within now, while somebody wants to see that. */
  span: Span | undefined

  /** Asks for a WebSocket; what the service allows on it, once that is known. */
  websocket: TunnelLimits | undefined

  /** What carries it now. */
  carrier: Carrier | undefined
  /** The upstream that was asked last. */
  upstream: object | undefined
  /** Upstreams that failed this exchange: the next try goes elsewhere. */
  avoid: Set<object> | undefined
  /** Headers that every answer gets, failures too: name (lower case), value. */
  answerHeaders: [name: string, value: string][] = []
  /** What is done to every answer before it gets those. */
  finishers: ((reply: Reply) => void)[] | undefined
  /** When the answer has to have begun, in milliseconds of the monotonic clock. */
  deadline = Number.POSITIVE_INFINITY

  readonly #signal: (() => AbortSignal) | undefined
  #params: { readonly params: ReadonlyMap<string, string> } = none
  #looking = false
  #limit = 0
  #asking = 0
  #askedAt = 0
  #waited = 0
  #over: Error | undefined
  #whenOver: ((reason: Error) => void)[] | undefined

  constructor(made: {
    id: string
    method: string
    scheme: "http" | "https"
    host: string
    rawPath: string
    path: string
    search: string
    headers: HeaderList
    client: string
    proxies?: string | undefined
    body: ReadableStream<Uint8Array> | null
    /** Tells when the client is gone; asked for late, because asking costs. */
    signal?: (() => AbortSignal) | undefined
    origin?: Exchange | undefined
  }) {
    this.id = made.id
    this.method = made.method
    this.scheme = made.scheme
    this.host = made.host
    this.rawPath = made.rawPath
    this.path = made.path
    this.search = made.search
    this.sentPath = made.rawPath
    this.sentSearch = made.search
    this.headers = made.headers
    this.client = made.client
    this.proxies = made.proxies ?? ""
    this.body = made.body
    this.#signal = made.signal
    this.origin = made.origin ?? this
  }

  /** From here on this is the path: for the service, and for the mocks that stand in for it. */
  rewrite(rawPath: string): void {
    // The door knows whether escaped backslashes pass: one that came this far may stay.
    const path = canonicalPath(rawPath, true)
    // Parameters that were harmless where they stood can make dot segments where they are put.
    if (path === undefined)
      throw new GatewayError("bad_path", "The path that the route makes of this one is not valid.")
    this.rawPath = rawPath
    this.path = path
  }

  /** What the route's `:name` and `*` stand for, still escaped. */
  get params(): ReadonlyMap<string, string> {
    return this.#params.params
  }

  set params(params) {
    this.#params = { params }
  }

  /** A route takes it; what its parameters stand for is found out when somebody asks. */
  takenBy(route: string, match: { readonly params: ReadonlyMap<string, string> }, place: number): void {
    this.route = route
    this.place = place
    this.#params = match
  }

  /** A service is asked: from now on this exchange waits for it, beside others that it may wait for. */
  asks(now: number): void {
    const { origin } = this
    if (origin.#asking++ === 0) origin.#askedAt = now
  }

  /** The service has answered, or will not. */
  heard(now: number): void {
    const { origin } = this
    if (--origin.#asking === 0) origin.#waited += now - origin.#askedAt
  }

  /** Milliseconds that were spent waiting for services until now. */
  waited(now: number): number {
    return this.#asking > 0 ? this.#waited + now - this.#askedAt : this.#waited
  }

  /** Calls back when nobody waits for the answer any more: the client left, or time is over. */
  whenOver(callback: (reason: Error) => void): void {
    if (this.#over) callback(this.#over)
    else if (this.#whenOver) this.#whenOver.push(callback)
    else this.#whenOver = [callback]
  }

  /** Settles as the work does, or fails once nobody waits any more, whichever is first. */
  unlessOver<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.whenOver(reject)
      work.then(resolve, reject)
    })
  }

  /** Has something done to the answer at last, to a failure too, by a function that is made once for a config. */
  whenAnswered(finish: (reply: Reply) => void): void {
    if (this.finishers) this.finishers.push(finish)
    else this.finishers = [finish]
  }

  /** From now on the client and the deadline are watched, until `settled`. */
  begin(): void {
    startWaiting(this)
  }

  /** The answer is there: what comes now is its body. */
  settled(): void {
    stopWaiting(this)
  }

  /** Gives the answer this long to begin; of several limits the first to be over counts. */
  limit(length: number): void {
    const deadline = performance.now() + length
    if (deadline >= this.deadline) return
    this.deadline = deadline
    this.#limit = length
    startWaiting(this)
  }

  expire(): void {
    this.end(new GatewayError("timeout", `No answer within ${durationText(this.#limit)}.`))
  }

  // Listening for the client costs a quarter of a small exchange, so only those that take a while pay for it.
  lookForClient(): void {
    const signal = this.#signal
    if (!signal || this.#looking) return
    this.#looking = true
    const gone = (): void => this.end(new GatewayError("client_gone", "The client went away."))
    if (signal().aborted) gone()
    else signal().addEventListener("abort", gone, { once: true })
  }

  /** Tells everybody who works on this exchange to stop. */
  end(reason: Error): void {
    if (this.#over) return
    this.#over = reason
    this.carrier?.drop(this, reason)
    for (const callback of this.#whenOver ?? []) callback(reason)
  }

  /** True once nobody waits for the answer any more. */
  get isOver(): boolean {
    return this.#over !== undefined
  }

  /** A request of the gateway's own on behalf of this one; it ends when this one does. */
  derive(made: {
    method: string
    rawPath: string
    path: string
    search: string
    headers: HeaderList
    body: ReadableStream<Uint8Array> | null
    websocket?: TunnelLimits | undefined
  }): Exchange {
    const { id, scheme, host, client, proxies, origin } = this
    const child = new Exchange({ ...made, id, scheme, host, client, proxies, origin })
    child.route = this.route
    child.identity = this.identity
    child.trace = this.trace
    child.span = this.span
    child.#params = this.#params
    child.answerHeaders = this.answerHeaders
    child.websocket = made.websocket
    child.deadline = this.deadline
    this.whenOver((reason) => child.end(reason))
    return child
  }

  /** The parameters for a user's function, unescaped; what is no escaped text stays as it is. */
  decodedParams(): Record<string, string> {
    return Object.fromEntries([...this.params].map(([name, value]) => [name, decoded(value)]))
  }

  /** The exchange as a web `Request`, for a user's function. */
  toRequest(): Request {
    const made: RequestInit = { method: this.method, headers: this.headers.toWeb() }
    if (this.body !== null) made.body = this.body
    return new Request(`${this.scheme}://${this.host}${this.rawPath}${this.search}`, made)
  }
}

const none: { readonly params: ReadonlyMap<string, string> } = { params: new Map() }

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
