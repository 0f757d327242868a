import type { Exchange } from "../core/exchange.ts"
import type { Observer } from "../core/observer.ts"
import type { Tools } from "../core/part.ts"
import { accessLog } from "./access-log.ts"
import type { AccessLogOptions } from "./access-log/options.ts"
import type { Family } from "./metrics/family.ts"
import type { ObserveOptions } from "./observe-options.ts"
import { otlp, type Sent } from "./otlp/otlp.ts"
import { Recorder } from "./recorder.ts"
import type { RecorderOptions } from "./recorder/options.ts"
import { type Redact, redaction } from "./redact.ts"
import { standardTraces } from "./traces-options.ts"
import { tracer } from "./traces.ts"

/** Who watches the exchanges of a config. */
export interface Observing {
  /** Is told of each exchange before anything is done with it; undefined where nobody wants that. */
  readonly watch: ((exchange: Exchange) => void) | undefined
  /** Are told of each exchange when it has ended. */
  readonly observers: readonly Observer[]
  /** Whether exchanges are counted and measured. */
  readonly measures: boolean
  /** Keeps recent exchanges; undefined where nobody wants that. */
  readonly recorder: Recorder | undefined
  /** What became of what was to be sent to an OTLP receiver. */
  readonly sent: readonly Sent[]
  /** From now on what is sent of metrics is what this gives. */
  measure(collect: () => readonly Family[]): void
  /** Writes and sends what has gathered, before the process ends. */
  flush(): Promise<void>
}

/** Makes the observers that a config asks for; what they gather outlives a reload. */
export function observing(
  options: ObserveOptions | undefined,
  tools: Pick<Tools, "keep" | "whenServed" | "log" | "metrics" | "root">,
  recorded?: RecorderOptions,
  logged?: AccessLogOptions,
  /** Names under which credentials stand in requests, known once the config is compiled. */
  secret: Set<string> = new Set(),
): Observing {
  const watches: ((exchange: Exchange) => void)[] = []
  const observers: Observer[] = []
  for (const name of options?.redact ?? []) secret.add(name.toLowerCase())
  const redact = redaction(secret)
  const recorder = recorded && keptRecorder(recorded, redact, tools)
  if (recorder) {
    // The first, because it keeps requests as they came, and tracing changes their headers.
    watches.push((exchange) => recorder.watch(exchange))
    observers.push((ended) => recorder.ended(ended))
  }
  const sends = options?.otlp && otlp(options.otlp, tools)
  const traces = options?.traces ?? (sends?.traces && standardTraces())
  if (traces) {
    const exporter = sends?.traces
    const { watch, ended } = tracer(
      traces,
      exporter && ((one, trace, root) => exporter.push({ ended: one, trace, root, redact })),
    )
    watches.push(watch)
    observers.push(ended)
  }
  const written = logged && accessLog(logged, redact, tools)
  if (written) observers.push(written.observe)
  const lines = sends?.logs
  if (lines) observers.push((ended) => lines.push({ ended, redact }))
  return {
    watch: all(watches),
    observers,
    measures: options?.metrics !== false,
    recorder,
    sent: sends?.sent ?? [],
    measure: (collect) => sends?.measure(collect),
    async flush() {
      await Promise.all([sends?.flush(), written?.flush()])
    },
  }
}

function keptRecorder(
  options: RecorderOptions,
  redact: Redact,
  { keep, whenServed }: Pick<Tools, "keep" | "whenServed">,
): Recorder {
  const recorder = keep(
    "recorder",
    () => new Recorder(options, redact),
    (one) => one.close(),
  )
  whenServed(() => {
    recorder.configure(options, redact)
    return () => undefined
  })
  return recorder
}

function all(watches: readonly ((exchange: Exchange) => void)[]): Observing["watch"] {
  if (watches.length < 2) return watches[0]
  return (exchange) => {
    for (const watch of watches) watch(exchange)
  }
}
