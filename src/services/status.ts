import type { Service } from "./service.ts"
import type { Upstream } from "./upstream.ts"

/** How an upstream does, for operators. */
export interface UpstreamStatus {
  /** Its URL, or its place in the config when that is secret. */
  readonly upstream: string
  /** Whether it is asked now. */
  readonly up: boolean
  /** Why it is not. */
  readonly reason: string | undefined
  /** When a health check last turned it up or down. */
  readonly since: string | undefined
  readonly checks: { readonly passed: number; readonly failed: number } | undefined
  readonly weight: number
  readonly zone: string | undefined
  readonly connections: { readonly open: number; readonly idle: number; readonly waiting: number }
  /** Milliseconds until its answers begin, of late; undefined while it is not known. */
  readonly latency: number | undefined
}

/** How a service does, for operators: fit for JSON, and without secrets. */
export interface ServiceStatus {
  readonly service: string
  readonly mode: string
  readonly discovery:
    | {
        readonly source: string
        readonly up: boolean | undefined
        readonly reason: string | undefined
        readonly since: string | undefined
      }
    | undefined
  readonly upstreams: readonly UpstreamStatus[]
}

/** How a service does now; upstreams that are not asked at all are left out. */
export function statusOf({ name, mode, discovery, checked, upstreams }: Service): ServiceStatus {
  const record = discovery?.record
  const seen = new Map<string, UpstreamStatus>()
  // One that the config names twice is one.
  if (mode !== "mock")
    for (const one of upstreams.all) if (!seen.has(one.label)) seen.set(one.label, upstreamStatus(one, checked))
  return {
    service: name,
    mode,
    discovery: discovery && {
      source: discovery.label,
      up: record?.up,
      reason: record?.reason,
      since: record?.since?.toISOString(),
    },
    upstreams: [...seen.values()],
  }
}

function upstreamStatus({ label, state, health, pool, weight, zone }: Upstream, checked: boolean): UpstreamStatus {
  const now = performance.now()
  const latency = state.expectedLatency(now)
  const ejected = state.ejectedUntil > now
  return {
    upstream: label,
    up: state.isUp(now),
    reason: !state.healthy ? health.reason : ejected ? "it failed too often, and is left alone for a while" : undefined,
    since: health.since?.toISOString(),
    checks: checked ? { passed: health.passed, failed: health.failed } : undefined,
    weight,
    zone,
    connections: pool.size,
    latency: latency === undefined ? undefined : Math.round(latency),
  }
}
