import type { Exchange } from "../../core/exchange.ts"
import type { Ended } from "../../core/observer.ts"
import type { Reply } from "../../core/reply.ts"
import type { Span } from "../../core/span.ts"
import type { Redact } from "../redact.ts"
import { KeptBody } from "./kept-body.ts"

// What objects and texts take beside what is in them, as measured.
const itself = 1600
const perLine = 48
const perSpan = 420
const perAttribute = 72
const perPiece = 160

const none: readonly string[] = []

/** One exchange as the recorder keeps it: the originals. What anybody sees of them goes through `redact`. */
export class Recording {
  /** Its own, because clients may choose the id of an exchange. */
  readonly id: string
  /** The recording that this one repeats. */
  readonly replayOf: string | undefined
  readonly redact: Redact
  readonly method: string
  readonly scheme: "http" | "https"
  readonly host: string
  readonly rawPath: string
  readonly path: string
  readonly search: string
  readonly client: string
  readonly proxies: string
  readonly websocket: boolean
  /** Name, value, name, value: as the door let them in. */
  readonly lines: readonly string[]
  readonly asked = new KeptBody()
  readonly answer = new KeptBody()
  /** The request came with a body. */
  readonly hasBody: boolean
  /** Who the exchange was named after at the door: a replay goes by the same name, as services see it. */
  readonly doorId: string

  /** Names the exchange in answers, logs and requests to services. */
  exchangeId = ""
  /** It was let in, and is here from its beginning. */
  admitted = false
  route = ""
  identity: string | undefined
  trace: string | undefined
  answerLines: readonly string[] = none
  span: Span | undefined
  status = 0
  code: string | undefined
  outcome: Ended["outcome"] = "whole"
  began = 0
  answered = 0
  ended = 0
  at = 0
  received = 0
  sent = 0
  upstream = 0
  /** About how many bytes of memory it takes. */
  size = 0
  /** The answer, while it is under way. */
  reply: Reply | undefined

  constructor(exchange: Exchange, redact: Redact, replayOf?: string) {
    this.id = replayOf === undefined ? exchange.id : Bun.randomUUIDv7()
    this.doorId = exchange.id
    this.replayOf = replayOf
    this.redact = redact
    this.method = exchange.method
    this.scheme = exchange.scheme
    this.host = exchange.host
    this.rawPath = exchange.rawPath
    this.path = exchange.path
    this.search = exchange.search
    this.client = exchange.client
    this.proxies = exchange.proxies
    this.websocket = exchange.websocket !== undefined
    // A copy: policies change the list in place.
    this.lines = exchange.headers.lines.slice()
    this.hasBody = exchange.body !== null
  }

  /** The services that were asked, each once. */
  get services(): readonly string[] {
    const found = new Set<string>()
    if (this.span) for (const span of within(this.span)) if (span.kind === "try") found.add(span.name)
    return [...found]
  }

  /** The whole time, in milliseconds. */
  get took(): number {
    return this.ended - this.began
  }

  /** It is over. */
  end(ended: Ended): void {
    const { exchange } = ended
    this.asked.close()
    this.answer.close()
    this.exchangeId = exchange.id
    this.route = exchange.route
    const who = exchange.identity
    this.identity = who && `${who.scheme}:${who.credential ?? who.subject}`
    this.trace = exchange.trace?.traceId
    this.span = exchange.span
    this.answerLines = this.reply?.headers.lines.slice() ?? none
    this.reply = undefined
    this.status = ended.status
    this.code = ended.code
    this.outcome = ended.outcome
    this.began = ended.began
    this.answered = ended.answered
    this.ended = ended.ended
    this.at = ended.at
    this.received = ended.received
    this.sent = ended.sent
    this.upstream = ended.upstream
    this.size = this.#weigh()
  }

  #weigh(): number {
    const { asked, answer } = this
    let size = itself + this.rawPath.length + this.search.length + this.host.length
    size += weightOf(this.lines) + weightOf(this.answerLines)
    size += asked.kept + answer.kept + perPiece * (asked.pieces.length + answer.pieces.length)
    if (this.span) size += weightOfTree(this.span)
    return size
  }
}

function weightOf(lines: readonly string[]): number {
  let size = 0
  for (const text of lines) size += text.length + perLine / 2
  return size
}

function weightOfTree({ attributes, events, children }: Span): number {
  let size = perSpan + perAttribute * ((attributes?.size ?? 0) + 2 * (events?.length ?? 0))
  if (attributes) for (const value of attributes.values()) if (typeof value === "string") size += value.length
  for (const child of children) size += weightOfTree(child)
  return size
}

/** A span and all that is within it, each before what is within it. */
export function* within(span: Span): Generator<Span> {
  yield span
  for (const child of span.children) yield* within(child)
}
