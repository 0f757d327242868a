import { discard } from "../core/discard.ts"
import { Exchange } from "../core/exchange.ts"
import { definePolicy } from "../core/part.ts"
import { about, object, optional } from "../core/schema.ts"
import { checkService, serviceName } from "../core/service-name.ts"
import { size } from "../core/units.ts"
import { integer } from "../core/values.ts"

// How long a mirrored request may take until its answer begins.
const longest = 10_000

// At least this long between two lines of the log.
const silence = 60_000

/** Sends copies of requests to another service, whose answers nobody gets. */
export const mirror = definePolicy({
  name: "mirror",
  about: "Sends a copy of each request to another service and drops its answer; the client notices nothing.",
  options: object({
    service: about("The service that gets the copies.", serviceName),
    share: about("Out of 100 requests, how many are copied.", optional(integer(1, 100), 100)),
    bodyLimit: about("Requests with a larger body are not copied.", optional(size(), "64kb")),
  }),
  check({ service }, known, path, report) {
    checkService(service, known, [...path, "service"], report)
  },
  uses: ({ service }) => [service],
  create({ service, share, bodyLimit }, tools) {
    const answer = tools.service(service)
    let silentUntil = Number.NEGATIVE_INFINITY

    const failed = (error: unknown): void => {
      const now = performance.now()
      if (now < silentUntil) return
      silentUntil = now + silence
      const reason = error instanceof Error ? error.message : String(error)
      tools.log.warn(`Cannot mirror to service "${service}", told once a minute at most: ${reason}`)
    }

    const answered = async (copy: Exchange): Promise<void> => discard(await answer(copy))

    const send = async (copy: Exchange): Promise<void> => {
      copy.limit(longest)
      try {
        await copy.unlessOver(answered(copy))
      } catch (error) {
        failed(error)
      } finally {
        copy.settled()
      }
    }

    return (next) => (exchange) => {
      const declared = Number(exchange.headers.get("content-length"))
      if (exchange.websocket || declared > bodyLimit || Math.random() * 100 >= share) return next(exchange)
      const headers = exchange.headers.copy()
      const { body } = exchange
      const copied = body && Promise.withResolvers<ReadableStream<Uint8Array>>()
      if (copied) exchange.body = body.pipeThrough(copying(bodyLimit, copied.resolve))
      const reply = next(exchange)
      // Only now, because the target rewrites the path; and not derived, because it stays when the client leaves.
      const made = { ...exchange, headers, origin: undefined }
      const mirrored = (whole: ReadableStream<Uint8Array> | null): void => {
        const copy = new Exchange({ ...made, body: whole })
        copy.params = exchange.params
        void send(copy)
      }
      if (copied) void copied.promise.then(mirrored)
      else mirrored(null)
      return reply
    }
  },
})

/** Lets a body through, and hands over a copy when it ended whole within the limit. */
function copying(
  limit: number,
  ended: (copy: ReadableStream<Uint8Array>) => void,
): TransformStream<Uint8Array, Uint8Array> {
  let pieces: Uint8Array[] = []
  let passed = 0
  return new TransformStream({
    transform(piece, controller) {
      passed += piece.byteLength
      if (passed <= limit) pieces.push(piece)
      else pieces = []
      controller.enqueue(piece)
    },
    flush() {
      if (passed <= limit) ended(streamOf(pieces))
    },
  })
}

const streamOf = (pieces: readonly Uint8Array[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece)
      controller.close()
    },
  })
