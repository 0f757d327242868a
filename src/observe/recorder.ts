import type { Exchange } from "../core/exchange.ts"
import type { Ended } from "../core/observer.ts"
import { Span } from "../core/span.ts"
import { keptStream, type Room } from "./recorder/kept-body.ts"
import type { RecorderOptions } from "./recorder/options.ts"
import { Pace } from "./recorder/pace.ts"
import { Recording } from "./recorder/recording.ts"
import type { Redact } from "./redact.ts"

/** Is handed each recording when its exchange has ended; `closed` when there will be no more. */
export interface Follower {
  recorded(recording: Recording): void
  closed(): void
}

interface Replay {
  readonly of: string
  recording: Recording | undefined
}

/** Keeps recent exchanges in memory, within a bound; the oldest make room. Lives over reloads. */
export class Recorder {
  #options: RecorderOptions
  #redact: Redact
  // The oldest first; those before `first` are gone.
  #kept: (Recording | undefined)[] = []
  #first = 0
  #bytes = 0
  readonly #pace = new Pace()
  readonly #failures = new Pace()
  #skipped = 0
  readonly #open = new Map<Exchange, Recording>()
  readonly #replays = new Map<Exchange, Replay>()
  readonly #followers = new Set<Follower>()
  readonly #room: Room = (bytes) => {
    this.#makeRoom(bytes)
    if (this.#bytes + bytes > this.#options.memory) return false
    this.#bytes += bytes
    return true
  }

  constructor(options: RecorderOptions, redact: Redact) {
    this.#options = options
    this.#redact = redact
  }

  /** From now on it goes by these; what is kept already keeps its own way to be shown. */
  configure(options: RecorderOptions, redact: Redact): void {
    this.#options = options
    this.#redact = redact
    this.#makeRoom(0)
  }

  /** Before anything is done with an exchange: from here on it is recorded. */
  watch(exchange: Exchange): void {
    const replay = this.#replays.size > 0 ? this.#replays.get(exchange) : undefined
    if (!replay && !this.#pace.take(exchange.began, this.#options.rate)) return
    const recording = new Recording(exchange, this.#redact, replay?.of)
    if (replay) replay.recording = recording
    this.#open.set(exchange, recording)
    exchange.span ??= new Span("route", "")
    const { bodies } = this.#options
    const room = this.#room
    if (exchange.body !== null) exchange.body = keptStream(exchange.body, recording.asked, bodies, room)
    else recording.asked.ended = true
    exchange.whenAnswered((reply) => {
      recording.reply = reply
      const { body } = reply
      if (body instanceof ReadableStream) reply.body = keptStream(body, recording.answer, bodies, room)
      else recording.answer.takeAll(body, bodies, room)
    })
  }

  /** An exchange has ended. */
  ended(ended: Ended): void {
    const { exchange } = ended
    const recording = this.#open.get(exchange) ?? this.#headOf(ended)
    if (!recording) return
    recording.admitted = this.#open.delete(exchange)
    const bodies = recording.asked.kept + recording.answer.kept
    recording.end(ended)
    this.#bytes -= bodies
    for (const follower of this.#followers) follower.recorded(recording)
    this.#makeRoom(recording.size)
    if (this.#bytes + recording.size > this.#options.memory) return
    this.#bytes += recording.size
    this.#kept.push(recording)
  }

  /** One of too many at once; one that was refused at the door; one that began before there was a recorder. */
  #headOf({ exchange, status, outcome, ended }: Ended): Recording | undefined {
    if (
      (status >= failing || outcome === "cut" || exchange.route === "") &&
      this.#failures.take(ended, this.#options.rate)
    )
      return new Recording(exchange, this.#redact)
    this.#skipped++
    return undefined
  }

  /** What is recorded of this exchange repeats another recording; gives how to take that, once it is answered. */
  replays(exchange: Exchange, of: Recording): () => Recording | undefined {
    const replay: Replay = { of: of.id, recording: undefined }
    this.#replays.set(exchange, replay)
    return () => {
      this.#replays.delete(exchange)
      return replay.recording
    }
  }

  /** The recordings, the latest first. */
  *latest(): Generator<Recording> {
    for (let at = this.#kept.length - 1; at >= this.#first; at--) yield this.#kept[at] as Recording
  }

  /** The recording of this id, of the exchange of this id, or the only one whose id ends like this. */
  find(id: string): Recording | undefined {
    let ending: Recording | undefined
    let endings = 0
    for (const one of this.latest()) {
      if (one.id === id || one.exchangeId === id) return one
      if (id.length < shortestEnding || !one.id.endsWith(id)) continue
      ending ??= one
      endings++
    }
    return endings === 1 ? ending : undefined
  }

  /** Hands over each recording from now on; gives how to end that. */
  follow(follower: Follower): () => void {
    this.#followers.add(follower)
    return () => void this.#followers.delete(follower)
  }

  /** How full it is. */
  get state() {
    const { memory, bodies, rate } = this.#options
    const exchanges = this.#kept.length - this.#first
    const { size: followers } = this.#followers
    return { memory, bodies, rate, bytes: this.#bytes, exchanges, skipped: this.#skipped, followers }
  }

  /** There is no recorder any more. */
  close(): void {
    for (const follower of this.#followers) follower.closed()
    this.#followers.clear()
    this.#open.clear()
    this.clear()
  }

  /** Forgets what is kept. */
  clear(): void {
    for (const recording of this.latest()) this.#bytes -= recording.size
    this.#kept = []
    this.#first = 0
  }

  #makeRoom(bytes: number): void {
    const { memory } = this.#options
    while (this.#bytes + bytes > memory && this.#first < this.#kept.length) {
      this.#bytes -= this.#kept[this.#first]?.size ?? 0
      this.#kept[this.#first++] = undefined
    }
    // Moved once for many that are gone.
    if (this.#first < 512 || this.#first * 2 < this.#kept.length) return
    this.#kept.splice(0, this.#first)
    this.#first = 0
  }
}

// As much of an id as people are shown.
const shortestEnding = 6

// What somebody will ask about, however many come.
const failing = 500
