import type { SocketHandler } from "bun"

import { ClientConnection } from "./client-connection.ts"
import type { Site } from "./site.ts"

/** Where clients connect to, and what proves who we are. */
export interface Place {
  readonly hostname: string
  readonly port: number
  readonly tls: { readonly cert: string; readonly key: string } | undefined
}

/** A listener that speaks HTTP/1.1. */
export interface Http1Listener {
  readonly port: number
  /** Takes no new connections; settles when those that there are have ended, each after its exchange. */
  stop(): Promise<void>
  /** Ends everything at once. */
  end(): void
}

// Between two looks at who has been silent for too long.
const pace = 5_000

// After so long without a packet a client is asked whether it is still there.
const silence = 60_000

// Between two looks at whether exchanges are still under way.
const pause = 20

/** Listens for clients, without anything between their bytes and the gateway. */
export function http1Listener(site: Site, { hostname, port, tls }: Place): Http1Listener {
  const open = new Set<ClientConnection>()
  let stopped = false
  const left = (connection: ClientConnection | undefined): void => {
    if (!connection || !open.delete(connection)) return
    connection.gone()
    if (stopped && open.size === 0) clearInterval(sweeper)
  }
  const socket: SocketHandler<ClientConnection> = {
    open(opened) {
      // A client that is gone already has no address.
      if (!opened.remoteAddress) return void opened.terminate()
      opened.setNoDelay(true)
      // Who vanished without a word would keep a silent stream open for ever.
      opened.setKeepAlive(true, silence)
      opened.data = new ClientConnection(opened, site)
      open.add(opened.data)
    },
    // With this, a connection is known from its first packet: a client that never ends its handshake has to go, too.
    handshake() {},
    data: ({ data: connection }, data) => connection?.received(data),
    drain: ({ data: connection }) => connection?.drained(),
    end: ({ data: connection }) => left(connection),
    close: ({ data: connection }) => left(connection),
    // What one of these has thrown: nobody would look after the connection any more.
    error(broken, error) {
      site.log.error("A connection failed.", error)
      broken.terminate()
      left(broken.data)
    },
  }
  // Shared, so that a later listener can take over the port without a gap.
  const options = { hostname, port, socket, reusePort: true }
  const listening = tls ? Bun.listen<ClientConnection>({ ...options, tls }) : Bun.listen<ClientConnection>(options)
  const sweeper = setInterval(() => {
    const now = performance.now()
    for (const connection of open) connection.check(now)
  }, pace)
  return {
    port: listening.port,
    async stop() {
      listening.stop()
      for (const connection of open) connection.retire()
      stopped = true
      if (open.size === 0) clearInterval(sweeper)
      // A connection that never says what it wants is not waited for.
      while ([...open].some(({ busy }) => busy)) await Bun.sleep(pause)
    },
    end() {
      clearInterval(sweeper)
      for (const connection of open) connection.stop()
      listening.stop(true)
    },
  }
}
