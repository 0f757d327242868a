import type { Reply } from "../../core/reply.ts"

/** What passed of a body. */
export interface Passed {
  readonly bytes: number
  /** The pieces that were kept; undefined where there were more than may be. */
  readonly pieces: readonly Uint8Array[] | undefined
}

/** What is to be known of a body. */
export interface Tap {
  /** How many bytes may be kept; 0 to keep none. */
  readonly keep: number
  /** What is kept is the end of it, and not all or nothing. */
  readonly tail: boolean
  /** Called once, when the body has ended, however it did. */
  told(passed: Passed): void
}

/** Looks at the body of a reply as it passes. */
export function tapped(reply: Reply, tap: Tap): void {
  const { body } = reply
  if (body instanceof ReadableStream) {
    reply.body = tappedStream(body, tap)
    return
  }
  const bytes = typeof body === "string" ? Buffer.byteLength(body) : (body?.byteLength ?? 0)
  const pieces = tap.keep === 0 || body === null ? [] : [typeof body === "string" ? Buffer.from(body) : body]
  tap.told({ bytes, pieces: bytes > tap.keep && tap.keep > 0 ? undefined : pieces })
}

function tappedStream(stream: ReadableStream<Uint8Array>, { keep, tail, told }: Tap): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  let bytes = 0
  let kept = 0
  let pieces: Uint8Array[] | undefined = []
  let open = true

  function look(piece: Uint8Array): void {
    bytes += piece.byteLength
    if (keep === 0 || !pieces) return
    pieces.push(piece)
    kept += piece.byteLength
    if (kept <= keep) return
    if (!tail) pieces = undefined
    else while (pieces.length > 1 && kept > keep) kept -= pieces.shift()?.byteLength ?? 0
  }

  function end(): void {
    if (open) told({ bytes, pieces })
    open = false
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // Only now, so that a stream that nobody asked for stays free for somebody else.
        reader ??= stream.getReader()
        try {
          const { done, value } = await reader.read()
          if (!open) return
          if (done) {
            end()
            return controller.close()
          }
          look(value)
          controller.enqueue(value)
        } catch (error) {
          end()
          controller.error(error)
        }
      },
      async cancel(reason) {
        end()
        await (reader ? reader.cancel(reason) : stream.cancel(reason))
      },
    },
    // Nothing is read ahead of who wants it: what is counted was asked for.
    { highWaterMark: 0 },
  )
}
