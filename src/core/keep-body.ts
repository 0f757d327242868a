/** A body that is kept while it is sent, so that it can be sent again. */
export interface KeptBody {
  /** False: more came than is kept, so there will be no second time. */
  readonly whole: boolean
  /** The body from its beginning; a stream given before goes no further. */
  stream(): ReadableStream<Uint8Array>
  /** Keeps nothing more: the stream given last is the last one. */
  settle(): void
}

const standardLimit = 1024 * 1024

/** Keeps a body in memory as far as the limit allows; what is behind that flows through. */
export function keepBody(body: ReadableStream<Uint8Array>, limit = standardLimit): KeptBody {
  const pieces: Uint8Array[] = []
  let size = 0
  let again = true
  let ended = false
  let given = 0
  let unwanted = false
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  let reading: Promise<void> | undefined

  // One read for all: what a stream that goes no further asked for belongs to the one after it.
  const more = (): Promise<void> => {
    reader ??= body.getReader()
    reading ??= reader.read().then(({ done, value }) => {
      reading = undefined
      ended = done
      if (done) return
      pieces.push(value)
      size += value.byteLength
      if (size > limit) again = false
    })
    return reading
  }

  const cancel = (reason?: unknown): Promise<void> => (reader ? reader.cancel(reason) : body.cancel(reason))

  return {
    get whole() {
      return again
    },
    stream() {
      if (!again && given > 0) throw new Error("The body was not kept: it cannot be sent again.")
      const number = ++given
      unwanted = false
      let at = 0
      return new ReadableStream(
        {
          async pull(controller) {
            while (number === given && at >= pieces.length && !ended) await more()
            if (number !== given) return
            const piece = pieces[at++]
            if (!again) at -= pieces.splice(0, at).length
            if (piece) controller.enqueue(piece)
            else controller.close()
          },
          cancel(reason) {
            if (number !== given) return undefined
            unwanted = true
            return again ? undefined : cancel(reason)
          },
        },
        // Nothing is read ahead of the service.
        { highWaterMark: 0 },
      )
    },
    settle() {
      again = false
      if (unwanted) cancel().catch(() => undefined)
    },
  }
}
