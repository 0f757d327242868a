import type { Socket, SocketHandler, TLSOptions } from "bun"

import type { Connection } from "./connection.ts"

/** How the other side proves who it is, and we who we are. */
export interface TlsOptions extends Pick<TLSOptions, "ca" | "cert" | "key"> {
  /** The name that the certificate must be for; the host name when it is not said. */
  readonly serverName?: string | undefined
  /** Takes any certificate: for upstreams on the developer's own machine. */
  readonly insecure?: boolean | undefined
}

/** Where connections go. */
export interface Address {
  readonly hostname: string
  readonly port: number
  /** The path of a unix socket, in the place of host name and port. */
  readonly unix?: string | undefined
  readonly tls: TlsOptions | undefined
  readonly connectTimeout: number
}

/** Opens a socket for a connection; one with TLS is open once its certificate was found good. */
export function dial(connection: Connection, address: Address): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const { tls, connectTimeout } = address
  const timer = setTimeout(() => reject(new Error("Connecting took too long.")), connectTimeout)
  const handlers: SocketHandler<undefined> = {
    open(opened) {
      connection.opened(opened)
      if (!tls) resolve()
    },
    data: (_, data) => connection.received(data),
    drain: () => connection.drained(),
    end: () => connection.gone(),
    close(_, error) {
      reject(error ?? new Error("It closed the connection at once."))
      connection.gone(error)
    },
    error: (_, error) => connection.gone(error),
    ...(tls && {
      handshake(_: Socket, success: boolean, error: Error | null) {
        // Bun calls a wrong name no success even when no certificate is to be refused.
        if (success || (tls.insecure && (error as { code?: unknown } | null)?.code !== "EPROTO")) resolve()
        else reject(error ?? new Error("The TLS handshake failed."))
      },
    }),
  }
  openSocket(address, handlers, tls && bunTls(tls)).catch(reject)
  return promise.then(
    () => clearTimeout(timer),
    (error: unknown) => {
      clearTimeout(timer)
      // Also for a socket that opens after its time.
      connection.abort()
      throw error
    },
  )
}

/** A plain or encrypted socket to where the connections go. */
export function openSocket(
  { hostname, port, unix }: Pick<Address, "hostname" | "port" | "unix">,
  socket: SocketHandler<undefined>,
  tls?: TLSOptions,
): Promise<Socket> {
  const more = tls ? { socket, tls } : { socket }
  return unix === undefined ? Bun.connect({ hostname, port, ...more }) : Bun.connect({ unix, ...more })
}

// With nothing in it Bun would take this for no TLS at all.
function bunTls({ ca, cert, key, serverName, insecure }: TlsOptions): TLSOptions {
  const made: TLSOptions = { rejectUnauthorized: insecure !== true }
  if (ca !== undefined) made.ca = ca
  if (cert !== undefined) made.cert = cert
  if (key !== undefined) made.key = key
  if (serverName !== undefined) made.serverName = serverName
  return made
}
