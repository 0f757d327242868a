import type { Tools } from "../../core/part.ts"
import { Exporter, type Sending } from "./exporter.ts"
import { senderOf } from "./identity.ts"
import type { OtlpOptions } from "./options.ts"
import { traceSending } from "./sendings.ts"
import type { Recorded } from "./traces.ts"

/** What sends to the receiver of a config; undefined where that gets none of the kind. */
export interface Otlp {
  readonly traces: Exporter<Recorded> | undefined
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
  return {
    traces,
    async flush() {
      await traces?.flush()
    },
  }
}
