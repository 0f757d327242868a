import type { Keep } from "../core/kept.ts"
import { addressOf } from "./address.ts"
import { HealthRecord } from "./health-record.ts"
import { type Network, networkKey, poolOptions } from "./network-options.ts"
import type { Address } from "./transport/dial.ts"
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
  readonly pool: Pool
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
  const parsed = new URL(url)
  const { host = parsed.host } = options
  const address = addressOf(parsed, options.host?.replace(/:\d+$/, ""), network)
  const basePath = parsed.pathname.replace(/\/+$/, "")
  const open = (): Pool => new Pool({ ...address, ...poolOptions(network) })
  // One that proved to be somebody is not for another name at the same address.
  const proven = address.tls && options.host !== undefined ? ` as ${host}` : ""
  const pool = keep(`connections to ${parsed.origin}${proven}${networkKey(network)}`, open, (one) => one.dispose())
  const known = `${service} ${url}${options.host === undefined ? "" : ` as ${host}`}`
  const state = keep(`state of ${known}`, () => new UpstreamState())
  const health = keep(`health of ${known}`, () => new HealthRecord())
  const { label = parsed.origin + basePath } = options
  return { url, label, host, address, basePath, weight, zone, priority, pool, state, health }
}
