import { bytesOf } from "../core/reply.ts"
import { durationText } from "../core/units.ts"
import { HeaderList } from "../http/header-list.ts"
import { Connection, type Outgoing } from "./transport/connection.ts"
import { type Address, dial } from "./transport/dial.ts"

/** What a timer can wait at most: beyond it, it would fire at once. */
export const longestTimer = 2 ** 31 - 1

/** A request of the gateway's own: a health check, a question to a registry. */
export interface Question {
  readonly address: Address
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
  const connection = new Connection(() => undefined)
  const over = Promise.withResolvers<never>()
  const stop = (reason: Error): void => {
    connection.fail(reason)
    over.reject(reason)
  }
  const timer = setTimeout(
    () => stop(new Error(`no answer within ${durationText(timeout)}`)),
    Math.min(timeout, longestTimer),
  )
  const aborted = (): void => stop(new Error("nobody waits for the answer any more"))
  signal.addEventListener("abort", aborted, { once: true })
  try {
    return await Promise.race([over.promise, carry(connection, question)])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener("abort", aborted)
    // Also one that has yet to open.
    connection.close()
  }
}

async function carry(connection: Connection, question: Question): Promise<Answer> {
  const { method, address, timeout, limit } = question
  await dial(connection, { ...address, connectTimeout: Math.min(timeout, longestTimer) })
  const outgoing: Outgoing = { method, head: headOf(question), body: null, length: undefined }
  const { status, lines, body } = await connection.send(outgoing)
  const headers = new HeaderList(lines)
  if (limit !== undefined) {
    const bytes = await bytesOf(body, limit)
    if (!bytes) throw new Error(`its answer is larger than ${limit} bytes`)
    return { status, headers, body: bytes }
  }
  if (body instanceof ReadableStream) await body.pipeTo(new WritableStream())
  return { status, headers, body: new Uint8Array() }
}

function headOf({ method, target, host, headers }: Question): Uint8Array {
  const lines = new Map([
    ["host", host],
    ["user-agent", "bellhop"],
    ["accept", "*/*"],
    ...headers,
    ["connection", "close"],
  ])
  const text = [`${method} ${target} HTTP/1.1`, ...[...lines].map(([name, value]) => `${name}: ${value}`)]
  return Buffer.from(`${text.join("\r\n")}\r\n\r\n`, "latin1")
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
