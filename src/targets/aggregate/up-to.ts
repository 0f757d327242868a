import { bytesOf, type ReplyBody } from "../../core/reply.ts"

/** A body as bytes when it is no larger than the limit; otherwise as a stream of all of it. */
export async function upTo(
  body: ReplyBody,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>> {
  if (!(body instanceof ReadableStream)) {
    const bytes = new Uint8Array((await bytesOf(body, Number.POSITIVE_INFINITY)) ?? [])
    return bytes.byteLength > limit ? new Blob([bytes]).stream() : bytes
  }
  const reader = body.getReader()
  const pieces: Uint8Array[] = []
  for (let size = 0; size <= limit;) {
    const { done, value } = await reader.read()
    if (done) return new Uint8Array(Buffer.concat(pieces))
    pieces.push(value)
    size += value.byteLength
  }
  return new ReadableStream(
    {
      async pull(controller) {
        const piece = pieces.shift() ?? (await reader.read()).value
        if (piece) controller.enqueue(piece)
        else controller.close()
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}
