import { discard } from "../../core/discard.ts"
import { isDown } from "../../core/errors.ts"
import type { Exchange } from "../../core/exchange.ts"
import type { Handler } from "../../core/handler.ts"
import type { Reply } from "../../core/reply.ts"
import { HeaderList } from "../../http/header-list.ts"
import { sameTag, validatorsOf } from "../../http/validators.ts"
import type { Entry, Kept } from "./entry.ts"
import type { Flight, Landing } from "./flight.ts"
import { keptOf, refreshed } from "./keep-answer.ts"
import { Recording } from "./recording.ts"
import type { CacheRoom } from "./room.ts"
import { selecting } from "./vary.ts"
import { type KeepRules, worthOf } from "./worth.ts"

/** What a policy fetches with. */
export interface Ground {
  readonly next: Handler
  readonly room: CacheRoom
  readonly rules: KeepRules
  readonly maxObject: number
  readonly tagsHeader: string
}

/** A kept answer that has to be asked about; as it was when it was, whatever becomes of its entry. */
export interface Stale {
  readonly entry: Entry
  readonly kept: Kept
}

/** What is asked for. */
export interface Errand {
  readonly flight: Flight
  /** The variant without what `Vary` adds. */
  readonly prefix: string
  /** What the client said, before anything inside changed it. */
  readonly said: Pick<Exchange, "headers" | "client" | "proxies">
  /** It had credentials that the variant does not tell apart. */
  readonly authorized: boolean
  readonly stale: Stale | undefined
  /** The same request, without asking whether the stale answer is still good. */
  again(): Exchange
}

type Answered = Exclude<Landing, { failed: true }>

const failing = new Set([500, 502, 503, 504])

// After a failure the service is left alone for so long where there is a stale answer to give.
const rest = 1000

/** Asks the service, and keeps what may be kept. */
export async function carry(ground: Ground, errand: Errand): Promise<void> {
  const { flight } = errand
  flight.land(await landingOf(ground, errand))
}

async function landingOf(ground: Ground, errand: Errand): Promise<Landing> {
  const { flight, stale } = errand
  const { room } = ground
  let at = Date.now()
  let reply: Reply
  try {
    reply = await ground.next(flight.exchange)
    if (reply.status === 304 && stale && !answers(reply.headers, stale.kept)) {
      discard(reply)
      room.memory.delete(stale.entry)
      at = Date.now()
      reply = await ground.next(errand.again())
    }
  } catch (error) {
    room.end(flight)
    const spare = isDown(error) ? spareOf(stale) : undefined
    return spare ?? { failed: true, error }
  }
  try {
    const now = Date.now()
    if (failing.has(reply.status)) {
      const spare = spareOf(stale, reply.status)
      if (spare) {
        room.end(flight)
        discard(reply)
        return spare
      }
    }
    if (reply.status === 304 && stale) {
      room.end(flight)
      return validated(ground, errand, stale, reply, at, now)
    }
    return kept(ground, errand, reply, at, now)
  } catch (error) {
    room.end(flight)
    discard(reply)
    return { failed: true, error }
  }
}

/** Whether a 304 speaks of this answer. */
function answers(headers: HeaderList, { validators }: Kept): boolean {
  const tag = headers.get("etag")
  return tag === undefined || validators.tag === undefined || sameTag(tag, validators.tag)
}

/** The stale answer, where there may be no better one. */
function spareOf(stale: Stale | undefined, status?: number): Answered | undefined {
  const now = Date.now()
  if (!stale || stale.kept.errorUntil <= now) return undefined
  stale.entry.restUntil = now + rest
  return { ...plain, status: status ?? 0, headers: new HeaderList(), kept: stale.kept, stale: true, shared: true }
}

const plain = {
  failed: false,
  recording: undefined,
  body: null,
  byConfig: false,
  kept: undefined,
  validated: false,
  stale: false,
  stored: false,
  freshUntil: undefined,
  why: undefined,
  shared: false,
  vary: [],
  selects: "",
  answerHeaders: [],
} as const

function validated(ground: Ground, errand: Errand, stale: Stale, reply: Reply, at: number, now: number): Landing {
  const { room, rules, tagsHeader } = ground
  const { flight, authorized, said } = errand
  discard(reply)
  room.counts.validated++
  const { kept: old } = stale
  // It says what holds now, whether or not it says when that is.
  if (!reply.headers.has("date")) reply.headers.set("date", new Date(now).toUTCString())
  const headers = refreshed(old.lines, reply.headers)
  const worth = worthOf(old.status, headers, rules, { authorized, at, now })
  const { answerHeaders } = flight.exchange
  const lifetimes = worth.keep ? worth.lifetimes : { ...old, freshUntil: now, whileUntil: 0, errorUntil: 0 }
  const vary = worth.keep ? worth.vary : old.vary
  const without = worth.keep ? worth.without : nothing
  const made = keptOf({ status: old.status, headers }, old.body, lifetimes, { vary, without, tagsHeader, now })
  room.memory.delete(stale.entry)
  const stored = worth.keep && !flight.outdated
  const names = stored ? put(room, errand, made, at) : vary
  return {
    ...plain,
    status: 304,
    headers,
    kept: made,
    validated: true,
    stored,
    freshUntil: worth.keep ? made.freshUntil : undefined,
    why: worth.keep ? undefined : worth.why,
    shared: worth.keep && !made.always && made.freshUntil > now,
    vary: names,
    selects: selecting(names, said),
    answerHeaders,
  }
}

