import type { Family, Metrics } from "../observe/metrics.ts"
import { exposed, type Exposition } from "../observe/metrics/exposition.ts"
import { cacheMetrics } from "./cache-metrics.ts"
import type { Live } from "./live.ts"
import { otlpMetrics } from "./otlp-metrics.ts"
import { serviceMetrics, serviceStatuses } from "./service-metrics.ts"
import { storeMetrics } from "./store-metrics.ts"

/** Everything that is counted, by the gateway and by what is in it. */
export const metricFamilies = (live: Live, metrics: Metrics): Family[] =>
  metrics.families([
    ...serviceMetrics(serviceStatuses(live)),
    ...storeMetrics(live.now?.built.store),
    ...cacheMetrics(live.now?.built.cache),
    ...otlpMetrics(live.now?.built.observing.sent),
  ])

/** The same as text. */
export const metricsText = (live: Live, metrics: Metrics, as: Exposition = "prometheus"): string =>
  exposed(metricFamilies(live, metrics), as)
