import { b3Names, writeB3 } from "../http/b3.ts"
import type { HeaderList } from "../http/header-list.ts"
import { type Caller, writeTraceparent } from "../http/trace-context.ts"
import { hexId } from "./hex-id.ts"
import type { Span } from "./span.ts"

/** How B3 headers are written beside those of the W3C, for services that know no others. */
export type B3 = "single" | "multi"

/** The trace that an exchange belongs to, and how those who are asked on its behalf are told of it. */
export class Trace {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** The span of the exchange as a whole: 16 hexadecimal digits. */
  readonly spanId: string
  /** The span of who called; undefined where the trace begins here. */
  readonly parentId: string | undefined
  /** What those who are asked are told: whether to record what they do. */
  readonly sampled: boolean
  /** The `tracestate` that came with it. */
  readonly state: string | undefined
  readonly #random: boolean
  readonly #b3: B3 | undefined

  constructor(
    caller: Pick<Caller, "traceId" | "random"> & { readonly parentId?: string | undefined },
    sampled: boolean,
    state?: string,
    b3?: B3,
    spanId = hexId(8),
  ) {
    this.traceId = caller.traceId
    this.parentId = caller.parentId
    this.#random = caller.random
    this.sampled = sampled
    this.state = state
    this.#b3 = b3
    this.spanId = spanId
  }

  /** The flags of its `traceparent`, as a number. */
  get flags(): number {
    return (this.sampled ? 1 : 0) | (this.#random ? 2 : 0)
  }

  /** Puts it in the place of what the caller said of its own: what is asked from now on is asked by this exchange. */
  write(headers: HeaderList): void {
    headers.set("traceparent", this.#traceparent(this.spanId))
    if (this.state === undefined) headers.delete("tracestate")
    else headers.set("tracestate", this.state)
    if (this.#b3 === undefined) return
    headers.drop((name) => name === "b3" || (b3Names as readonly string[]).includes(name))
    if (this.#b3 === "single") return headers.append("b3", writeB3(this.traceId, this.spanId, this.sampled))
    headers.append("x-b3-traceid", this.traceId)
    headers.append("x-b3-spanid", this.spanId)
    if (this.parentId !== undefined) headers.append("x-b3-parentspanid", this.parentId)
    headers.append("x-b3-sampled", this.sampled ? "1" : "0")
  }

  /** The value of a header as one span sends it; undefined where the header says nothing of who sends it. */
  valueOf(header: string, span: Span | undefined): string | undefined {
    if (span === undefined) return undefined
    if (header === "traceparent") return this.#traceparent(span.id)
    if (this.#b3 === undefined) return undefined
    if (header === "b3") return writeB3(this.traceId, span.id, this.sampled)
    if (header === "x-b3-spanid") return span.id
    return header === "x-b3-parentspanid" ? span.parent?.id : undefined
  }

  #traceparent(spanId: string): string {
    return writeTraceparent(this.traceId, spanId, this.flags)
  }
}
