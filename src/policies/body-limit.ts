import { GatewayError } from "../core/errors.ts"
import { definePolicy } from "../core/part.ts"
import type { Reply } from "../core/reply.ts"
import { size } from "../core/units.ts"

/** Refuses request bodies above a size, before or while they arrive. */
export const bodyLimit = definePolicy({
  name: "bodyLimit",
  stateless: true,
  about: 'The largest request body that passes, such as "10mb".',
  options: size(),
  create(limit) {
    const tooLarge = (): GatewayError => new GatewayError("body_too_large", `The body is larger than ${limit} bytes.`)
    return (next) => async (exchange) => {
      if (exchange.body === null) return next(exchange)
      const declared = exchange.headers.get("content-length") ?? ""
      // Anything but digits is no length, and a body in chunks ends where it likes: those are counted.
      if (/^\d+$/.test(declared) && !exchange.headers.has("transfer-encoding")) {
        if (Number(declared) > limit) throw tooLarge()
        return next(exchange)
      }
      let passed = 0
      exchange.body = exchange.body.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, controller) {
            passed += chunk.byteLength
            if (passed > limit) throw tooLarge()
            controller.enqueue(chunk)
          },
        }),
      )
      let reply: Reply
      try {
        reply = await next(exchange)
      } catch (error) {
        // Whoever read the broken body reports it in words of its own.
        throw passed > limit ? tooLarge() : error
      }
      if (passed <= limit) return reply
      // Somebody made an answer in spite of the broken body.
      if (reply.body instanceof ReadableStream) void reply.body.cancel()
      throw tooLarge()
    }
  },
})
