import { Arena } from "./arena.ts"
import { Entry, type Kept, type Place, sizeOf, type Warm } from "./entry.ts"
import { headOf, linesOf } from "./head.ts"

/**
 * Answers in memory, within a number of bytes. What has to go is found by SIEVE: a hand goes from the oldest to the newest,
 * spares what was asked for since it last came by, and takes the first that was not. Hits move nothing.
 */
export class CacheMemory {
  readonly #places = new Map<string, Place>()
  readonly #tagged = new Map<string, Set<Entry>>()
  readonly #arena = new Arena()
  /** Those that are at hand, the oldest first. */
  readonly #warm = new Set<Entry>()
  #warmBytes = 0
  #limit: number
  #oldest: Entry | undefined
  #newest: Entry | undefined
  #hand: Entry | undefined
  bytes = 0
  entries = 0
  evicted = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get limit(): number {
    return this.#limit
  }

  set limit(limit: number) {
    this.#limit = limit
    this.#makeRoom(0)
  }

  place(uri: string): Place | undefined {
    return this.#places.get(uri)
  }

  /** An answer as it was put there. */
  read(entry: Entry): Kept {
    return this.warm(entry).kept
  }

  /** An answer at hand: what is asked for again and again is not read again and again. */
  warm(entry: Entry): Warm {
    if (entry.warm) return entry.warm
    // What it took may be another's by now.
    if (entry.gone) throw new Error("The answer is not there any more.")
    const bytes = this.#arena.read(entry.block, entry.head + entry.length)
    const lines = linesOf(bytes.subarray(0, entry.head))
    const { status, born, freshUntil, whileUntil, errorUntil, always, tags, place } = entry
    const body = bytes.subarray(entry.head)
    const validators = { tag: valueOf(lines, "etag"), modified: valueOf(lines, "last-modified") }
    const times = { born, freshUntil, whileUntil, errorUntil, always }
    const warm: Warm = {
      kept: { status, lines, body, validators, vary: place.vary, tags, ...times },
      second: -1,
      hit: none,
    }
    entry.warm = warm
    this.#warm.add(entry)
    this.#warmBytes += entry.size
    for (const oldest of this.#warm) {
      if (this.#warmBytes <= this.#limit / warmShare || oldest === entry) break
      this.#cool(oldest)
    }
    return warm
  }

  #cool(entry: Entry): void {
    if (!this.#warm.delete(entry)) return
    entry.warm = undefined
    this.#warmBytes -= entry.size
  }

  /** Puts an answer there, in the place of one of the same variant; undefined when it is too large for any room. */
  put(uri: string, variant: string, kept: Kept): Entry | undefined {
    const before = this.#places.get(uri)
    const found = before && variantOf(before, variant)
    if (found) this.delete(found)
    const head = headOf(kept.lines)
    const size = sizeOf(uri, variant, head.byteLength, kept)
    // One answer may not push out all others.
    if (size > this.#limit / 4) return undefined
    this.#makeRoom(size)
    const place = this.#placeOf(uri)
    const block = this.#arena.write([head, kept.body])
    const entry = new Entry(place, variant, kept, { block, head: head.byteLength })
    if (place.vary !== kept.vary) place.vary = union(place.vary, kept.vary)
    if (place.several) place.several.set(variant, entry)
    else if (place.only) {
      place.several = new Map([
        [place.only.variant, place.only],
        [variant, entry],
      ])
      place.only = undefined
    } else place.only = entry
    entry.older = this.#newest
    if (this.#newest) this.#newest.newer = entry
    else this.#oldest = entry
    this.#newest = entry
    this.bytes += size
    this.entries++
    for (const tag of kept.tags) {
      const others = this.#tagged.get(tag)
      if (others) others.add(entry)
      else this.#tagged.set(tag, new Set([entry]))
    }
    return entry
  }

  delete(entry: Entry): void {
    if (entry.gone) return
    entry.gone = true
    const { place, older, newer } = entry
    if (this.#hand === entry) this.#hand = newer
    if (older) older.newer = newer
    else this.#oldest = newer
    if (newer) newer.older = older
    else this.#newest = older
    entry.older = undefined
    entry.newer = undefined
    this.#cool(entry)
    this.#arena.free(entry.block)
    this.bytes -= entry.size
    this.entries--
    for (const tag of entry.tags) {
      const others = this.#tagged.get(tag)
      others?.delete(entry)
      if (others?.size === 0) this.#tagged.delete(tag)
    }
    place.several?.delete(entry.variant)
    if (place.only === entry) place.only = undefined
    if (!place.only && !place.several?.size) this.#places.delete(place.uri)
  }

  /** Drops all answers of a URI; how many there were. */
  drop(uri: string): number {
    const place = this.#places.get(uri)
    return place ? this.#dropAll(place.several ? [...place.several.values()] : place.only ? [place.only] : []) : 0
  }

  /** Drops all answers with a tag. */
  dropTag(tag: string): number {
    return this.#dropAll([...(this.#tagged.get(tag) ?? [])])
  }

  clear(): number {
    const { entries } = this
    this.#places.clear()
    this.#tagged.clear()
    for (let entry = this.#oldest; entry; entry = entry.newer) entry.gone = true
    this.#oldest = this.#newest = this.#hand = undefined
    for (const entry of this.#warm) this.#cool(entry)
    this.#arena.clear()
    this.bytes = 0
    this.entries = 0
    return entries
  }

  /** The URIs that there are answers of. */
  uris(): IterableIterator<string> {
    return this.#places.keys()
  }

  #dropAll(entries: readonly Entry[]): number {
    for (const entry of entries) this.delete(entry)
    return entries.length
  }

  #placeOf(uri: string): Place {
    const found = this.#places.get(uri)
    if (found) return found
    const made: Place = { uri, vary: none, only: undefined, several: undefined }
    this.#places.set(uri, made)
    return made
  }

  #makeRoom(size: number): void {
    while (this.bytes + size > this.#limit) {
      let entry = this.#hand ?? this.#oldest
      if (!entry) return
      // Where everybody is asked for, going on until all marks are gone would hold up the exchange that needs the room.
      for (let spared = 0; entry.visited && spared < mostSpared; spared++) {
        entry.visited = false
        entry = entry.newer ?? (this.#oldest as Entry)
      }
      this.#hand = entry
      this.delete(entry)
      this.evicted++
    }
  }
}

const mostSpared = 1000
// Of the whole room, this part may be taken once more for what is at hand.
const warmShare = 16
const none: readonly string[] = []

/** The answer of a place under a variant. */
export function variantOf(place: Place, variant: string): Entry | undefined {
  const { only } = place
  if (only) return only.variant === variant ? only : undefined
  return place.several?.get(variant)
}

function union(some: readonly string[], others: readonly string[]): readonly string[] {
  if (others.every((name) => some.includes(name))) return some
  return [...new Set([...some, ...others])].sort()
}

function valueOf(lines: readonly string[], name: string): string | undefined {
  for (let at = 0; at < lines.length; at += 2) if (lines[at] === name) return lines[at + 1]
  return undefined
}
