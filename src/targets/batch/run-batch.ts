import { GatewayError } from "../../core/errors.ts"
import type { Exchange } from "../../core/exchange.ts"
import type { Handler } from "../../core/handler.ts"
import type { Tools } from "../../core/part.ts"
import { answerText } from "./answer-text.ts"
import { askGateway, tooLarge } from "./ask-gateway.ts"
import type { Wanted } from "./read-batch.ts"
import { requestOf } from "./request.ts"
import { room } from "./room.ts"

/** What batches are carried out with. */
export interface BatchGround {
  readonly gateway: Handler
  readonly problem: Tools["problem"]
  readonly inherited: readonly string[]
  readonly concurrency: number
  readonly maxAnswers: number
}

/** A batch under way. */
export interface Run {
  /** Settles when every request has its entry; with the reason, if nobody waits for them any more. */
  readonly finished: Promise<Error | undefined>
  /** The entry of a request, as JSON on one line, once all are done or it was told. */
  entry(place: number): string
  /** Ends what is under way, and begins nothing more. */
  end(reason: Error): void
}

/**
 * Asks the gateway for every request, in their order and several at a time. Where entries are sent as they come, `told`
 * hears of each; otherwise which of them have room is decided in their order.
 */
export function runBatch(
  outer: Exchange,
  wanted: readonly Wanted[],
  { gateway, problem, inherited, concurrency, maxAnswers }: BatchGround,
  told?: (place: number) => void,
): Run {
  const shared = room(maxAnswers, wanted.length, told === undefined)
  const exchanges: Exchange[] = []
  const entries: string[] = []
  let over: Error | undefined
  let next = 0

  const end = (reason: Error): void => {
    if (over) return
    over = reason
    for (const exchange of exchanges) exchange?.end(reason)
  }

  const nameOf = (place: number): { id: string | number; index?: number } => {
    const id = wanted[place]?.id ?? place
    return told ? { index: place, id } : { id }
  }

  const failed = (place: number, error: unknown): string => {
    const nothing = { id: `${outer.id}-${place + 1}`, method: outer.method, path: outer.path, answerHeaders: [] }
    const reply = problem(error, exchanges[place] ?? nothing)
    return answerText(nameOf(place), reply, Buffer.from(String(reply.body)))
  }

  const answered = async (place: number, { fields }: Wanted): Promise<string> => {
    try {
      const exchange = requestOf(fields, place + 1, outer, inherited)
      exchanges[place] = exchange
      if (over) throw over
      const { reply, body } = await askGateway(gateway, exchange, (bytes) => shared.take(place, bytes))
      return answerText(nameOf(place), reply, body)
    } catch (error) {
      shared.drop(place)
      return failed(place, error)
    } finally {
      exchanges[place]?.settled()
      shared.settle(place)
    }
  }

  const work = async (): Promise<void> => {
    // Those that time has run out for get their entries too.
    while (next < wanted.length && (!over || isTimeout(over))) {
      const place = next++
      entries[place] = await answered(place, wanted[place] as Wanted)
      told?.(place)
    }
  }

  outer.whenOver(end)
  const workers = Array.from({ length: Math.min(concurrency, wanted.length) }, work)
  return {
    finished: Promise.all(workers).then(() => (over && !isTimeout(over) ? over : undefined)),
    entry: (place) => (shared.fits(place) ? (entries[place] ?? "") : failed(place, tooLarge())),
    end,
  }
}

const isTimeout = (reason: Error): boolean => reason instanceof GatewayError && reason.code === "timeout"
