import type { Exchange } from "../core/exchange.ts"
import type { Observer } from "../core/observer.ts"
import type { Tools } from "../core/part.ts"
import type { ObserveOptions } from "./observe-options.ts"
import { otlp } from "./otlp/otlp.ts"
import { Recorder } from "./recorder.ts"
import type { RecorderOptions } from "./recorder/options.ts"
import { redaction } from "./recorder/redaction.ts"
import { standardTraces } from "./traces-options.ts"
import { tracer } from "./traces.ts"

/** Who watches the exchanges of a config. */
export interface Observing {
  /** Is told of each exchange before anything is done with it; undefined where nobody wants that. */
  readonly watch: ((exchange: Exchange) => void) | undefined
  /** Are told of each exchange when it has ended. */
  readonly observers: readonly Observer[]
  /** Keeps recent exchanges; undefined where nobody wants that. */
  readonly recorder: Recorder | undefined
  /** Writes and sends what has gathered, before the process ends. */
  flush(): Promise<void>
}

/** Makes the observers that a config asks for; what they gather outlives a reload. */
export function observing(
  options: ObserveOptions | undefined,
  tools: Pick<Tools, "keep" | "whenServed" | "log">,
  recorded?: RecorderOptions,
): Observing {
  const watches: ((exchange: Exchange) => void)[] = []
  const observers: Observer[] = []
  const recorder = recorded && keptRecorder(recorded, tools)
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
      exporter && ((one, trace, root) => exporter.push({ ended: one, trace, root })),
    )
    watches.push(watch)
    observers.push(ended)
  }
  return {
    watch: all(watches),
    observers,
    recorder,
    async flush() {
      await sends?.flush()
    },
  }
}

function keptRecorder(options: RecorderOptions, { keep, whenServed }: Pick<Tools, "keep" | "whenServed">): Recorder {
  const redact = redaction()
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
