import type { Compression, Encoder } from "./encoders.ts"

// How long more of a body may take to come before what is there goes out: a flush for every few bytes would cost more
// than it carries.
const patience = 5

// Larger pieces are taken in parts, so that the reader sets the pace.
const largest = 64 * 1024

/**
 * A body in a content coding, made as it is read. What came is passed on whole when nothing more is there yet: readers
 * see every line of a slow stream. With `opens` that begins before there is any content, for clients that wait for it.
 */
export function compressed(
  body: ReadableStream<Uint8Array>,
  encoder: Encoder,
  opens = false,
): ReadableStream<Uint8Array> {
  let running: { reader: ReadableStreamDefaultReader<Uint8Array>; pieces: AsyncIterator<Uint8Array> } | undefined
  let compression: Compression | undefined
  const begin = (): Compression => (compression = encoder.begin())
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (!running) {
          // Only now, so that a body that nobody asks for costs nothing.
          const reader = body.getReader()
          running = { reader, pieces: piecesOf(reader, encoder, begin, opens) }
        }
        const { reader, pieces } = running
        try {
          const { done, value } = await pieces.next()
          if (!done) return controller.enqueue(value)
          controller.close()
        } catch (error) {
          compression?.destroy()
          reader.cancel(error).catch(() => undefined)
          throw error
        }
      },
      cancel(reason) {
        compression?.destroy()
        return running ? running.reader.cancel(reason) : body.cancel(reason)
      },
    },
    // Nothing is compressed ahead of the reader.
    { highWaterMark: 0 },
  )
}

async function* piecesOf(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  encoder: Encoder,
  begin: () => Compression,
  opens: boolean,
): AsyncGenerator<Uint8Array, void> {
  const first: Uint8Array[] = []
  let size = 0
  let next = reader.read()
  let read = opens ? await soon(next) : await next
  while (read && !read.done && size + read.value.byteLength <= encoder.atOnce) {
    first.push(read.value)
    size += read.value.byteLength
    next = reader.read()
    read = await soon(next)
  }
  // All of it is there, and it is little.
  if (read?.done && size <= encoder.atOnce) return yield encoder.whole(joined(first))

  const compression = begin()
  for (const piece of first) yield* await compression.write(piece)
  for (;;) {
    if (!read) {
      yield* await compression.flush()
      read = await next
    }
    if (read.done) break
    const { value } = read
    for (let at = 0; at < value.byteLength; at += largest)
      yield* await compression.write(value.subarray(at, at + largest))
    next = reader.read()
    read = await soon(next)
  }
  yield* await compression.end()
  compression.destroy()
}

const joined = (pieces: readonly Uint8Array[]): Uint8Array =>
  pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)

/** The outcome, if it is there within a moment; undefined if one would have to wait for it. */
function soon<T>(work: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, patience, undefined)
    work.then(
      (outcome) => {
        clearTimeout(timer)
        resolve(outcome)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}
