import type { JsonLogsSerializer } from "@opentelemetry/otlp-transformer"

import type { Ended } from "../../core/observer.ts"
import type { Redact } from "../redact.ts"
import { attributesOf, failureOf, nameOf } from "./attributes.ts"
import type { Sender } from "./identity.ts"
import { timeFrom } from "./traces.ts"

/** A line as the transformer takes it. */
export type ReadableLog = Parameters<typeof JsonLogsSerializer.serializeRequest>[0][number]

// As OpenTelemetry numbers them.
const info = { severityNumber: 9, severityText: "INFO" } as const
const error = { severityNumber: 17, severityText: "ERROR" } as const

/** An exchange that there is to be a line about. */
export interface Line {
  readonly ended: Ended
  readonly redact: Redact
}

/** The line about an exchange, with the trace that it belongs to. */
export function logOf({ ended, redact }: Line, sender: Sender): ReadableLog {
  const { exchange, at, began, answered, ended: end, upstream, code, outcome, status } = ended
  const { trace } = exchange
  const failure = failureOf(ended)
  const hrTime = timeFrom(at + (end - began))
  return {
    hrTime,
    hrTimeObserved: hrTime,
    ...(trace ? { spanContext: { traceId: trace.traceId, spanId: trace.spanId, traceFlags: trace.flags } } : {}),
    ...(failure === undefined ? info : error),
    eventName: "bellhop.exchange",
    body: `${nameOf(ended)} ${status}`,
    attributes: {
      ...attributesOf(ended, redact),
      ...(failure === undefined ? {} : { "error.type": failure }),
      ...(code === undefined ? {} : { "bellhop.code": code }),
      "bellhop.outcome": outcome,
      "bellhop.duration": seconds(end - began),
      "bellhop.duration.answer": seconds(answered - began),
      "bellhop.duration.upstream": seconds(upstream),
    },
    resource: sender.resource,
    instrumentationScope: sender.scope,
    droppedAttributesCount: 0,
  }
}

const seconds = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1e6
