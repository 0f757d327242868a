import type { Span, SpanValue } from "../../core/span.ts"
import type { Redact } from "../redact.ts"
import type { Recording } from "./recording.ts"
import { type ShownBody, shownBody } from "./shown-body.ts"

/** One stretch of the work on an exchange, as the admin API has it. */
export interface ShownSpan {
  readonly kind: Span["kind"]
  readonly name: string
  /** Milliseconds after the exchange began. */
  readonly start: number
  /** How long it took, in milliseconds; null while it goes on. */
  readonly took: number | null
  /** The status that came of it, where one did. */
  readonly status: number | null
  readonly failure: string | null
  readonly attributes: Readonly<Record<string, SpanValue>>
  readonly events: readonly { name: string; at: number; attributes: Readonly<Record<string, SpanValue>> }[]
  readonly children: readonly ShownSpan[]
  /** Stretches that were too many to be kept. */
  readonly dropped: number
}

/** An exchange in a list. */
export interface Summary {
  readonly id: string
  /** What the exchange is called in its answer, in logs and by services: a client may have chosen it. */
  readonly exchange: string
  readonly replayOf: string | null
  readonly trace: string | null
  /** When it began. */
  readonly at: string
  readonly method: string
  readonly host: string
  readonly path: string
  readonly query: string
  readonly route: string | null
  readonly client: string
  readonly identity: string | null
  readonly status: number
  /** The stable word for what went wrong. */
  readonly code: string | null
  readonly outcome: Recording["outcome"]
  /** Milliseconds until the end of the answer, until its beginning, and of those the ones spent waiting for services. */
  readonly took: number
  readonly answered: number
  readonly upstream: number
  readonly received: number
  readonly sent: number
  readonly services: readonly string[]
  readonly tree?: ShownSpan
}

/** Header lines in order. */
export type ShownHeaders = readonly (readonly [name: string, value: string])[]

/** Everything that may be seen of an exchange. */
export interface Detail extends Summary {
  readonly request: { readonly headers: ShownHeaders; readonly body: ShownBody | null }
  readonly response: { readonly headers: ShownHeaders; readonly body: ShownBody | null }
  /** Whether it can be replayed as it was; why not, if not. */
  readonly replay: { readonly possible: boolean; readonly reason: string | null; readonly safe: boolean }
  readonly tree: ShownSpan
}

/** The methods that change nothing (RFC 9110 section 9.2.1). */
export const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"])

const rounded = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000

/** A recording as a list has it. */
export function summaryOf(recording: Recording, tree: boolean): Summary {
  const { redact, began, method, host, client, status, outcome, received, sent, services } = recording
  const summary = {
    id: recording.id,
    exchange: redact.text(recording.exchangeId),
    replayOf: recording.replayOf ?? null,
    trace: recording.trace ?? null,
    at: new Date(recording.at).toISOString(),
    method,
    host,
    path: redact.text(recording.rawPath),
    query: redact.query(recording.search),
    route: recording.route === "" ? null : recording.route,
    client,
    identity: recording.identity === undefined ? null : redact.text(recording.identity),
    status,
    code: recording.code ?? null,
    outcome,
    took: rounded(recording.took),
    answered: rounded(recording.answered - began),
    upstream: rounded(recording.upstream),
    received,
    sent,
    services,
  }
  return tree ? { ...summary, tree: treeOf(recording) } : summary
}

/** A recording whole. */
export function detailOf(recording: Recording): Detail {
  const { redact, lines, answerLines, asked, answer } = recording
  const reason = unrepeatable(recording) ?? null
  return {
    ...summaryOf(recording, false),
    request: { headers: headersOf(lines, redact), body: shownBody(asked, valueIn(lines), redact) },
    response: { headers: headersOf(answerLines, redact), body: shownBody(answer, valueIn(answerLines), redact) },
    replay: { possible: reason === null, reason, safe: safeMethods.has(recording.method) },
    tree: treeOf(recording),
  }
}

/** Why an exchange cannot be repeated as it was; undefined where it can. */
export function unrepeatable({ admitted, websocket, hasBody, asked }: Recording): string | undefined {
  if (!admitted) return "Only its head was kept: it was refused at the door, or one of too many at once."
  if (websocket) return "It asked for a WebSocket."
  if (hasBody && !asked.whole)
    return asked.ended || asked.size > asked.kept
      ? `Only ${asked.kept} of the ${asked.size} bytes of its body were kept: raise observe.recorder.bodies, or give another body.`
      : "Its body was not read to its end: give another body."
  return undefined
}

const headersOf = (lines: readonly string[], redact: Redact): [string, string][] => {
  const made: [string, string][] = []
  for (let at = 0; at < lines.length; at += 2) {
    const name = lines[at] as string
    made.push([name, redact.header(name, lines[at + 1] as string)])
  }
  return made
}

const valueIn =
  (lines: readonly string[]) =>
  (name: string): string | undefined => {
    for (let at = 0; at < lines.length; at += 2) if (lines[at] === name) return lines[at + 1]
    return undefined
  }

/** The tree of what was done for an exchange, from its route down. */
export function treeOf({ span, began, redact, route, status, ended, code }: Recording): ShownSpan {
  if (span) return { ...spanOf(span, began, redact), name: route, status, took: rounded(ended - began), start: 0 }
  const nothing = { attributes: {}, events: [], children: [], dropped: 0 }
  return {
    kind: "route",
    name: route,
    start: 0,
    took: rounded(ended - began),
    status,
    failure: code ?? null,
    ...nothing,
  }
}

function spanOf(span: Span, began: number, redact: Redact): ShownSpan {
  const { kind, name, status, failure, attributes, events, children, dropped } = span
  return {
    kind,
    name,
    start: rounded(span.began - began),
    took: span.ended === 0 ? null : rounded(span.ended - span.began),
    status: status === 0 ? null : status,
    failure: failure ?? null,
    attributes: told(attributes, redact),
    events: (events ?? []).map((event) => ({
      name: event.name,
      at: rounded(event.at - began),
      attributes: told(event.attributes && new Map(Object.entries(event.attributes)), redact),
    })),
    children: children.map((child) => spanOf(child, began, redact)),
    dropped,
  }
}

function told(attributes: ReadonlyMap<string, SpanValue> | undefined, redact: Redact): Record<string, SpanValue> {
  const made: Record<string, SpanValue> = {}
  for (const [name, value] of attributes ?? []) made[name] = typeof value === "string" ? redact.text(value) : value
  return made
}
