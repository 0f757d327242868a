import type { Validators } from "../../http/validators.ts"
import { blockSize } from "./arena.ts"

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

/** An answer in its place in memory: what has to be known before it is read. */
export class Entry implements Lifetimes {
  readonly place: Place
  readonly variant: string
  readonly size: number
  readonly status: number
  readonly born: number
  readonly freshUntil: number
  readonly whileUntil: number
  readonly errorUntil: number
  readonly always: boolean
  readonly tags: readonly string[]
  /** Where its lines and its body are, and how long each is. */
  readonly block: number
  readonly head: number
  readonly length: number
  /** In the order of eviction: the one that came before, and the one that came after. */
  older: Entry | undefined = undefined
  newer: Entry | undefined = undefined
  /** Somebody asked for it since eviction passed by. */
  visited = false
  gone = false
  /** The service failed just now: until then it is not asked again. */
  restUntil = 0
  /** It is asked for so much that it is at hand. */
  warm: Warm | undefined = undefined

  constructor(place: Place, variant: string, kept: Kept, at: { block: number; head: number }) {
    this.place = place
    this.variant = variant
    this.size = sizeOf(place.uri, variant, at.head, kept)
    this.status = kept.status
    this.born = kept.born
    this.freshUntil = kept.freshUntil
    this.whileUntil = kept.whileUntil
    this.errorUntil = kept.errorUntil
    this.always = kept.always
    this.tags = kept.tags
    this.block = at.block
    this.head = at.head
    this.length = kept.body.byteLength
  }
}

/** An answer that is at hand. */
export interface Warm {
  readonly kept: Kept
  /** What hits are answered with in this second. */
  second: number
  hit: readonly string[]
}

// What an entry adds to the resident memory of the process beside its blocks and texts, with all that the collector leaves
// around it: measured with a hundred thousand of them.
const overhead = 1100

/** The bytes that an answer takes in memory, with everything around it; `head`: how long its lines are. */
export function sizeOf(uri: string, variant: string, head: number, { body, tags }: Kept): number {
  let size = overhead + uri.length + variant.length
  size += Math.ceil((head + body.byteLength) / blockSize) * blockSize
  for (const tag of tags) size += 100 + tag.length
  return size
}
