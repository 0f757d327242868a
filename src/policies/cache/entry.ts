import type { Validators } from "../../http/validators.ts"

/** Until when an answer may be used for what; times in milliseconds since 1970. */
export interface Lifetimes {
  /** When it was made, as far as can be told: its age counts from here. */
  readonly born: number
  readonly freshUntil: number
  /** So long it may be given away stale while it is fetched anew. */
  readonly whileUntil: number
  /** So long it may be given away stale where there is no other answer. */
  readonly errorUntil: number
  /** It has to be validated before each use. */
  readonly always: boolean
}

/** An answer that is kept. */
export interface Kept extends Lifetimes {
  readonly status: number
  /** Name, value, name, value; the body has its own length. */
  readonly lines: readonly string[]
  readonly body: Uint8Array<ArrayBuffer>
  readonly validators: Validators
  /** The request headers it depends on: lower case, sorted. */
  readonly vary: readonly string[]
  readonly tags: readonly string[]
}

/** All answers of one URI. */
export interface Place {
  readonly uri: string
  /** The request headers that any of them depends on. */
  vary: readonly string[]
  /** The one that is nearly always the only one. */
  only: Entry | undefined
  /** All of them by variant, where there are several. */
  several: Map<string, Entry> | undefined
}

/** A kept answer in its place in memory. */
export class Entry {
  readonly place: Place
  readonly variant: string
  readonly size: number
  kept: Kept
  /** In the order of eviction: the one that came before, and the one that came after. */
  older: Entry | undefined = undefined
  newer: Entry | undefined = undefined
  /** Somebody asked for it since eviction passed by. */
  visited = false
  gone = false
  /** The service failed just now: until then it is not asked again. */
  restUntil = 0
  /** A part of the time in which it is fetched ahead, so that not all are fetched at once. */
  readonly share = 0.5 + Math.random() / 2
  /** What hits are answered with in this second. */
  second = -1
  hit: readonly string[] = []

  constructor(place: Place, variant: string, kept: Kept) {
    this.place = place
    this.variant = variant
    this.kept = kept
    this.size = sizeOf(place.uri, variant, kept)
  }
}

// What an entry takes in memory beside its texts and bytes, and each of its lines: measured, not guessed.
const overhead = 640
const lineOverhead = 24

/** The bytes that an answer takes in memory, with everything around it. */
export function sizeOf(uri: string, variant: string, { lines, body, tags }: Kept): number {
  let size = overhead + uri.length + variant.length + body.byteLength
  for (const text of lines) size += lineOverhead + text.length
  for (const tag of tags) size += 4 * lineOverhead + tag.length
  return size
}
