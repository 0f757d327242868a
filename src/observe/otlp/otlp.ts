import type { Tools } from "../../core/part.ts"
import type { Family } from "../metrics/family.ts"
import { Exporter, type Sending } from "./exporter.ts"
import { senderOf } from "./identity.ts"
import type { Line } from "./logs.ts"
import { metricsOf } from "./metrics.ts"
import type { OtlpOptions } from "./options.ts"
import { logSending, metricSending, traceSending } from "./sendings.ts"
import type { Recorded } from "./traces.ts"

// A process that is told to end does so: a receiver that is away may not keep it.
const longestFlush = 3000

/** How many there were of one kind: taken, without room in the queue, and lost on the way. */
export interface Sent {
  readonly what: "traces" | "logs" | "metrics"
  readonly counts: { readonly sent: number; readonly dropped: number; readonly failed: number }
}

/** What sends to the receiver of a config; undefined where that gets none of the kind. */
export interface Otlp {
  readonly traces: Exporter<Recorded> | undefined
  readonly logs: Exporter<Line> | undefined
  /** What became of what was to be sent so far. */
  readonly sent: readonly Sent[]
  /** From now on metrics are what this gives. */
  measure(collect: () => readonly Family[]): void
  /** Sends what has gathered. */
  flush(): Promise<void>
}

/** Makes what sends: kept over reloads, so that what has gathered is not lost with a save. */
export function otlp(
  options: OtlpOptions,
  { keep, whenServed, log }: Pick<Tools, "keep" | "whenServed" | "log">,
): Otlp {
  const sender = senderOf(options)
  const exporter = <T>(sending: Sending<T>): Exporter<T> | undefined => {
    if (!options.send.includes(sending.what)) return undefined
    const key = JSON.stringify({
      ...options,
      headers: [...(options.headers ?? [])],
      attributes: [...(options.attributes ?? [])],
    })
    const kept = keep(
      `otlp ${sending.what} ${key}`,
      () => new Exporter(sending, options, log),
      (one) => void one.flush(),
    )
    whenServed(() => kept.begin())
    return kept
  }
  const traces = exporter(traceSending(options, sender))
  const logs = exporter(logSending(options, sender))
  const metrics = exporter(metricSending(options))
  let collect: (() => readonly Family[]) | undefined
  const take = (): void => {
    if (collect) metrics?.push(metricsOf(collect(), Date.now(), sender))
  }
  if (metrics)
    whenServed(() => {
      const timer = setInterval(take, options.metricsEvery)
      return () => clearInterval(timer)
    })
  return {
    traces,
    logs,
    sent: [traces, logs, metrics].flatMap((one) => one ?? []),
    measure: (from) => void (collect = from),
    async flush() {
      take()
      let timer: ReturnType<typeof setTimeout> | undefined
      const over = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, longestFlush)
      })
      await Promise.race([Promise.all([traces?.flush(), logs?.flush(), metrics?.flush()]), over])
      clearTimeout(timer)
    },
  }
}
