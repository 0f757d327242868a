import { hexId } from "./hex-id.ts"

/** What a span is about: the whole exchange, a rule around it, a part of an aggregate, one try at an upstream. */
export type SpanKind = "route" | "policy" | "part" | "try"

/** What can be said of a span. */
export type SpanValue = string | number | boolean

/** Something that happened within a span. */
export interface SpanEvent {
  readonly name: string
  /** In milliseconds of the monotonic clock. */
  readonly at: number
  readonly attributes: Readonly<Record<string, SpanValue>> | undefined
}

// A list of a thousand items, each asked for with retries, must not become a tree that nobody can hold or read.
const largestTree = 1000

/** One stretch of the work on an exchange, and those within it. There is none unless somebody wants to see them. */
export class Span {
  readonly kind: SpanKind
  name: string
  /** What it is within; undefined for the whole exchange. */
  readonly parent: Span | undefined
  /** In milliseconds of the monotonic clock. */
  readonly began = performance.now()
  /** The same; 0 while it goes on. */
  ended = 0
  /** The status that came of it; 0 for none. */
  status = 0
  /** The stable word for what went wrong. */
  failure: string | undefined
  attributes: Map<string, SpanValue> | undefined
  events: SpanEvent[] | undefined
  /** In the order in which they began. */
  readonly children: Span[] = []
  /** Spans that found no room in the tree; counted at its root. */
  dropped = 0
  readonly #root: Span
  #size = 1
  #id: string | undefined

  constructor(kind: SpanKind, name: string, parent?: Span, id?: string) {
    this.kind = kind
    this.name = name
    this.parent = parent
    this.#id = id
    this.#root = parent ? parent.#root : this
  }

  /** Names it within its trace: 16 hexadecimal digits. */
  get id(): string {
    return (this.#id ??= hexId(8))
  }

  /** How many spans are in the tree that it is the root of. */
  get size(): number {
    return this.#size
  }

  /** Begins a span within this one. */
  child(kind: SpanKind, name: string): Span {
    const root = this.#root
    const span = new Span(kind, name, this)
    if (root.#size < largestTree) {
      root.#size++
      this.children.push(span)
    } else root.dropped++
    return span
  }

  /** Says something of it. */
  set(name: string, value: SpanValue): void {
    this.attributes ??= new Map()
    this.attributes.set(name, value)
  }

  /** Something happened just now. */
  event(name: string, attributes?: Readonly<Record<string, SpanValue>>): void {
    const event = { name, at: performance.now(), attributes }
    if (this.events) this.events.push(event)
    else this.events = [event]
  }

  /** It is over, with this status or this failure; only the first end counts. */
  end(status = 0, failure?: string): void {
    if (this.ended > 0) return
    this.ended = performance.now()
    this.status = status
    this.failure = failure
  }
}
