import type { Ended } from "../../core/observer.ts"
import type { Span } from "../../core/span.ts"
import type { Trace } from "../../core/trace.ts"
import type { Redact } from "../redact.ts"
import { attributesOf, failureOf, nameOf } from "./attributes.ts"
import type { ReadableSpan, Sender } from "./identity.ts"

// As OpenTelemetry numbers them.
const kinds = { internal: 0, server: 1, client: 2 } as const
const unset = { code: 0 } as const
const failed = { code: 2 } as const

/** An exchange that is to be sent, as little of it as is needed for that. */
export interface Recorded {
  readonly ended: Ended
  readonly trace: Trace
  readonly root: Span
  readonly redact: Redact
}

type Time = ReadableSpan["startTime"]

/** The spans of an exchange as the transformer takes them, the outermost first. */
export function spansOf({ ended, trace, root, redact }: Recorded, sender: Sender): ReadableSpan[] {
  const { at, began } = ended
  const made: ReadableSpan[] = []
  const timeOf = (clock: number): Time => timeFrom(at + (clock - began))
  const contextOf = (spanId: string, isRemote = false): ReturnType<ReadableSpan["spanContext"]> => ({
    traceId: trace.traceId,
    spanId,
    // The one bit says that it is recorded, the other that the id is random.
    traceFlags: trace.flags,
    isRemote,
    ...(trace.state === undefined ? {} : { traceState: stateOf(trace.state) }),
  })

  const add = (span: Span, parent: string | undefined): void => {
    const isRoot = span === root
    if (!isRoot && !isWorthTelling(span)) {
      // What is asked in its course is told as done by what it is around.
      for (const child of span.children) add(child, parent)
      return
    }
    const start = isRoot ? began : span.began
    const end = isRoot ? ended.ended : span.ended || ended.ended
    const context = contextOf(span.id)
    const failure = isRoot ? failureOf(ended) : span.failure
    made.push({
      name: isRoot ? nameOf(ended) : nameOfInner(span),
      kind: isRoot ? kinds.server : span.kind === "try" ? kinds.client : kinds.internal,
      spanContext: () => context,
      ...(parent === undefined ? {} : { parentSpanContext: contextOf(parent, isRoot) }),
      startTime: timeOf(start),
      endTime: timeOf(Math.max(start, end)),
      duration: timeFrom(Math.max(0, end - start)),
      ended: true,
      status: failure === undefined ? unset : failed,
      attributes: { ...(isRoot ? attributesOf(ended, redact) : {}), ...attributesOfSpan(span, failure) },
      events: (span.events ?? []).map(({ name, at: then, attributes = {} }) => ({
        name,
        time: timeOf(then),
        attributes: { ...attributes },
      })),
      links: [],
      resource: sender.resource,
      instrumentationScope: sender.scope,
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
    })
    for (const child of span.children) add(child, span.id)
  }
  add(root, trace.parentId)
  return made
}

// A rule that let the exchange pass at once has taken no time that anybody could see.
const isWorthTelling = ({ kind, attributes }: Span): boolean =>
  kind !== "policy" ||
  attributes?.get("bellhop.policy.waits") === true ||
  attributes?.get("bellhop.policy.verdict") !== "passed"

/** Milliseconds as seconds and nanoseconds. */
export function timeFrom(milliseconds: number): Time {
  const seconds = Math.floor(milliseconds / 1000)
  return [seconds, Math.min(999_999_999, Math.round((milliseconds - seconds * 1000) * 1e6))]
}

type State = NonNullable<ReturnType<ReadableSpan["spanContext"]>["traceState"]>

function stateOf(text: string): State {
  const state: State = { serialize: () => text, get: () => undefined, set: () => state, unset: () => state }
  return state
}

const nameOfInner = ({ kind, name, attributes }: Span): string =>
  kind === "try" ? `${String(attributes?.get("http.request.method") ?? "HTTP")} ${name}` : `${kind} ${name}`

function attributesOfSpan(span: Span, failure: string | undefined): ReadableSpan["attributes"] {
  return {
    ...(span.attributes ? Object.fromEntries(span.attributes) : {}),
    ...(span.status > 0 ? { "http.response.status_code": span.status } : {}),
    ...(failure === undefined ? {} : { "error.type": failure }),
    ...(span.dropped > 0 ? { "bellhop.spans_dropped": span.dropped } : {}),
  }
}
