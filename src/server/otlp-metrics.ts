import type { Family } from "../observe/metrics.ts"
import type { Sent } from "../observe/otlp/otlp.ts"

/** What became of the traces, logs and metrics that were to be sent to an OTLP receiver. */
export const otlpMetrics = (sent: readonly Sent[] = []): Family[] =>
  sent.length === 0
    ? []
    : [
        {
          name: "bellhop_otlp_items_total",
          type: "counter",
          help: "Spans, lines and snapshots for the OTLP receiver: sent, dropped for want of room, or failed.",
          samples: sent.flatMap(({ what, counts }) =>
            (["sent", "dropped", "failed"] as const).map(
              (outcome) => [{ signal: what, outcome }, counts[outcome]] as const,
            ),
          ),
        },
      ]
