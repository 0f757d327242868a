import { HeaderList } from "../http/header-list.ts"

/** One request on its way through: who asks, from where, for what. Made once, at the door. */
export class Exchange {
  /** Names this exchange in answers, logs and upstream requests. */
  id: string
  readonly method: string
  readonly scheme: "http" | "https"
  readonly host: string
  /** The path as the client wrote it, or as a target rewrote it. */
  rawPath: string
  /** The path that routing and every rule go by. */
  readonly path: string
  /** The query as the client wrote it, with its question mark, or nothing. */
  readonly search: string
  readonly headers: HeaderList
  /** Address of the client. */
  readonly client: string
  body: ReadableStream<Uint8Array> | null
  /** What the route's `:name` and `*` stand for, still escaped. */
  params: ReadonlyMap<string, string> = none

  readonly #signal: AbortSignal | undefined
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
    body: ReadableStream<Uint8Array> | null
    signal?: AbortSignal | undefined
  }) {
    this.id = made.id
    this.method = made.method
    this.scheme = made.scheme
    this.host = made.host
    this.rawPath = made.rawPath
    this.path = made.path
    this.search = made.search
    this.headers = made.headers
    this.client = made.client
    this.body = made.body
    this.#signal = made.signal
  }

  /** Calls back when nobody waits for the answer any more: the client left, or time is over. */
  whenOver(callback: (reason: Error) => void): void {
    if (this.#over) return callback(this.#over)
    if (this.#whenOver) {
      this.#whenOver.push(callback)
      return
    }
    this.#whenOver = [callback]
    const signal = this.#signal
    if (!signal) return
    const gone = (): void => this.end(new Error("The client went away."))
    if (signal.aborted) gone()
    else signal.addEventListener("abort", gone, { once: true })
  }

  /** Tells everybody who works on this exchange to stop. */
  end(reason: Error): void {
    if (this.#over) return
    this.#over = reason
    for (const callback of this.#whenOver ?? []) callback(reason)
  }

  /** True once nobody waits for the answer any more. */
  get isOver(): boolean {
    return this.#over !== undefined || this.#signal?.aborted === true
  }

  /** A request of the gateway's own on behalf of this one; it ends when this one does. */
  derive(made: {
    method: string
    rawPath: string
    path: string
    search: string
    headers: HeaderList
    body: ReadableStream<Uint8Array> | null
  }): Exchange {
    const child = new Exchange({ ...made, id: this.id, scheme: this.scheme, host: this.host, client: this.client })
    this.whenOver((reason) => child.end(reason))
    return child
  }

  /** The exchange as a web `Request`, for a user's function. */
  toRequest(): Request {
    const made: RequestInit = { method: this.method, headers: this.headers.toWeb() }
    if (this.body !== null) made.body = this.body
    return new Request(`${this.scheme}://${this.host}${this.rawPath}${this.search}`, made)
  }
}

const none: ReadonlyMap<string, string> = new Map()
