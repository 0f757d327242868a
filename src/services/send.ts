import { GatewayError } from "../core/errors.ts"
import type { Exchange } from "../core/exchange.ts"
import type { Reply } from "../core/reply.ts"
import { HeaderList } from "../http/header-list.ts"
import { backwardHeaders, forwardHeaders } from "./forward-headers.ts"
import type { Upstream } from "./upstream.ts"

/** Carries an exchange to an upstream and its answer back, streaming both ways. */
export async function send(exchange: Exchange, upstream: Upstream, service: string): Promise<Reply> {
  const ending = new AbortController()
  exchange.whenOver((reason) => ending.abort(reason))
  const request: BunFetchRequestInit = {
    method: exchange.method,
    headers: forwardHeaders(exchange).toWeb(),
    redirect: "manual",
    decompress: false,
    signal: ending.signal,
    // The deadline is the timeout policy's to keep.
    timeout: false,
  }
  if (exchange.body !== null) request.body = exchange.body
  let answer: Response
  try {
    answer = await fetch(`${upstream.origin}${upstream.basePath}${exchange.rawPath}${exchange.search}`, request)
  } catch (error) {
    if (ending.signal.aborted) throw ending.signal.reason
    throw failure(service, error)
  }
  const headers = HeaderList.from(answer.headers)
  backwardHeaders(headers)
  return { status: answer.status, headers, body: answer.body }
}

const unusable = new Set(["Malformed_HTTP_Response", "InvalidContentLength", "HTTP2Unsupported", "InvalidHTTPResponse"])

function failure(service: string, error: unknown): GatewayError {
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  // The text of the error names addresses inside: it is for the log, not for the client.
  return unusable.has(code)
    ? new GatewayError("bad_upstream", `Service "${service}" gave an answer that is not HTTP.`, { cause: error })
    : new GatewayError("unreachable", `Cannot reach service "${service}".`, { cause: error })
}
