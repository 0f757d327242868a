import { ResponseError, ResponseParser } from "../../src/http/response-parser.ts"

/** What a parser told about one response; every byte is one letter (latin1). */
export interface Told {
  status: number | undefined
  lines: string[]
  body: string
  /** How often it said that the response ended. */
  ends: number
  /** What it threw. */
  refused: string | undefined
  reusable: boolean
}

/** A parser whose events are written down; anything but a ResponseError fails the test. */
export class Listening {
  told: Told = none()
  readonly parser = new ResponseParser({
    head: (head) => {
      if (this.told.status !== undefined || this.told.ends > 0) throw new Error("A second head.")
      this.told.status = head.status
      this.told.lines = head.lines
    },
    body: (piece) => {
      if (this.told.status === undefined || this.told.ends > 0) throw new Error("A body out of place.")
      this.told.body += Buffer.from(piece).toString("latin1")
    },
    end: () => {
      if (this.told.status === undefined) throw new Error("An end without a head.")
      this.told.ends++
    },
  })

  expect(method: string): void {
    this.told = none()
    this.parser.expect(method)
  }

  push(piece: string): void {
    this.#noting(() => this.parser.push(Buffer.from(piece, "latin1")))
  }

  close(): void {
    this.#noting(() => this.parser.close())
  }

  #noting(act: () => void): void {
    if (this.told.refused !== undefined) return
    try {
      act()
    } catch (error) {
      if (!(error instanceof ResponseError)) throw error
      this.told.refused = error.message
    }
    this.told.reusable = this.parser.reusable && this.parser.idle
  }
}

/** What a new parser tells about these pieces, and about the end of the connection behind them. */
export function toldOf(pieces: readonly string[], method = "GET", closes = false): Told {
  const listening = new Listening()
  listening.expect(method)
  for (const piece of pieces) listening.push(piece)
  if (closes) listening.close()
  return listening.told
}

/** The bytes whole, byte by byte, and in two at every place. */
export function* splits(bytes: string): IterableIterator<string[]> {
  yield [bytes]
  yield [...bytes]
  for (let at = 1; at < bytes.length; at++) yield [bytes.slice(0, at), bytes.slice(at)]
}

/** The bytes in pieces of so many. */
export const pieces = (bytes: string, size: number): string[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.slice(index * size, (index + 1) * size))

const none = (): Told => ({
  status: undefined,
  lines: [],
  body: "",
  ends: 0,
  refused: undefined,
  reusable: false,
})
