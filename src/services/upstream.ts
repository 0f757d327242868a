import type { Keep } from "../core/kept.ts"
import { Pool } from "./transport/pool.ts"

/** One base URL of a service, and the connections to it. */
export interface Upstream {
  /** As the config gives it, for messages. */
  readonly url: string
  /** What the Host header says. */
  readonly host: string
  /** What stands before every path, without a slash at its end. */
  readonly basePath: string
  readonly pool: Pool
}

/** An upstream out of a checked URL; its connections outlive a reload. */
export function upstream(url: string, keep: Keep): Upstream {
  const { protocol, host, hostname, port, pathname } = new URL(url)
  const secure = protocol === "https:"
  const bare = hostname.replace(/^\[|\]$/g, "")
  const open = (): Pool =>
    new Pool({
      hostname: bare,
      port: port === "" ? (secure ? 443 : 80) : Number(port),
      tls: secure ? { serverName: bare, rejectUnauthorized: true } : undefined,
      maxConnections: 1024,
      maxIdle: 128,
      // Below what common servers allow (Node: 5 s), so that it is rarely they who close first.
      idleTimeout: 4_000,
      connectTimeout: 5_000,
      maxWaiting: 1024,
    })
  const pool = keep(`connections to ${protocol}//${host}`, open, (one) => one.dispose())
  return { url, host, basePath: pathname.replace(/\/+$/, ""), pool }
}
