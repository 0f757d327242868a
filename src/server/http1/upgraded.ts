import type { Socket } from "bun"

import type { Exchange } from "../../core/exchange.ts"
import { standardLimits } from "../../core/tunnel.ts"
import { deflateOffered } from "../../http/deflate.ts"
import { acceptOf } from "../../http/handshake.ts"
import type { HeaderList } from "../../http/header-list.ts"
import type { Heir } from "../../services/transport/connection.ts"
import type { Joined } from "../websocket.ts"
import { upgradeHead } from "./answer-head.ts"
import type { Outbox } from "./outbox.ts"
import { WebSocketEnd } from "./websocket-end.ts"

/** Makes a connection a WebSocket. */
export function upgraded(
  socket: Socket<unknown>,
  out: Outbox,
  { headers: asked, websocket }: Exchange,
  headers: HeaderList,
  { tunnel, left }: Joined,
): Heir {
  const deflate = deflateOffered(asked)
  out.send(upgradeHead(headers, acceptOf(asked.get("sec-websocket-key") ?? ""), deflate?.answer), null)
  const { maxMessage } = websocket ?? standardLimits
  const end = new WebSocketEnd(socket, out, tunnel, { maxMessage, deflate }, left)
  tunnel.join(end)
  return end
}
