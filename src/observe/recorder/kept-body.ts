import type { ReplyBody } from "../../core/reply.ts"

/** Says whether there is room for so many bytes more, and takes them if there is. */
export type Room = (bytes: number) => boolean

const nothing: readonly Uint8Array[] = []

/** The beginning of a body, in the pieces that it came in. */
export class KeptBody {
  #pieces: Uint8Array[] | undefined
  /** Bytes that are kept. */
  kept = 0
  /** Bytes that passed. */
  size = 0
  /** Nothing more comes: what passed is all there is of it. */
  ended = false
  #closed = false

  get pieces(): readonly Uint8Array[] {
    return this.#pieces ?? nothing
  }

  /** All of it is here. */
  get whole(): boolean {
    return this.ended && this.kept === this.size
  }

  /** The kept bytes as one. */
  bytes(): Uint8Array {
    const { pieces } = this
    return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces)
  }

  /** A piece passes: as much of it is kept as the limit and the room allow. */
  take(piece: Uint8Array, limit: number, room: Room): void {
    // What came behind a gap is not kept: it would look as if there were none.
    const fits = this.kept < this.size ? 0 : Math.min(piece.byteLength, limit - this.kept)
    this.size += piece.byteLength
    if (fits <= 0 || this.#closed || !room(fits)) return
    // A copy, because a piece may be a small window into a large buffer, and whoever reads it may change it. Not by slice():
    // that of a Buffer copies nothing.
    this.#keep(new Uint8Array(piece.subarray(0, fits)))
  }

  /** A body that was there all at once. */
  takeAll(body: Exclude<ReplyBody, ReadableStream>, limit: number, room: Room): void {
    if (body !== null) this.take(typeof body === "string" ? Buffer.from(body) : body, limit, room)
    this.ended = true
  }

  /** Keeps nothing more: its weight is known. */
  close(): void {
    this.#closed = true
  }

  #keep(piece: Uint8Array): void {
    if (this.#pieces) this.#pieces.push(piece)
    else this.#pieces = [piece]
    this.kept += piece.byteLength
  }
}

/** The same stream; each piece is kept as it passes, as far as there is room. */
export function keptStream(
  stream: ReadableStream<Uint8Array>,
  body: KeptBody,
  limit: number,
  room: Room,
): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // Only now, so that a stream that nobody asked for stays free for somebody else.
        reader ??= stream.getReader()
        try {
          const { done, value } = await reader.read()
          if (done) {
            body.ended = true
            return controller.close()
          }
          // Streams of a config's own code may bring texts; whoever sends them makes bytes of them, and refuses the rest.
          if (value instanceof Uint8Array) body.take(value, limit, room)
          else if (typeof value === "string") body.take(Buffer.from(value), limit, room)
          controller.enqueue(value)
        } catch (error) {
          controller.error(error)
        }
      },
      cancel: (reason) => (reader ? reader.cancel(reason) : stream.cancel(reason)),
    },
    // Nothing is read ahead of who wants it.
    { highWaterMark: 0 },
  )
}
