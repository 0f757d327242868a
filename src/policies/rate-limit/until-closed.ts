import type { Tunnel } from "../../core/tunnel.ts"

/** The same tunnel; calls back when its client is gone, or never came. */
export const untilClosed = (tunnel: Tunnel, closed: () => void): Tunnel => ({
  service: tunnel.service,
  join: (client) => tunnel.join(client),
  shut: (code, reason) => tunnel.shut(code, reason),
  clientSaid: (data) => tunnel.clientSaid(data),
  clientPinged: (data) => tunnel.clientPinged(data),
  clientPonged: (data) => tunnel.clientPonged(data),
  clientDrained: () => tunnel.clientDrained(),
  abandon() {
    closed()
    tunnel.abandon()
  },
  clientClosed(code, reason) {
    closed()
    tunnel.clientClosed(code, reason)
  },
})
