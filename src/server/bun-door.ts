import { type Reply, toResponse } from "../core/reply.ts"
import { HeaderList } from "../http/header-list.ts"
import { announced } from "./announced.ts"
import { type Arrival, enter } from "./door.ts"
import type { Live } from "./live.ts"
import { telling } from "./telling.ts"
import type { Joined } from "./websocket.ts"

/** The part of Bun's server that is asked about a request. */
export interface Listening {
  requestIP(request: Request): { address: string } | null
  timeout(request: Request, seconds: number): void
  upgrade(request: Request, options: { headers: [name: string, value: string][]; data: Joined }): boolean
}

/** Answers a request that came by Bun.serve with what is served now. */
export async function answer(
  live: Live,
  request: Request,
  server: Listening,
  scheme: "http" | "https",
): Promise<Response> {
  // Bun's idle timeout would cut slow readers, slow services and quiet streams.
  server.timeout(request, 0)
  const came = enter(arrival(request, server, scheme), live.paths, live.proxies)
  const exchange = "refused" in came ? came.exchange : came
  const tell = telling(exchange)
  const reply = await live.answer(came, (headers, data) => server.upgrade(request, { headers: headers.pairs(), data }))
  // Where the connection is a WebSocket already, the response goes nowhere.
  return reply ? toResponse(tell(begun(reply))) : new Response()
}

/** What Bun.serve knows of a request: its path has no dot segments and no backslashes any more. */
export function arrival(request: Request, server: Listening, scheme: "http" | "https"): Arrival {
  const { method, url, body } = request
  const start = url.indexOf("/", url.indexOf("://") + 3)
  return {
    method,
    scheme,
    // Bun joins hosts that were sent twice by a comma. Where there is no valid one, the URL is the bare target.
    host: url.startsWith("http") ? (request.headers.get("host") ?? "") : "",
    target: url.slice(start),
    headers: HeaderList.from(request.headers),
    client: server.requestIP(request)?.address ?? "",
    body,
    signal: () => request.signal,
  }
}

function begun(reply: Reply): Reply {
  if (reply.body instanceof ReadableStream && isEvents(reply.headers)) reply.body = announced(reply.body)
  return reply
}

const isEvents = (headers: HeaderList): boolean =>
  /^text\/event-stream\b/i.test(headers.get("content-type") ?? "") &&
  !headers.has("content-length") &&
  !headers.has("content-encoding")
