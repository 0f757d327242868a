import type { Exchange } from "../../../src/core/exchange.ts"
import type { Reply } from "../../../src/core/reply.ts"
import type { Answer } from "../../support/exchange.ts"
import { type Asked, exchange } from "../../support/exchange.ts"
import { aggregating } from "./aggregating.ts"

/** What a client reads of a streamed answer, piece by piece as they come. */
export interface Reading {
  /** The next piece; undefined at the end. */
  next(): Promise<string | undefined>
  /** All that is left, without the times that it tells. */
  rest(): Promise<string>
  leave(): Promise<void>
}

/** Reads the body of a reply. */
export function reading({ body }: Reply): Reading {
  if (!(body instanceof ReadableStream)) throw new Error("The answer does not stream.")
  const reader = body.getReader()
  const next = async (): Promise<string | undefined> => {
    const { done, value } = await reader.read()
    return done
      ? undefined
      : Buffer.from(value)
          .toString()
          .replaceAll(/"ms":\d+/g, '"ms":0')
  }
  return {
    next,
    async rest() {
      let text = ""
      for (let piece = await next(); piece !== undefined; piece = await next()) text += piece
      return text
    },
    leave: () => reader.cancel(),
  }
}

/** An aggregate that streams, as a client sees it. */
export function streaming(route: object, services: Readonly<Record<string, Answer>>) {
  const made = aggregating({ stream: "ndjson", ...route }, services)
  const begin = async (asked: Asked | Exchange = {}): Promise<Reply & Reading> => {
    const reply = await made.handle("unlessOver" in asked ? asked : exchange(asked))
    return { ...reply, ...reading(reply) }
  }
  return { ...made, begin }
}

/** The values of the lines of a text. */
export const linesOf = (text: string): unknown[] =>
  text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown)
