import type { Ended } from "../../core/observer.ts"
import type { Span } from "../../core/span.ts"
import type { Trace } from "../../core/trace.ts"
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
}

type Time = ReadableSpan["startTime"]

/** The spans of an exchange as the transformer takes them, the outermost first. */
export function spansOf({ ended, trace, root }: Recorded, sender: Sender): ReadableSpan[] {
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
      attributes: isRoot ? attributesOfRoot(ended, span, failure) : attributesOf(span, failure),
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

const methods: ReadonlySet<string> = new Set(
  "GET HEAD POST PUT PATCH DELETE OPTIONS QUERY PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK REPORT SEARCH".split(
    " ",
  ),
)

const pathOf = (route: string): string => route.slice(route.indexOf(" ") + 1)

// Only what is known beforehand: receivers group by names, and anybody could make up a million of methods and paths.
function nameOf({ exchange: { method, route } }: Ended): string {
  const word = methods.has(method) ? method : "HTTP"
  return route === "" ? word : `${word} ${pathOf(route)}`
}

const nameOfInner = ({ kind, name, attributes }: Span): string =>
  kind === "try" ? `${String(attributes?.get("http.request.method") ?? "HTTP")} ${name}` : `${kind} ${name}`

function failureOf({ status, outcome, code }: Ended): string | undefined {
  if (status >= 500) return code ?? String(status)
  return outcome === "cut" ? (code ?? "cut") : undefined
}

type Attributes = ReadableSpan["attributes"]

function attributesOfRoot({ exchange, status, received, sent }: Ended, span: Span, failure?: string): Attributes {
  const { method, route, scheme, host, client, id } = exchange
  const known = methods.has(method)
  const colon = /:\d+$/.exec(host)
  const agent = exchange.headers.get("user-agent")
  return {
    "http.request.method": known ? method : "_OTHER",
    ...(known ? {} : { "http.request.method_original": method.slice(0, 32) }),
    "url.scheme": scheme,
    "url.path": exchange.path,
    "server.address": colon ? host.slice(0, colon.index) : host,
    ...(colon ? { "server.port": Number(colon[0].slice(1)) } : {}),
    "client.address": client,
    ...(agent === undefined ? {} : { "user_agent.original": agent }),
    ...(route === "" ? {} : { "http.route": pathOf(route) }),
    "http.response.status_code": status,
    "http.request.body.size": received,
    "http.response.body.size": sent,
    "bellhop.exchange": id,
    ...attributesOf(span, failure),
  }
}

function attributesOf(span: Span, failure: string | undefined): Attributes {
  return {
    ...(span.attributes ? Object.fromEntries(span.attributes) : {}),
    ...(span.status > 0 ? { "http.response.status_code": span.status } : {}),
    ...(failure === undefined ? {} : { "error.type": failure }),
    ...(span.dropped > 0 ? { "bellhop.spans_dropped": span.dropped } : {}),
  }
}
