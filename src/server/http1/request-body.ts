import { BodyIn } from "../../services/transport/body-in.ts"

// Pieces that came together: above this many they are joined, because each costs more than its bytes.
const crumbs = 8

/** What a body needs of its connection. */
export interface Sender {
  pause(): void
  resume(): void
  /** The client may send the body. */
  invite(): void
}

/** The body of the request that a client sends now, and who reads it. */
export class RequestBody {
  readonly #sender: Sender
  #pieces: Uint8Array[] = []
  #in: BodyIn | undefined
  #unwanted = false
  /** The client waits for an invitation, and has not got it. */
  waits = false

  constructor(sender: Sender) {
    this.#sender = sender
  }

  /** Something of it came, and nobody has it yet. */
  get begun(): boolean {
    return this.#pieces.length > 0
  }

  /** The client is not the one who is waited for. */
  get paused(): boolean {
    return this.#in?.paused === true
  }

  push(piece: Uint8Array): void {
    if (!this.#unwanted) this.#pieces.push(piece)
  }

  /** Hands on what came together. */
  flow(): void {
    if (!this.#in || this.#pieces.length === 0) return
    for (const piece of this.#taken()) this.#in.push(piece)
    if (!this.waits) return
    // It did not wait to be invited, so it has to wait for whoever reads.
    this.waits = false
    this.#sender.pause()
  }

  /** It is whole. */
  end(): void {
    this.flow()
    this.#in?.end()
  }

  /** Lets somebody read it; `whole`: nothing more comes. */
  open(whole: boolean): ReadableStream<Uint8Array> {
    const source = {
      pause: () => this.#sender.pause(),
      resume: () => {
        if (this.waits) this.#sender.invite()
        this.waits = false
        this.#sender.resume()
      },
      abandon: () => this.#sender.resume(),
    }
    const made = new BodyIn(source, this.#taken(), this.waits)
    if (whole) made.end()
    else this.#in = made
    return made.stream
  }

  /** Nobody reads it any more: what still comes of it is dropped. */
  drop(error: Error): void {
    this.#unwanted = true
    this.#pieces = []
    this.#in?.fail(error)
    this.#in = undefined
  }

  /** The next request has another one. */
  reset(): void {
    this.#unwanted = false
    this.#in = undefined
    this.waits = false
  }

  #taken(): readonly Uint8Array[] {
    const pieces = this.#pieces
    this.#pieces = []
    return pieces.length > crumbs ? [Bun.concatArrayBuffers(pieces, Number.POSITIVE_INFINITY, true)] : pieces
  }
}
