import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from "@opentelemetry/otlp-transformer"

import { largest, type Sending } from "./exporter.ts"
import type { Sender } from "./identity.ts"
import { type Line, logOf } from "./logs.ts"
import type { ReadableMetrics } from "./metrics.ts"
import type { OtlpOptions } from "./options.ts"
import { type Recorded, spansOf } from "./traces.ts"

/** How traces are sent. */
export function traceSending({ format }: OtlpOptions, sender: Sender): Sending<Recorded> {
  const serializer = format === "json" ? JsonTraceSerializer : ProtobufTraceSerializer
  return {
    what: "traces",
    sizeOf: ({ root }) => root.size,
    serialize: (items) => serializer.serializeRequest(items.flatMap((one) => spansOf(one, sender))),
    refused(answer) {
      const partial = read(serializer, answer)?.partialSuccess
      return partial && { count: Number(partial.rejectedSpans ?? 0), why: partial.errorMessage ?? "" }
    },
  }
}

/** How a line about each exchange is sent. */
export function logSending({ format }: OtlpOptions, sender: Sender): Sending<Line> {
  const serializer = format === "json" ? JsonLogsSerializer : ProtobufLogsSerializer
  return {
    what: "logs",
    sizeOf: () => 1,
    serialize: (items) => serializer.serializeRequest(items.map((one) => logOf(one, sender))),
    refused(answer) {
      const partial = read(serializer, answer)?.partialSuccess
      return partial && { count: Number(partial.rejectedLogRecords ?? 0), why: partial.errorMessage ?? "" }
    },
  }
}

/** How metrics are sent: one snapshot in each request, and hardly any that wait, for the next one says all of it again. */
export function metricSending({ format }: OtlpOptions): Sending<ReadableMetrics> {
  const serializer = format === "json" ? JsonMetricsSerializer : ProtobufMetricsSerializer
  return {
    what: "metrics",
    sizeOf: () => largest,
    serialize: ([snapshot]) => snapshot && serializer.serializeRequest(snapshot),
    refused(answer) {
      const partial = read(serializer, answer)?.partialSuccess
      return partial?.errorMessage ? { count: largest, why: partial.errorMessage } : undefined
    },
  }
}

/** What a receiver says in its answer; many say nothing, and some what cannot be read: they took it all the same. */
function read<T>(serializer: { deserializeResponse(data: Uint8Array): T }, answer: Uint8Array): T | undefined {
  if (answer.byteLength === 0) return undefined
  try {
    return serializer.deserializeResponse(answer)
  } catch {
    return undefined
  }
}
