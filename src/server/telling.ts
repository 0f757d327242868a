import type { Exchange, Outcome } from "../core/exchange.ts"
import type { Reply } from "../core/reply.ts"

/** Gives what has an answer told of when its body has ended, for listeners that do not see the bytes themselves. */
export function telling(exchange: Exchange): (reply: Reply) => Reply {
  let received = 0
  if (exchange.body !== null) exchange.body = seen(exchange.body, (bytes) => void (received += bytes))
  return (reply) => {
    const { ending } = exchange
    if (!ending) return reply
    const { status, body } = reply
    const answered = performance.now()
    const end = (sent: number, outcome: Outcome): void =>
      ending.ended(exchange, status, answered, received, sent, outcome)
    if (body instanceof ReadableStream) {
      let sent = 0
      reply.body = seen(
        body,
        (bytes) => void (sent += bytes),
        (outcome) => end(sent, outcome),
      )
    } else end(body === null ? 0 : Buffer.byteLength(body), "whole")
    return reply
  }
}

/** The same stream; says how much passes, and once how it ended: to its end, by a failure, or because nobody wants more. */
function seen(
  stream: ReadableStream<Uint8Array>,
  passed: (bytes: number) => void,
  ended: (outcome: Outcome) => void = () => undefined,
): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  let open = true
  const end = (outcome: Outcome): void => {
    if (open) ended(outcome)
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
            controller.close()
            return end("whole")
          }
          passed(value.byteLength)
          controller.enqueue(value)
        } catch (error) {
          controller.error(error)
          end("cut")
        }
      },
      cancel(reason) {
        end("gone")
        return reader ? reader.cancel(reason) : stream.cancel(reason)
      },
    },
    // Nothing is read ahead of who wants it.
    { highWaterMark: 0 },
  )
}
