import type { Keep } from "../core/kept.ts"
import { Pool } from "./transport/pool.ts"
import { UpstreamState } from "./upstream-state.ts"

/** One base URL of a service, and the connections to it. */
export interface Upstream {
  /** As the config gives it, for messages. */
  readonly url: string
  /** What the Host header says. */
  readonly host: string
  /** What stands before every path, without a slash at its end. */
  readonly basePath: string
  /** Its share of the requests, beside the weights of the others. */
  readonly weight: number
  readonly zone: string | undefined
  readonly pool: Pool
  readonly state: UpstreamState
}

/** What a config or a discovery source says of an upstream. */
export interface UpstreamOptions {
  readonly url: string
  readonly weight?: number | undefined
  readonly zone?: string | undefined
}

/** An upstream out of a checked URL; its connections and its state outlive a reload. */
export function upstream(service: string, { url, weight = 1, zone }: UpstreamOptions, keep: Keep): Upstream {
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
  const state = keep(`state of ${service} ${url}`, () => new UpstreamState())
  return { url, host, basePath: pathname.replace(/\/+$/, ""), weight, zone, pool, state }
}
