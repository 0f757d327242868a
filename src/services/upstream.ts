import type { Keep } from "../core/kept.ts"
import { addressOf } from "./address.ts"
import { baseUrl } from "./base-url.ts"
import { HealthRecord } from "./health-record.ts"
import { type Network, networkKey, poolOptions } from "./network-options.ts"
import type { Connections } from "./transport/connections.ts"
import type { Address } from "./transport/dial.ts"
import { Http2Pool } from "./transport/http2-pool.ts"
import { Pool } from "./transport/pool.ts"
import { UpstreamState } from "./upstream-state.ts"

/** One base URL of a service, and the connections to it. */
export interface Upstream {
  /** As the config gives it. */
  readonly url: string
  /** What logs and metrics call it: its URL, or its place in the config when that is secret. */
  readonly label: string
  /** What the Host header says. */
  readonly host: string
  /** Where its connections go. */
  readonly address: Address
  /** What stands before every path, without a slash at its end. */
  readonly basePath: string
  /** Its share of the requests, beside the weights of the others. */
  readonly weight: number
  readonly zone: string | undefined
  /** Those of a higher number are asked when all of a lower one are down. */
  readonly priority: number
  /** Its connections, whatever they speak. */
  readonly pool: Connections
  /** Those of HTTP/1.1, for WebSockets also where the service speaks HTTP/2. */
  readonly http1: Pool
  /** Those of HTTP/2, where the service speaks it. */
  readonly http2: Http2Pool | undefined
  readonly state: UpstreamState
  readonly health: HealthRecord
}

/** What a config or a discovery source says of an upstream. */
export interface UpstreamOptions {
  readonly url: string
  readonly weight?: number | undefined
  readonly zone?: string | undefined
  readonly priority?: number | undefined
  /** What the Host header and the certificate say, where the URL has an address in the place of a name. */
  readonly host?: string | undefined
  /** What logs and metrics call it, when its URL is not for them. */
  readonly label?: string | undefined
}

/** An upstream out of a checked URL; its connections and its state outlive a reload. */
export function upstream(service: string, options: UpstreamOptions, keep: Keep, network: Network = {}): Upstream {
  const { url, weight = 1, zone, priority = 0 } = options
  const base = baseUrl(url)
  const { origin, basePath } = base
  const { host = base.host, label = base.label } = options
  const address = addressOf(base, options.host?.replace(/:\d+$/, ""), network)
  const connecting = { ...address, ...poolOptions(network) }
  const open = (): Pool | Http2Pool => (network.protocol === "http2" ? new Http2Pool(connecting) : new Pool(connecting))
  // One that proved to be somebody is not for another name at the same address.
  const proven = address.tls && options.host !== undefined ? ` as ${host}` : ""
  const pool = keep(`connections to ${origin}${proven}${networkKey(network)}`, open, (one) => one.dispose())
  const known = `${service} ${url}${options.host === undefined ? "" : ` as ${host}`}`
  const state = keep(`state of ${known}`, () => new UpstreamState())
  const health = keep(`health of ${known}`, () => new HealthRecord())
  const spoken = pool instanceof Http2Pool ? { http1: pool.http1, http2: pool } : { http1: pool, http2: undefined }
  return { url, label, host, address, basePath, weight, zone, priority, pool, ...spoken, state, health }
}
