import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer"

import type { Sending } from "./exporter.ts"
import type { Sender } from "./identity.ts"
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

/** What a receiver says in its answer; many say nothing, and some what cannot be read: they took it all the same. */
function read<T>(serializer: { deserializeResponse(data: Uint8Array): T }, answer: Uint8Array): T | undefined {
  if (answer.byteLength === 0) return undefined
  try {
    return serializer.deserializeResponse(answer)
  } catch {
    return undefined
  }
}
