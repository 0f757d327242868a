import type { Settings } from "../config/schema.ts"
import type { Log } from "../core/log.ts"
import type { Certificate } from "../gateway/certificate.ts"
import { app, docsPages } from "./app.ts"
import { http1Listener } from "./http1/listener.ts"
import type { Live } from "./live.ts"
import { holderOf } from "./port-holder.ts"
import { largestMessage, websocketHandlers } from "./websocket.ts"

/** Where a listener should be, and how. */
export interface Wanted {
  readonly host: string
  readonly port: number
  readonly http2: boolean
  readonly certificate: Certificate | undefined
  readonly docsPath: string | undefined
  /** The largest message of a WebSocket, in bytes. */
  readonly maxMessage: number
}

/** A listener that clients can reach. */
export interface Listener {
  readonly wanted: Wanted
  readonly url: string
  readonly port: number
  /** Stops taking connections; settles when those under way have ended. */
  stop(): Promise<void>
  /** Ends everything at once. */
  end(): void
}

/** The address cannot be listened on; the message says who has it and what to do. */
export class CannotListen extends Error {
  readonly inUse: boolean

  constructor(message: string, inUse: boolean, cause: unknown) {
    super(message, { cause })
    this.name = "CannotListen"
    this.inUse = inUse
  }
}

/** What the settings of a config ask for, with the standards of the mode it is served in. */
export function wantedFrom(settings: Settings, certificate: Certificate | undefined, mode: "dev" | "start"): Wanted {
  const { listen, docs, services } = settings
  const docsOn = docs !== false && (mode === "dev" || docs !== undefined)
  return {
    host: listen?.host ?? (mode === "dev" ? "127.0.0.1" : "0.0.0.0"),
    port: listen?.port ?? 8080,
    http2: listen?.http2 ?? false,
    certificate,
    docsPath: docsOn ? (docs?.path ?? "/docs") : undefined,
    maxMessage: largestMessage([...(services?.values() ?? [])]),
  }
}

// Between two looks at whether exchanges are still under way.
const pause = 20

/** Listens for clients; `besides` an older listener of this process on the same port, when there is one. */
export function listen(live: Live, log: Log, wanted: Wanted, besides: boolean): Listener {
  const { host, port } = wanted
  try {
    if (!besides) probe(host, port)
    const opened = wanted.http2 ? listenHttp2(live, wanted) : listenHttp1(live, log, wanted)
    const scheme = wanted.certificate ? "https" : "http"
    return { ...opened, wanted, url: `${scheme}://${shownHost(host)}:${opened.port}` }
  } catch (error) {
    throw cannotListen(error, host, port)
  }
}

type Opened = Omit<Listener, "wanted" | "url">

function listenHttp1(live: Live, log: Log, { host, port, certificate, docsPath }: Wanted): Opened {
  const scheme = certificate ? "https" : "http"
  const pages = docsPath === undefined ? undefined : docsPages(live, docsPath)
  return http1Listener({ live, log, scheme, pages }, { hostname: host, port, tls: certificate })
}

// Bun speaks both versions on one port; what it does to requests on the way is in bun-door.ts.
function listenHttp2(live: Live, { host, port, certificate, docsPath, maxMessage }: Wanted): Opened {
  const made = app(live, { docsPath, scheme: certificate ? "https" : "http" }).listen({
    port,
    hostname: host,
    development: false,
    // For connections that say nothing; an exchange has its own deadlines.
    idleTimeout: 60,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    // So that a later listener can take over the port without a gap.
    reusePort: true,
    websocket: websocketHandlers(maxMessage),
    http2: true,
    ...(certificate ? { tls: { cert: certificate.cert, key: certificate.key } } : {}),
  })
  const { server } = made
  if (!server) throw new Error("it did not begin")
  return {
    port: server.port ?? port,
    async stop() {
      // Settles late when a connection never says what it wants, so that is not waited for.
      void server.stop()
      while (server.pendingRequests > 0) await Bun.sleep(pause)
    },
    end: () => void server.stop(true),
  }
}

const shownHost = (host: string): string =>
  host === "0.0.0.0" || host === "::" || host === "127.0.0.1" ? "localhost" : host.includes(":") ? `[${host}]` : host

// A shared port would hide that somebody else has it: this asks for it alone.
function probe(host: string, port: number): void {
  if (port !== 0) Bun.listen({ hostname: host, port, exclusive: true, socket: { data() {} } }).stop(true)
}

/** An error of listening in words: which address, who has it, what to do. */
export function cannotListen(error: unknown, host: string, port: number): CannotListen {
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  if (code === "EADDRINUSE") {
    const holder = holderOf(port)
    const by = holder ? ` by ${holder.name} (process ${holder.pid})` : ""
    const stop = holder ? `Stop it (kill ${holder.pid}), or set` : "Stop the program that has it, or set"
    return new CannotListen(
      `Port ${port} on ${host} is taken${by}. ${stop} listen: { port } to another port; 0 takes any free one.`,
      true,
      error,
    )
  }
  if (code === "EACCES" || (code === "" && port < 1024))
    return new CannotListen(
      `Not allowed to listen on port ${port}. Take a port from 1024, or let the executable: setcap cap_net_bind_service=+ep bellhop`,
      false,
      error,
    )
  if (code === "EADDRNOTAVAIL")
    return new CannotListen(
      `This machine does not have the address "${host}". Set listen: { host } to one of its own, or to "0.0.0.0" for all.`,
      false,
      error,
    )
  return new CannotListen(
    `Cannot listen on ${host}:${port}: ${error instanceof Error ? error.message : String(error)}`,
    false,
    error,
  )
}
