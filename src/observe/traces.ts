import type { Exchange } from "../core/exchange.ts"
import { hexId } from "../core/hex-id.ts"
import type { Ended, Observer } from "../core/observer.ts"
import { Span } from "../core/span.ts"
import { Trace } from "../core/trace.ts"
import { b3Names, readB3, readB3Headers } from "../http/b3.ts"
import type { HeaderList } from "../http/header-list.ts"
import { type Caller, readTraceparent, readTracestate } from "../http/trace-context.ts"
import type { TracesOptions } from "./traces-options.ts"

/** Gives exchanges their place in a trace, and says of those that are recorded how they went. */
export interface Tracer {
  /** Before anything is done with an exchange. */
  watch(exchange: Exchange): void
  ended: Observer
}

/** Takes what is recorded: an exchange that has ended, the trace that it belongs to, and what was done for it. */
export type TakeTrace = (ended: Ended, trace: Trace, root: Span) => void

/** Makes a tracer; `take` is undefined where nobody wants spans, and exchanges only have to have a trace. */
export function tracer(options: TracesOptions, take: TakeTrace | undefined): Tracer {
  const { sample, parent, errors, slow, incoming, b3 } = options
  const decide = sampler(sample)
  const always = errors || slow !== undefined

  return {
    watch(exchange) {
      const { headers } = exchange
      if (incoming === "restart") headers.drop(isAboutTraces)
      const caller = incoming === "continue" ? callerOf(headers, b3 !== undefined) : undefined
      const traceId = caller?.traceId ?? hexId(16)
      const sampled = (parent ? caller?.sampled : undefined) ?? decide(traceId)
      const trace = new Trace(caller ?? { traceId, random: true }, sampled, caller?.state, b3, exchange.span?.id)
      trace.write(headers)
      exchange.trace = trace
      if (take && (sampled || always)) exchange.span ??= new Span("route", "", undefined, trace.spanId)
    },

    ended(ended) {
      const { trace, span: root } = ended.exchange
      if (!take || !trace || !root) return
      const keeps =
        trace.sampled ||
        (errors && (ended.status >= 500 || ended.outcome === "cut")) ||
        (slow !== undefined && ended.answered - ended.began > slow)
      if (keeps) take(ended, trace, root)
    },
  }
}

/** Decides by the random part of an id, as everybody does: those who record more record these as well. */
function sampler(percent: number): (traceId: string) => boolean {
  const bits = 2 ** 52
  const threshold = bits - (percent / 100) * bits
  return (traceId) => Number.parseInt(traceId.slice(-14, -1), 16) >= threshold
}

type Found = Caller & { readonly state?: string | undefined }

function callerOf(headers: HeaderList, takesB3: boolean): Found | undefined {
  const parents = headers.all("traceparent")
  if (parents.length > 0) {
    const caller = parents.length === 1 ? readTraceparent(parents[0] as string) : undefined
    // Without a trace there is no state of it either (section 4.3).
    return caller && { ...caller, state: readTracestate(headers.all("tracestate").join(",")) }
  }
  if (!takesB3) return undefined
  const single = headers.get("b3")
  return single === undefined ? readB3Headers((name) => headers.get(name)) : readB3(single)
}

const names: ReadonlySet<string> = new Set(["traceparent", "tracestate", "baggage", "b3", ...b3Names])

const isAboutTraces = (name: string): boolean => names.has(name)
