import type { WebSocketHandler } from "bun"

import { GatewayError } from "../core/errors.ts"
import { standardLimits, type Tunnel } from "../core/tunnel.ts"
import { isHandshakeKey, listed } from "../http/handshake.ts"
import type { HeaderList } from "../http/header-list.ts"
import type { ServiceOptions } from "../services/options.ts"

/** What is kept with the socket of a client. */
export interface Joined {
  readonly tunnel: Tunnel
  /** Told once, when the client is gone. */
  left(): void
}

/** The largest message that any of these services takes: Bun has one limit for all. */
export const largestMessage = (services: readonly (ServiceOptions | string)[]): number =>
  Math.max(standardLimits.maxMessage, ...services.map(maxMessageOf))

function maxMessageOf(service: ServiceOptions | string): number {
  const options = typeof service === "string" ? undefined : service.websocket
  return options ? options.maxMessage : standardLimits.maxMessage
}

// Clients that answer no ping for so long are gone; in seconds.
const silence = 120

/** Hands what clients do to their tunnels. */
export const websocketHandlers = (maxMessage: number): WebSocketHandler<Joined> => ({
  maxPayloadLength: maxMessage,
  // A tunnel stops its service in time; what is taken must not be dropped.
  backpressureLimit: 0,
  idleTimeout: silence,
  // No memory for each client.
  perMessageDeflate: { compress: "shared", decompress: "shared" },
  open: (client) => client.data.tunnel.join(client),
  message: (client, data) => client.data.tunnel.clientSaid(data),
  ping: (client, data) => client.data.tunnel.clientPinged(data),
  pong: (client, data) => client.data.tunnel.clientPonged(data),
  drain: (client) => client.data.tunnel.clientDrained(),
  close(client, code, reason) {
    client.data.tunnel.clientClosed(code, reason)
    client.data.left()
  },
})

/** Whether a request with this Upgrade asks for a WebSocket, and well; other protocols are passed over (RFC 9110 section 7.8). */
export function asksForWebSocket(
  method: string,
  upgrade: readonly string[],
  headers: HeaderList,
): boolean | GatewayError {
  if (!upgrade.includes("websocket")) return false
  if (method !== "GET") return new GatewayError("bad_request", `A WebSocket begins with GET, not with ${method}.`)
  if (listed(headers, "sec-websocket-version").join() !== "13")
    return new GatewayError("bad_request", "Only version 13 of the WebSocket protocol is spoken here.", {
      status: 426,
      headers: { upgrade: "websocket", connection: "upgrade", "sec-websocket-version": "13" },
    })
  if (!isHandshakeKey(headers.get("sec-websocket-key") ?? ""))
    return new GatewayError("bad_request", "Send one Sec-WebSocket-Key: 16 random bytes in Base64.")
  return true
}
