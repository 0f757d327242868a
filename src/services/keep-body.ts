/** The beginning of a body, kept so that it can be sent again. */
export interface KeptBody {
  /** False: it was too large to keep, and can be sent once only. */
  readonly whole: boolean
  /** The whole body, however much of it was kept. */
  stream(): ReadableStream<Uint8Array>
}

const standardLimit = 1024 * 1024

/** Reads a body into memory as far as the limit allows; what is behind that is left to flow. */
export async function keepBody(body: ReadableStream<Uint8Array>, limit = standardLimit): Promise<KeptBody> {
  const reader = body.getReader()
  const pieces: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return { whole: true, stream: () => streamOf(pieces, undefined) }
    pieces.push(value)
    size += value.byteLength
    if (size > limit) return { whole: false, stream: () => streamOf(pieces, reader) }
  }
}

function streamOf(
  pieces: readonly Uint8Array[],
  rest: ReadableStreamDefaultReader<Uint8Array> | undefined,
): ReadableStream<Uint8Array> {
  let next = 0
  return new ReadableStream({
    async pull(controller) {
      const piece = pieces[next++]
      if (piece) return controller.enqueue(piece)
      const more = await rest?.read()
      if (!more || more.done) controller.close()
      else controller.enqueue(more.value)
    },
    cancel: (reason) => rest?.cancel(reason),
  })
}
