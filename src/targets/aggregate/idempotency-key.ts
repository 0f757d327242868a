import { GatewayError } from "../../core/errors.ts"
import type { Exchange } from "../../core/exchange.ts"
import type { Handler } from "../../core/handler.ts"
import type { Tools } from "../../core/part.ts"
import { callSuffixes } from "./call-suffixes.ts"
import { isSafe } from "./call.ts"

// Bare, as most payment services have it, or a quoted string as in draft-ietf-httpapi-idempotency-key-header.
const letter = "[\\x21\\x23-\\x5b\\x5d-\\x7e]"
const shape = new RegExp(`^(?:"(${letter}{1,255})"|(${letter}{1,255}))$`)

// Names of parts may be anything; `%` too, so that no two of them become one.
const unsuitable = /[^\x21\x23\x24\x26-\x5b\x5d-\x7e]/gu

const longest = 255

/** The key that a client sent, out of its quotes; undefined when there is none. */
export function clientKey({ headers }: Exchange, header: string): string | undefined {
  const lines = headers.all(header)
  if (lines.length === 0) return undefined
  const [, quoted, bare] = lines.length === 1 ? (shape.exec(lines[0] as string) ?? []) : []
  const key = quoted ?? bare
  if (key !== undefined) return key
  throw new GatewayError(
    "idempotency_key_invalid",
    `Send one "${header}" of 1 to 255 visible ASCII letters, without quotes and backslashes inside.`,
  )
}

/** The key of one of several calls to the same service: the client's with a name behind it, in quotes if that was. */
export function derivedKey(sent: string, name: string): string {
  const quote = sent.startsWith('"') ? '"' : ""
  const value = `${quote ? sent.slice(1, -1) : sent}-${name.toWellFormed().replace(unsuitable, encodeURIComponent)}`
  if (value.length <= longest) return quote + value + quote
  return quote + new Bun.CryptoHasher("sha256").update(value).digest("hex") + quote
}

/** What the unsafe calls of an exchange came to, as far as is known. */
export interface Effects {
  /** A service was asked to do something. */
  asked: boolean
  /** One did it, or may have. */
  done: boolean
}

interface Watched extends Effects {
  underWay: number
}

const watched = new WeakMap<Exchange, Watched>()

/** Looks at the unsafe calls of an exchange from now on; gives what they came to so far. */
export function watchEffects(exchange: Exchange): () => Effects {
  const effects: Watched = { asked: false, done: false, underWay: 0 }
  watched.set(exchange, effects)
  return () => ({ asked: effects.asked, done: effects.done || effects.underWay > 0 })
}

/** Hands services to a part whose unsafe calls carry the key of their exchange, with a name of their own if one is given. */
export const keyedTools = (tools: Tools, header: string, name?: string): Tools => ({
  ...tools,
  service: (service) => keyed(tools.service(service), header, name),
})

function keyed(answer: Handler, header: string, name: string | undefined): Handler {
  return async (exchange) => {
    const { origin, headers } = exchange
    const key = origin.headers.get(header)
    headers.delete(header)
    if (isSafe(exchange.method)) return answer(exchange)
    const own = name === undefined ? undefined : name + (callSuffixes.get(exchange) ?? "")
    if (key !== undefined) headers.set(header, own === undefined ? key : derivedKey(key, own))
    const effects = watched.get(origin)
    if (!effects) return answer(exchange)
    effects.asked = true
    effects.underWay++
    try {
      const reply = await answer(exchange)
      if (reply.status < 400) effects.done = true
      return reply
    } catch (error) {
      if (!isUndone(error)) effects.done = true
      throw error
    } finally {
      effects.underWay--
    }
  }
}

// Without an answer nobody knows, unless the request never left.
const isUndone = (error: unknown): boolean =>
  error instanceof GatewayError && (!error.sent || error.code === "unavailable" || error.code === "mock_not_found")
