import { discard } from "../../core/discard.ts"
import { GatewayError } from "../../core/errors.ts"
import type { Exchange } from "../../core/exchange.ts"
import type { Handler } from "../../core/handler.ts"
import type { Reply, ReplyBody } from "../../core/reply.ts"

/** What the gateway answered to a request of a batch, with all of its body; undefined when there is none. */
export interface Answered {
  readonly reply: Reply
  readonly body: Uint8Array | undefined
}

const bodiless = new Set([204, 205, 304])

/** Asks the gateway and reads its whole answer; fails when the exchange is over or `take` refuses bytes. */
export async function askGateway(
  gateway: Handler,
  exchange: Exchange,
  take: (bytes: number) => Promise<boolean>,
): Promise<Answered> {
  const answer = Promise.resolve(gateway(exchange))
  const reply = await exchange.unlessOver(answer).catch((error: unknown) => {
    // Nobody waits any more for what still comes.
    answer.then(discard, () => undefined)
    throw error
  })
  if (exchange.method === "HEAD" || bodiless.has(reply.status)) {
    discard(reply)
    return { reply, body: undefined }
  }
  return { reply, body: await exchange.unlessOver(collect(reply.body, exchange, take)) }
}

async function collect(
  body: ReplyBody,
  exchange: Exchange,
  take: (bytes: number) => Promise<boolean>,
): Promise<Uint8Array | undefined> {
  if (body === null) return undefined
  const whole = typeof body === "string" ? Buffer.from(body) : body
  if (whole instanceof Uint8Array) {
    if (await take(whole.byteLength)) return whole
    throw tooLarge()
  }
  const reader = whole.getReader()
  exchange.whenOver((reason) => void reader.cancel(reason).catch(() => undefined))
  const pieces: Uint8Array[] = []
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return Buffer.concat(pieces)
      if (!(await take(value.byteLength))) throw tooLarge()
      pieces.push(value)
    }
  } catch (error) {
    reader.cancel(error).catch(() => undefined)
    if (error instanceof GatewayError) throw error
    throw new GatewayError("bad_upstream", "The answer broke off.", { cause: error })
  }
}

/** What stands in for an answer that the batch has no room for. */
export const tooLarge = (): GatewayError =>
  new GatewayError("answer_too_large", "The answers of the batch are larger together than allowed.")
