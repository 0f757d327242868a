import { failures, GatewayError } from "../core/errors.ts"
import type { Log } from "../core/log.ts"
import type { Reply } from "../core/reply.ts"
import { HeaderList } from "../http/header-list.ts"

/** Any failure as an RFC 9457 answer; what is not meant for the client goes to the log under the same id. */
export function problemReply(error: unknown, exchange: { id: string; method: string; path: string }, log: Log): Reply {
  const known = error instanceof GatewayError ? error : undefined
  const code = known?.code ?? "internal"
  const status = known?.status ?? failures.internal.status
  if (!known) log.error(`${exchange.method} ${exchange.path} failed (exchange ${exchange.id}).`, error)
  else if (known.cause instanceof Error)
    log.warn(`${exchange.method} ${exchange.path}: ${known.message} ${causes(known.cause)} (exchange ${exchange.id})`)
  const problem = {
    type: `urn:bellhop:${code}`,
    title: failures[code].title,
    status,
    code,
    detail: known?.message,
    exchange: exchange.id,
    ...known?.members,
  }
  const headers = new HeaderList(["content-type", "application/problem+json", "cache-control", "no-store"])
  for (const [name, value] of Object.entries(known?.headers ?? {})) headers.set(name, value)
  return { status, headers, body: JSON.stringify(problem) }
}

/** What led to an error, the nearest cause first. */
function causes(error: Error): string {
  const further = error.cause instanceof Error ? ` ${causes(error.cause)}` : ""
  return error.message + further
}
