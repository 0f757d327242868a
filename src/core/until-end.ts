/**
 * The same stream; calls back once, when it has ended (whole), or failed or is no longer wanted (not whole). What still goes
 * on behind a stream that nobody wants is over by then.
 */
export function untilEnd(
  stream: ReadableStream<Uint8Array>,
  ended: (whole: boolean) => void,
): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  let open = true
  const end = (whole: boolean): void => {
    if (open) ended(whole)
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
          if (!done) return controller.enqueue(value)
          controller.close()
          end(true)
        } catch (error) {
          controller.error(error)
          end(false)
        }
      },
      async cancel(reason) {
        open = false
        try {
          await (reader ? reader.cancel(reason) : stream.cancel(reason))
        } finally {
          ended(false)
        }
      },
    },
    // Nothing is read ahead of who wants it.
    { highWaterMark: 0 },
  )
}
