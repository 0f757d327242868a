import { GatewayError } from "../core/errors.ts"
import { Exchange } from "../core/exchange.ts"
import { standardLimits } from "../core/tunnel.ts"
import { listed } from "../http/handshake.ts"
import type { HeaderList } from "../http/header-list.ts"
import { namedByConnection } from "../http/hop-by-hop.ts"
import type { PathRules } from "../http/path-rules.ts"
import { originOf, type ProxyRules } from "../http/proxy-rules.ts"
import { asksForWebSocket } from "./websocket.ts"

/** A request as a listener has it. */
export interface Arrival {
  readonly method: string
  readonly scheme: "http" | "https"
  readonly host: string
  /** Path and query as the client wrote them; undefined where there is no path. */
  readonly target: string | undefined
  readonly headers: HeaderList
  /** Address that the connection comes from. */
  readonly client: string
  readonly body: ReadableStream<Uint8Array> | null
  readonly signal?: (() => AbortSignal) | undefined
}

/** A request that does not come in. */
export interface Refused {
  readonly refused: GatewayError
  /** As far as it can be told. */
  readonly exchange: Exchange
}

/** Refuses a request; the path that it would have had is not known. */
export function refusedAs(refused: GatewayError, arrival: Arrival, client = peerOf(arrival)): Refused {
  const { method, scheme, host, target = "", headers } = arrival
  const question = target.indexOf("?")
  const rawPath = question < 0 ? target : target.slice(0, question)
  const search = question < 0 ? "" : target.slice(question)
  const id = Bun.randomUUIDv7()
  const exchange = new Exchange({ id, method, scheme, host, rawPath, path: "", search, headers, client, body: null })
  exchange.failure = refused.code
  return { refused, exchange }
}

const peerOf = ({ client }: Arrival): string => (client.startsWith("::ffff:") ? client.slice(7) : client)

/** A host name or an address, with or without a port. */
export const hostShape =
  /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?|\[[0-9A-Fa-f:.]+\])(?::(?:\d{1,4}|[0-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5]))?$/

// CONNECT would make the gateway a tunnel, TRACE would echo credentials.
const refusedMethods = new Set(["CONNECT", "TRACE"])

/** Lets a request in as an exchange, or says why not. */
export function enter(arrival: Arrival, paths: PathRules, proxies?: ProxyRules): Exchange | Refused {
  const { method, target, headers, body, signal } = arrival
  const refused = (error: GatewayError): Refused => refusedAs(error, arrival, origin?.client ?? peer)
  const peer = peerOf(arrival)
  // Before anybody may name these headers away: what a proxy says of a client outweighs what it is itself.
  const origin = proxies && originOf(headers, peer, proxies)
  if (refusedMethods.has(method)) return refused(new GatewayError("not_implemented", `${method} is not supported.`))
  const host = origin?.host ?? arrival.host
  if (!hostShape.test(arrival.host) || !hostShape.test(host))
    return refused(new GatewayError("bad_host", "Send one valid Host header."))
  const question = target === undefined ? -1 : target.indexOf("?")
  const rawPath = target === undefined || question < 0 ? target : target.slice(0, question)
  const path = rawPath === undefined ? undefined : paths.canonical(rawPath)
  if (rawPath === undefined || path === undefined || target?.includes("#"))
    return refused(new GatewayError("bad_path", paths.advice))
  // Before the gateway adds headers of its own: nobody may name those away.
  const named = namedByConnection(headers)
  const upgrade = named?.has("upgrade") ? listed(headers, "upgrade") : []
  if (named) headers.drop((name) => named.has(name))
  if (!framed(headers))
    return refused(
      new GatewayError("bad_request", "Send one length of the body: a Content-Length, or the chunked coding."),
    )
  if (origin?.host !== undefined) headers.set("host", host)
  const websocket = upgrade.length > 0 && asksForWebSocket(method, upgrade, headers)
  if (websocket instanceof GatewayError) return refused(websocket)
  const exchange = new Exchange({
    id: Bun.randomUUIDv7(),
    method,
    scheme: origin?.scheme ?? arrival.scheme,
    host,
    rawPath: paths.forwardsCanonical ? path : rawPath,
    path,
    search: question < 0 ? "" : (target as string).slice(question),
    headers,
    client: origin ? origin.client : peer,
    proxies: origin?.proxies,
    body,
    signal,
  })
  if (websocket) exchange.websocket = standardLimits
  return exchange
}

// Bun.serve joins lengths that were sent twice, and asks for an answer before it refuses a coding.
function framed(headers: HeaderList): boolean {
  const length = headers.get("content-length")
  const coding = headers.get("transfer-encoding")
  return (length === undefined || /^\d+$/.test(length)) && (coding === undefined || coding.toLowerCase() === "chunked")
}
