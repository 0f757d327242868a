import type { Family } from "../observe/metrics.ts"
import type { KeptStore } from "../stores/kept-store.ts"

/** What a store tells about itself, as metrics: nothing, where it cannot be away. */
export function storeMetrics(store: KeptStore | undefined): Family[] {
  const status = store?.status()
  if (!store || !status) return []
  const labels = { store: store.name }
  return [
    {
      name: "bellhop_store_up",
      type: "gauge",
      help: "Whether the store answers.",
      samples: [[labels, Number(status.connected)]],
    },
    {
      name: "bellhop_store_away_seconds",
      type: "gauge",
      help: "For how long the store has been away; 0 when it is not.",
      samples: [[labels, status.awaySince === undefined ? 0 : Math.max(0, Date.now() - status.awaySince) / 1000]],
    },
    {
      name: "bellhop_store_estimates_total",
      type: "counter",
      help: "How often limits were answered without the store, because it was away.",
      samples: [[labels, status.estimated]],
    },
  ]
}
