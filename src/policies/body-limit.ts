import { GatewayError } from "../core/errors.ts"
import { definePolicy } from "../core/part.ts"
import { size } from "../core/units.ts"

/** Refuses request bodies above a size, before or while they arrive. */
export const bodyLimit = definePolicy({
  name: "bodyLimit",
  about: 'The largest request body that passes, such as "10mb".',
  options: size(),
  create(limit) {
    const tooLarge = (): GatewayError => new GatewayError("body_too_large", `The body is larger than ${limit} bytes.`)
    return (next) => async (exchange) => {
      if (exchange.body === null) return next(exchange)
      const declared = exchange.headers.get("content-length")
      if (declared !== undefined) {
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
      try {
        return await next(exchange)
      } catch (error) {
        // Whoever read the broken body reports it in words of its own.
        throw passed > limit ? tooLarge() : error
      }
    }
  },
})
