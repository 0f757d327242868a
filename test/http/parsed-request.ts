import { RequestError, type RequestHead, RequestParser } from "../../src/http/request-parser.ts"

/** One request as a parser told it, or as it should; every byte is one letter (latin1). */
export interface ToldRequest extends RequestHead {
  body: string
  /** It came to its end. */
  whole: boolean
}

/** What a parser told about a connection. */
export interface Told {
  requests: ToldRequest[]
  /** The status of what it threw. */
  refused: number | undefined
}

/** What came of a connection in a word or two, for those who look whether it is open for the next request. */
export type Standing = "idle" | "under way" | "refused"

/** A parser whose events are written down, and which goes on to the next request at once; events out of place fail the test. */
export class Listening {
  readonly told: Told = { requests: [], refused: undefined }
  readonly messages: string[] = []
  #open: ToldRequest | undefined
  readonly parser = new RequestParser({
    head: (head) => {
      if (this.#open) throw new Error("A head before the end of the request before.")
      this.#open = { ...head, body: "", whole: false }
      this.told.requests.push(this.#open)
    },
    body: (piece) => {
      if (!this.#open) throw new Error("A body out of place.")
      if (piece.byteLength === 0) throw new Error("A piece of nothing.")
      this.#open.body += Buffer.from(piece).toString("latin1")
    },
    end: () => {
      if (!this.#open) throw new Error("An end without a head.")
      if (!this.parser.whole) throw new Error("An end that is not whole.")
      this.#open.whole = true
      this.#open = undefined
    },
  })

  push(piece: string): void {
    this.#noting(() => this.parser.push(Buffer.from(piece, "latin1")))
    this.next()
  }

  /** Takes what waits, request by request. */
  next(): void {
    while (this.parser.whole && this.told.refused === undefined) this.#noting(() => this.parser.next())
  }

  get standing(): Standing {
    return this.told.refused === undefined ? (this.parser.idle ? "idle" : "under way") : "refused"
  }

  #noting(act: () => void): void {
    if (this.told.refused !== undefined) return
    try {
      act()
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      this.told.refused = error.status
      this.messages.push(error.message)
    }
  }
}

/** What a new parser tells about these pieces. */
export function listeningTo(pieces: readonly string[]): Listening {
  const listening = new Listening()
  for (const piece of pieces) listening.push(piece)
  return listening
}

/** The bytes whole, byte by byte, and in two at every place; where they are long, at every place where something may happen. */
export function* splits(bytes: string, edges: readonly number[] = []): IterableIterator<string[]> {
  yield [bytes]
  yield [...bytes]
  const near = (at: number): boolean =>
    at < 80 || at > bytes.length - 80 || at % 499 === 0 || edges.some((edge) => Math.abs(at - edge) < 8)
  for (let at = 1; at < bytes.length; at++)
    if (bytes.length < 1500 || near(at)) yield [bytes.slice(0, at), bytes.slice(at)]
}
