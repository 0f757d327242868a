import { bytesOf } from "../core/reply.ts"
import { durationText } from "../core/units.ts"
import { HeaderList } from "../http/header-list.ts"
import type { Protocol } from "./network-options.ts"
import { Connection, type Incoming, type Outgoing } from "./transport/connection.ts"
import { type Address, dial } from "./transport/dial.ts"
import { dialHttp2 } from "./transport/http2-dial.ts"

/** What a timer can wait at most: beyond it, it would fire at once. */
export const longestTimer = 2 ** 31 - 1

/** A request of the gateway's own: a health check, a question to a registry. */
export interface Question {
  readonly address: Address
  /** Left out: HTTP/1.1. */
  readonly protocol?: Protocol
  readonly host: string
  readonly method: string
  /** Path and query. */
  readonly target: string
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>
  /** How long it may take until its answer is whole. */
  readonly timeout: number
  /** How much of a body is wanted at most: a larger one is a failure. Undefined: it is read and dropped. */
  readonly limit?: number
}

/** The whole answer to a request of the gateway's own. */
export interface Answer {
  readonly status: number
  readonly headers: HeaderList
  readonly body: Uint8Array
}

/** Asks over a connection of its own, which no exchange has to wait for; fails when the answer is not whole in time. */
export async function ask(question: Question, signal: AbortSignal): Promise<Answer> {
  signal.throwIfAborted()
  const { timeout } = question
  const asking = question.protocol === "http2" ? overHttp2(question) : overHttp1(question)
  const over = Promise.withResolvers<never>()
  const stop = (reason: Error): void => {
    asking.stop(reason)
    over.reject(reason)
  }
  const timer = setTimeout(
    () => stop(new Error(`no answer within ${durationText(timeout)}`)),
    Math.min(timeout, longestTimer),
  )
  const aborted = (): void => stop(new Error("nobody waits for the answer any more"))
  signal.addEventListener("abort", aborted, { once: true })
  try {
    return await Promise.race([over.promise, whole(asking.answer, question)])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener("abort", aborted)
    asking.close()
  }
}

/** A question under way, on a connection of its own. */
interface Asking {
  readonly answer: Promise<Incoming>
  stop(reason: Error): void
  /** Also one that has yet to open. */
  close(): void
}

const patient = ({ address, timeout }: Question): Address => ({
  ...address,
  connectTimeout: Math.min(timeout, longestTimer),
})

function overHttp1(question: Question): Asking {
  const connection = new Connection(() => undefined)
  const { method } = question
  const outgoing: Outgoing = { method, head: headOf(question), body: null, length: undefined }
  return {
    answer: dial(connection, patient(question)).then(() => connection.send(outgoing)),
    stop: (reason) => connection.fail(reason),
    close: () => connection.close(),
  }
}

function overHttp2(question: Question): Asking {
  const { method, address, target } = question
  const lines = [...headersOf(question)].flatMap(([name, value]) =>
    name === "host" ? [":authority", value] : [name, value],
  )
  const first = [":method", method, ":scheme", address.tls ? "https" : "http", ":path", target]
  const opening = dialHttp2(patient(question), { freed: () => undefined, left: () => undefined })
  const end = (): void =>
    void opening.then(
      (connection) => connection.abort(),
      () => undefined,
    )
  return {
    answer: opening.then((connection) =>
      connection.book().send({ method, lines: [...first, ...lines], body: null, length: undefined }),
    ),
    stop: end,
    close: end,
  }
}

async function whole(answer: Promise<Incoming>, { limit }: Question): Promise<Answer> {
  const { status, lines, body } = await answer
  const headers = new HeaderList(lines)
  if (limit !== undefined) {
    const bytes = await bytesOf(body, limit)
    if (!bytes) throw new Error(`its answer is larger than ${limit} bytes`)
    return { status, headers, body: bytes }
  }
  if (body instanceof ReadableStream) await body.pipeTo(new WritableStream())
  return { status, headers, body: new Uint8Array() }
}

const headersOf = ({ host, headers }: Question): ReadonlyMap<string, string> =>
  new Map([["host", host], ["user-agent", "bellhop"], ["accept", "*/*"], ...headers])

function headOf(question: Question): string {
  const lines = new Map([...headersOf(question), ["connection", "close"]])
  const text = [
    `${question.method} ${question.target} HTTP/1.1`,
    ...[...lines].map(([name, value]) => `${name}: ${value}`),
  ]
  return `${text.join("\r\n")}\r\n\r\n`
}

const causes: ReadonlyMap<unknown, string> = new Map([
  ["ECONNREFUSED", "connection refused"],
  ["ECONNRESET", "the connection was reset"],
  ["ENOTFOUND", "its name is not known"],
  ["EHOSTUNREACH", "there is no way to its host"],
  ["ENETUNREACH", "there is no way to its network"],
  ["ENOENT", "there is no such socket"],
  ["ETIMEOUT", "no answer from the name server"],
  ["ETIMEDOUT", "no answer"],
  ["ESERVFAIL", "the name server failed"],
  ["EREFUSED", "the name server refused"],
])

/** What went wrong, in the middle of a sentence. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = "code" in error ? causes.get(error.code) : undefined
  const words = cause ?? error.message.replace(/\.$/, "")
  return /^[A-Z][a-z]/.test(words) ? `${words.charAt(0).toLowerCase()}${words.slice(1)}` : words
}
