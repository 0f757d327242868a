import type { Family } from "../observe/metrics.ts"
import { type ServiceStatus, statusOf } from "../services/status.ts"
import type { Live } from "./live.ts"

/** How the services of the config served now do. */
export const serviceStatuses = (live: Live): ServiceStatus[] =>
  [...(live.now?.built.gateway.services.values() ?? [])].map(statusOf)

/** What the services tell when they are asked, as metrics. */
export function serviceMetrics(statuses: readonly ServiceStatus[]): Family[] {
  const upstreams = statuses.flatMap(({ service, upstreams: list }) =>
    list.map((one) => ({ ...one, labels: { service, upstream: one.upstream } })),
  )
  return [
    {
      name: "bellhop_upstream_up",
      type: "gauge",
      help: "Whether an upstream is asked.",
      samples: upstreams.map(({ labels, up }) => [labels, Number(up)]),
    },
    {
      name: "bellhop_upstream_connections",
      type: "gauge",
      help: "Connections to an upstream: all that are open, those of them without use, and requests that wait for one.",
      samples: upstreams.flatMap(({ labels, connections }) =>
        (["open", "idle", "waiting"] as const).map((state) => [{ ...labels, state }, connections[state]] as const),
      ),
    },
    {
      name: "bellhop_upstream_latency_seconds",
      type: "gauge",
      help: "How long the answers of an upstream take to begin, of late.",
      samples: upstreams.flatMap(({ labels, latency }) =>
        latency === undefined ? [] : [[labels, latency / 1000] as const],
      ),
    },
    {
      name: "bellhop_health_checks_total",
      type: "counter",
      help: "Health checks, by upstream and result.",
      samples: upstreams.flatMap(({ labels, checks }) =>
        checks
          ? [
              [{ ...labels, result: "passed" }, checks.passed] as const,
              [{ ...labels, result: "failed" }, checks.failed] as const,
            ]
          : [],
      ),
    },
    {
      name: "bellhop_discovery_up",
      type: "gauge",
      help: "Whether the source of the upstreams answers.",
      samples: statuses.flatMap(({ service, discovery }) =>
        discovery ? [[{ service }, Number(discovery.up === true)] as const] : [],
      ),
    },
  ]
}