const nothing: ReadonlySet<string> = new Set()

function kept(ground: Ground, errand: Errand, reply: Reply, at: number, now: number): Landing {
  const { room, rules, maxObject, tagsHeader } = ground
  const { flight, authorized, said, stale } = errand
  const { status, headers, body } = reply
  const { answerHeaders } = flight.exchange
  const worth = worthOf(status, headers, rules, { authorized, at, now })
  const declared = headers.get("content-length")
  const expected = declared !== undefined && /^\d+$/.test(declared) ? Number(declared) : undefined
  const tooLarge = body instanceof ReadableStream && expected !== undefined && expected > maxObject
  const base = { ...plain, status, headers, answerHeaders, byConfig: reply.byConfig === true }
  if (!worth.keep || tooLarge) {
    room.end(flight)
    // A kept answer that the service now has another one for, only not for keeping, is out of date.
    if (stale && status < 500) room.memory.delete(stale.entry)
    const why = worth.keep ? "too-large" : worth.why
    // Those who wait for a service that fails need not all find that out.
    const shared = failing.has(status) && why === "no-lifetime" && flight.waiting > 1
    if (!shared) return { ...base, body, why }
    return { ...base, ...recorded(body, maxObject), why, shared, vary: [] }
  }
  const vary = namesWith(room, flight.uri, worth.vary)
  const { lifetimes, without } = worth
  const store = (bytes: Uint8Array<ArrayBuffer>): Kept | undefined => {
    room.end(flight)
    if (flight.outdated || bytes.byteLength > maxObject) return undefined
    const made = keptOf(reply, bytes, lifetimes, { vary: worth.vary, without, tagsHeader, now })
    put(room, errand, made, at)
    return made
  }
  const shared = !lifetimes.always && lifetimes.freshUntil > now
  const more = { freshUntil: lifetimes.freshUntil, shared, vary, selects: selecting(vary, said) }
  if (body instanceof ReadableStream) {
    const recording = new Recording(body, maxObject, (bytes) => {
      if (bytes && (expected === undefined || expected === bytes.byteLength)) store(bytes)
      else room.end(flight)
    })
    return { ...base, ...more, recording, stored: true }
  }
  const stored = store(bytesOf(body)) !== undefined
  return { ...base, ...more, body, stored, why: stored ? undefined : "too-large" }
}

const recorded = (body: Reply["body"], limit: number): Pick<Answered, "recording" | "body"> =>
  body instanceof ReadableStream
    ? { recording: new Recording(body, limit, () => undefined), body: null }
    : { recording: undefined, body }

function bytesOf(body: Exclude<Reply["body"], ReadableStream>): Uint8Array<ArrayBuffer> {
  if (body === null) return new Uint8Array()
  // A copy that nobody else writes to.
  return typeof body === "string" ? new TextEncoder().encode(body) : body.slice()
}

/** All headers that answers of this URI depend on: the same list for everybody who looks for them. */
export function namesWith(room: CacheRoom, uri: string, names: readonly string[]): readonly string[] {
  const known = room.memory.place(uri)?.vary
  if (!known || known.length === 0) return names
  return [...new Set([...known, ...names])].sort()
}

function put(room: CacheRoom, { flight: { uri }, prefix, said }: Errand, made: Kept, asked: number): readonly string[] {
  const names = namesWith(room, uri, made.vary)
  const variant = names.length === 0 ? prefix : prefix + selecting(names, said)
  const kept = { ...made, vary: names }
  room.memory.put(uri, variant, kept)
  room.tier?.save(uri, prefix, variant, kept, asked)
  return names
}

/** Whether an answer to HEAD is about the kept one, which it then brings up to date (RFC 9111 section 4.3.5). */
export function isAbout(headers: HeaderList, { validators, body }: Kept): boolean {
  const { tag, modified } = validatorsOf(headers)
  const length = headers.get("content-length")
  return (
    (tag === undefined || tag === validators.tag) &&
    (modified === undefined || modified === validators.modified) &&
    (length === undefined || Number(length) === body.byteLength)
  )
}
