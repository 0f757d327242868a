import { relief } from "./relief.ts"

/** What the pieces of a body come from: it can be told to wait. */
export interface Source {
  pause(): void
  resume(): void
  /** Nobody reads the body any more. */
  abandon(): void
}

// What may wait in memory for a slow reader before the other side is told to wait.
const enough = 256 * 1024

/** A body on its way in: pieces are handed on as the reader asks for them. */
export class BodyIn {
  readonly stream: ReadableStream<Uint8Array>
  readonly #source: Source
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  readonly #relieve = relief()
  #paused = false
  #over = false

  /** `held`: the source waits until somebody reads. */
  constructor(source: Source, first: readonly Uint8Array[], held = false) {
    this.#source = source
    this.#paused = held
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
          for (const piece of first) controller.enqueue(piece)
        },
        pull: () => this.#resume(),
        cancel: () => {
          if (this.#over) return
          this.#over = true
          source.abandon()
        },
      },
      { highWaterMark: held ? 0 : enough, size: (piece) => piece?.byteLength ?? 0 },
    )
  }

  /** The source was told to wait. */
  get paused(): boolean {
    return this.#paused
  }

  push(piece: Uint8Array): void {
    if (this.#over) return
    this.#relieve(piece.byteLength)
    this.#controller?.enqueue(piece)
    if ((this.#controller?.desiredSize ?? 1) > 0 || this.#paused) return
    this.#paused = true
    this.#source.pause()
  }

  end(): void {
    if (this.#over) return
    // The connection goes to somebody else, who would wait for a paused one for ever.
    this.#resume()
    this.#over = true
    this.#controller?.close()
  }

  /** Breaks the body off: the client must not take it for whole. */
  fail(error: Error): void {
    if (this.#over) return
    this.#over = true
    this.#controller?.error(error)
  }

  #resume(): void {
    if (!this.#paused || this.#over) return
    this.#paused = false
    this.#source.resume()
  }
}
