import { connect } from "node:http2"
import { connect as connectPlain, isIP, type LookupFunction, type Socket } from "node:net"
import { checkServerIdentity, connect as connectTls, type ConnectionOptions } from "node:tls"

import type { Address, TlsOptions } from "./dial.ts"
import { type ConnectionWatch, Http2Connection } from "./http2-connection.ts"

// What of one body may be on its way to a slow reader. The same for the whole connection: Bun makes room on a stream only
// after half of what the connection has room for, so with a larger one a stream could wait for room for ever.
const window = 512 * 1024

// Heads may be as large as of HTTP/1.1; the status is a line here. With less memory (in megabytes; Bun has 10) large
// pieces of a few uploads would keep all others out: each upload waits for the service by itself.
const limits = {
  settings: { enablePush: false, initialWindowSize: window, maxHeaderListSize: 64 * 1024 },
  maxHeaderListPairs: 257,
  maxSessionMemory: 1024,
}

/** Opens a connection; it is open once the other side has shown that it speaks HTTP/2. */
export async function dialHttp2(address: Address, watch: ConnectionWatch): Promise<Http2Connection> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const session = connect(`${address.tls ? "https" : "http"}://localhost`, {
    ...limits,
    createConnection: () => socketTo(address),
  })
  const timer = setTimeout(() => reject(new Error("Connecting took too long.")), address.connectTimeout)
  // Stays for good: later errors reach the streams.
  session.on("error", (error) => reject(withoutHttp2(error)))
  session.once("close", () => reject(new Error("It closed the connection at once.")))
  session.once("remoteSettings", () => resolve())
  // At once, because what it says right behind its settings counts as well.
  const connection = new Http2Connection(session, address.connectTimeout, watch)
  try {
    await promise
    if (connection.leaving) throw new Error("It takes no requests.")
    session.setLocalWindowSize(window)
    return connection
  } catch (error) {
    session.destroy()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

function socketTo({ hostname, port, unix, tls }: Address): Socket {
  if (unix !== undefined) return connectPlain({ path: unix })
  const to = { host: hostname, port, noDelay: true, ...(hostname === "localhost" && { lookup: loopback }) }
  return tls ? connectTls({ ...to, ...tlsOf(tls, hostname) }) : connectPlain(to)
}

// As connections of HTTP/1.1 find it: a service may listen on one of the two only, and hosts files may name only the other.
const loopback: LookupFunction = (_, { all }, found) => {
  const [first, second] = [
    { address: "127.0.0.1", family: 4 },
    { address: "::1", family: 6 },
  ] as const
  if (all) found(null, [first, second])
  else found(null, first.address, first.family)
}

function tlsOf({ ca, cert, key, serverName, insecure }: TlsOptions, hostname: string): ConnectionOptions {
  const name = serverName ?? hostname
  const made: ConnectionOptions = {
    ALPNProtocols: ["h2"],
    rejectUnauthorized: insecure !== true,
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
  }
  // RFC 6066 section 3: an address is no server name.
  if (isIP(name) === 0) made.servername = name
  if (ca !== undefined) made.ca = ca as string
  if (cert !== undefined) made.cert = cert as string
  if (key !== undefined) made.key = key as string
  return made
}

const noHttp2 = new Set<unknown>(["ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "ERR_HTTP2_ERROR"])

/** What it means that the first words are not understood. */
const withoutHttp2 = (cause: Error & { code?: unknown }): Error =>
  noHttp2.has(cause.code) ? new Error("It does not speak HTTP/2.", { cause }) : cause
