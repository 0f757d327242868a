import { GatewayError } from "../../core/errors.ts"
import type { Handler } from "../../core/handler.ts"
import type { Of } from "../../core/schema.ts"
import { standardLimits } from "../../core/tunnel.ts"
import type { websocketOptions } from "./options.ts"

/** Sends those who ask for a WebSocket to the service itself, as far as it takes any; all others go on as they were. */
export function websockets(
  service: string,
  options: Of<typeof websocketOptions> | undefined,
  real: Handler | undefined,
  others: Handler,
): Handler {
  if (options === false || !real) {
    const reason = real ? "its config says websocket: false." : "its mocks cannot make up a conversation."
    return (exchange) => {
      if (!exchange.websocket) return others(exchange)
      throw new GatewayError("no_websocket", `Service "${service}" takes no WebSockets: ${reason}`)
    }
  }
  const origins = options?.origins && new Set(options.origins)
  const limits = options ?? standardLimits
  return (exchange) => {
    if (!exchange.websocket) return others(exchange)
    const origin = exchange.headers.get("origin")
    if (origins && origin !== undefined && !origins.has(origin.toLowerCase()))
      throw new GatewayError("no_websocket", `Pages from ${origin} may not open WebSockets here.`, { status: 403 })
    exchange.websocket = limits
    return real(exchange)
  }
}
