import { ValueType } from "@opentelemetry/api"
import type { JsonMetricsSerializer } from "@opentelemetry/otlp-transformer"
import { AggregationTemporality, DataPointType } from "@opentelemetry/sdk-metrics"

import type { Distribution, Labels } from "../../core/metrics.ts"
import type { Family } from "../metrics/family.ts"
import type { Sender } from "./identity.ts"
import { timeFrom } from "./traces.ts"

/** Metrics as the transformer takes them. */
export type ReadableMetrics = Parameters<typeof JsonMetricsSerializer.serializeRequest>[0]

type Metric = ReadableMetrics["scopeMetrics"][number]["metrics"][number]

/** What is counted, as it is at this moment: sums since the process began. */
export function metricsOf(families: readonly Family[], at: number, sender: Sender): ReadableMetrics {
  const metrics = families.flatMap((family) => metricOf(family, at) ?? [])
  return { resource: sender.resource, scopeMetrics: [{ scope: sender.scope, metrics }] }
}

function metricOf({ name, type, help, samples }: Family, at: number): Metric | undefined {
  if (samples.length === 0) return undefined
  const base = {
    descriptor: { name, description: help, unit: unitOf(name), valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  }
  const point = <T>(labels: Labels, value: T) => ({
    startTime: timeFrom(performance.timeOrigin),
    endTime: timeFrom(at),
    attributes: { ...labels },
    value,
  })
  if (type === "histogram") {
    const dataPoints = samples.flatMap(([labels, value]) =>
      typeof value === "number" ? [] : [point(labels, histogramOf(value))],
    )
    return { ...base, dataPointType: DataPointType.HISTOGRAM, dataPoints }
  }
  const dataPoints = samples.flatMap(([labels, value]) =>
    typeof value === "number" && Number.isFinite(value) ? [point(labels, value)] : [],
  )
  if (type === "counter") return { ...base, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
  return { ...base, dataPointType: DataPointType.GAUGE, dataPoints }
}

function unitOf(name: string): string {
  const word = /_(seconds|bytes)(?:_total)?$/.exec(name)?.[1]
  return word === "seconds" ? "s" : word === "bytes" ? "By" : ""
}

// Copied, because it goes on counting before it is sent.
function histogramOf({ bounds, counts, sum }: Distribution) {
  const copied = Array.from(counts)
  const count = copied.reduce((total, one) => total + one, 0)
  return { buckets: { boundaries: Array.from(bounds), counts: copied }, sum, count }
}
