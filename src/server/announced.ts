// A comment: clients pass over it.
const comment = new TextEncoder().encode(":\n")

// When the first event is as good as there, it speaks for itself.
const patience = 10

/**
 * A stream of events that begins with a comment when nothing happens at first: Bun keeps back the end of a head until
 * there is a body, and clients would wait for the stream to open until its first event.
 */
export function announced(events: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const reader = events.getReader()
  let first: ReturnType<typeof reader.read> | undefined
  let begun = false
  let commented = false
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (!begun) {
          begun = true
          first = reader.read()
          if (!(await Promise.race([first, Bun.sleep(patience)]))) {
            commented = true
            return controller.enqueue(comment)
          }
        }
        const isFirst = first !== undefined
        const { done, value } = await (first ?? reader.read())
        first = undefined
        if (done) controller.close()
        else controller.enqueue(isFirst && commented ? withoutMark(value) : value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    // Nothing is read ahead of the client.
    { highWaterMark: 0 },
  )
}

// The mark of UTF-8 is one only where a stream begins.
const withoutMark = (piece: Uint8Array): Uint8Array =>
  piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf ? piece.subarray(3) : piece
