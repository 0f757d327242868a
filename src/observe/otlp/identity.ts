import type { JsonTraceSerializer } from "@opentelemetry/otlp-transformer"
import { resourceFromAttributes } from "@opentelemetry/resources"

import manifest from "../../../package.json" with { type: "json" }
import type { OtlpOptions } from "./options.ts"

/** A span as the transformer takes it. */
export type ReadableSpan = Parameters<typeof JsonTraceSerializer.serializeRequest>[0][number]

/** Who sends: the gateway as a receiver sees it. */
export interface Sender {
  readonly resource: ReadableSpan["resource"]
  readonly scope: ReadableSpan["instrumentationScope"]
}

/** What is said of the gateway with everything that it sends. */
export function senderOf({ service, attributes }: OtlpOptions): Sender {
  return {
    resource: resourceFromAttributes({
      "service.name": service,
      "service.version": manifest.version,
      // Tells several processes of one gateway apart.
      "service.instance.id": instance,
      ...Object.fromEntries(attributes ?? []),
    }),
    scope: { name: "bellhop", version: manifest.version },
  }
}

const instance = crypto.randomUUID()
