import { GatewayError } from "../core/errors.ts"
import { Exchange } from "../core/exchange.ts"
import { standardLimits } from "../core/tunnel.ts"
import { listed } from "../http/handshake.ts"
import { HeaderList } from "../http/header-list.ts"
import { namedByConnection } from "../http/hop-by-hop.ts"
import { standardPaths } from "../http/path-rules.ts"
import { asksForWebSocket, type Joined } from "./websocket.ts"

/** The part of Bun's server that the door asks. */
export interface Listening {
  requestIP(request: Request): { address: string } | null
  timeout(request: Request, seconds: number): void
  upgrade(request: Request, options: { headers: [name: string, value: string][]; data: Joined }): boolean
}

/** A host name or an address, with or without a port: Bun.serve lets anything through, twice-sent hosts joined by a comma. */
export const hostShape = /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/

// CONNECT would make the gateway a tunnel, TRACE would echo credentials.
const refusedMethods = new Set(["CONNECT", "TRACE"])

/** Lets a request in as an exchange, or says why not; what Bun.serve lets through and should not ends here. */
export function enter(
  request: Request,
  server: Listening,
  scheme: "http" | "https",
  paths = standardPaths,
): Exchange | { refused: GatewayError; id: string } {
  const id = Bun.randomUUIDv7()
  const refused = (error: GatewayError) => ({ refused: error, id })
  const { method, url } = request
  if (refusedMethods.has(method)) return refused(new GatewayError("not_implemented", `${method} is not supported.`))
  const host = request.headers.get("host") ?? ""
  // Where the host is not valid, the URL is the bare target and nothing below would hold.
  if (!hostShape.test(host) || !url.startsWith("http"))
    return refused(new GatewayError("bad_host", "Send one valid Host header."))
  const start = url.indexOf("/", url.indexOf("://") + 3)
  const question = url.indexOf("?", start)
  const rawPath = question < 0 ? url.slice(start) : url.slice(start, question)
  const search = question < 0 ? "" : url.slice(question)
  const path = paths.canonical(rawPath)
  if (path === undefined || url.includes("#", start)) return refused(new GatewayError("bad_path", paths.advice))
  const headers = HeaderList.from(request.headers)
  // Before the gateway adds headers of its own: nobody may name those away.
  const named = namedByConnection(headers)
  const upgrade = named?.has("upgrade") ? listed(headers, "upgrade") : []
  if (named) headers.drop((name) => named.has(name))
  if (!framed(headers))
    return refused(
      new GatewayError("bad_request", "Send one length of the body: a Content-Length, or the chunked coding."),
    )
  const websocket = upgrade.length > 0 && asksForWebSocket(method, upgrade, headers)
  if (websocket instanceof GatewayError) return refused(websocket)
  const address = server.requestIP(request)?.address ?? ""
  const exchange = new Exchange({
    id,
    method,
    scheme,
    host,
    rawPath: paths.forwardsCanonical ? path : rawPath,
    path,
    search,
    headers,
    client: address.startsWith("::ffff:") ? address.slice(7) : address,
    body: request.body,
    signal: () => request.signal,
  })
  if (websocket) exchange.websocket = standardLimits
  return exchange
}

// Bun joins lengths that were sent twice, and asks for an answer before it refuses a coding.
function framed(headers: HeaderList): boolean {
  const length = headers.get("content-length")
  const coding = headers.get("transfer-encoding")
  return (length === undefined || /^\d+$/.test(length)) && (coding === undefined || coding.toLowerCase() === "chunked")
}
