import { GatewayError } from "../../core/errors.ts"
import { Exchange } from "../../core/exchange.ts"
import type { Handler } from "../../core/handler.ts"
import type { Reply } from "../../core/reply.ts"
import { callSuffixes } from "./call-suffixes.ts"
import { PartFailure } from "./failure.ts"
import type { Run } from "./run.ts"
import type { Scope } from "./scope.ts"

/** A request of the gateway's own, ready to be sent. */
export interface Outgoing {
  readonly method: string
  readonly rawPath: string
  /** The path that rules go by, where it is known before. */
  readonly path: string | undefined
  readonly search: string
  readonly headers: readonly (readonly [name: string, value: string])[] | undefined
  readonly content: string | undefined
  /** Whether a path that is not valid is the client's doing. */
  readonly byClient: boolean
  /** Tells it apart from the other requests of its part; empty where there is one only. */
  readonly suffix: string
}

/** How an answer is waited for. */
export interface Asking<T> {
  readonly part: string
  readonly timeout: number | undefined
  /** Whether asking may change something at the service. */
  readonly changes: boolean
  /** What is made of the answer; a failure where it is none. */
  read(reply: Reply): T | Promise<T>
}

/** On whose behalf something is asked. */
export interface Asker {
  readonly exchange: Exchange
  /** In milliseconds of the monotonic clock. */
  readonly deadline: number
  changes: boolean
  headersFor: Run["headersFor"]
}

/** Asks a service once, and reads its answer. */
export async function ask<T>(
  answer: Handler,
  outgoing: Outgoing,
  { part, timeout, changes, read }: Asking<T>,
  asker: Asker,
  scope: Scope,
): Promise<T> {
  if (scope.reason) throw scope.reason
  const call = callOf(part, outgoing, asker, scope)
  if (changes) asker.changes = true
  scope.add(call)
  if (timeout !== undefined) call.limit(timeout)
  try {
    // A service ends with its exchange, but a body that it began may never end.
    const reply = answer(call)
    const value = read(reply instanceof Promise ? await reply : reply)
    return value instanceof Promise ? await call.unlessOver(value) : value
  } finally {
    call.settled()
  }
}

// Not derived: it ends with the part that it is for, which may go on when its client is gone.
function callOf(part: string, outgoing: Outgoing, asker: Asker, scope: Scope): Exchange {
  const { exchange, deadline } = asker
  const { method, rawPath, path, search, content, suffix } = outgoing
  const headers = asker.headersFor(content)
  if (outgoing.headers) for (const [name, value] of outgoing.headers) headers.set(name, value)
  const { id, scheme, host, client, proxies, origin } = exchange
  const body = content === undefined ? null : new Blob([content]).stream()
  const made = {
    id,
    method,
    scheme,
    host,
    rawPath,
    path: path ?? rawPath,
    search,
    headers,
    client,
    proxies,
    body,
    origin,
  }
  const call = new Exchange(made)
  call.route = exchange.route
  call.identity = exchange.identity
  call.params = exchange.params
  call.answerHeaders = exchange.answerHeaders
  call.deadline = deadline
  call.trace = exchange.trace
  call.span = scope.span
  if (suffix !== "") callSuffixes.set(call, suffix)
  if (path === undefined) rewrite(part, call, outgoing)
  return call
}

function rewrite(part: string, call: Exchange, { rawPath, byClient }: Outgoing): void {
  try {
    call.rewrite(rawPath)
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause
    const status = byClient ? 400 : 502
    throw new PartFailure(part, "bad_path", "has values that make no valid path", { status, cause })
  }
}
