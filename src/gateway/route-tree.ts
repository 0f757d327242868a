/** A place between two segments, while the tree grows. */
interface Place<R> {
  readonly texts: Map<string, Place<R>>
  /** In the order of the config. */
  readonly patterns: { readonly source: string; readonly next: Place<R> }[]
  parameter: Place<R> | undefined
  /** Whose `*` begins here. */
  rest: R | undefined
  /** Whose path ends before this place. */
  end: R | undefined
}

interface Pattern {
  readonly whole: RegExp
  readonly next: number
}

// What the record of a place holds, of 32 bits each. A request reads one or two records for each of its segments and
// nothing else: of ten thousand routes that are asked in turns, hardly anything is in the processor's caches.
const parent = 0
const hash = 1
const textFrom = 2
const textTo = 3
const parameter = 4
const patterns = 5
const rest = 6
const end = 7
const size = 8

const slash = 47
const nothing = -1

/**
 * Finds the route of a path: text before patterns before `:name` before `*`. The places that text leads to stand in a
 * hash table of records, by the place before and the text; all others stand behind it.
 */
export class RouteTree<R> {
  readonly #records: Int32Array
  readonly #mask: number
  readonly #texts: Uint8Array
  readonly #patterns: (readonly Pattern[])[] = []
  readonly #routes: R[] = []
  readonly #root: number

  /** Of shapes, as `shapeOf` makes them: each at most once. */
  constructor(shapes: ReadonlyMap<string, R>) {
    const root = place<R>()
    for (const [shape, route] of shapes) grow(root, shape, route)

    const texts = new Map<string, number>()
    let [ofText, others, bytes] = [0, 1, 0]
    everyPlace(root, (at) => {
      ofText += at.texts.size
      others += at.patterns.length + (at.parameter ? 1 : 0)
      for (const text of at.texts.keys()) {
        if (texts.has(text)) continue
        texts.set(text, bytes)
        bytes += text.length
      }
    })
    // Never more than half full.
    const slots = 2 ** Math.ceil(Math.log2(2 * ofText + 1))
    this.#mask = slots - 1
    this.#records = new Int32Array((slots + others) * size).fill(nothing)
    this.#texts = new Uint8Array(bytes)
    for (const [text, from] of texts)
      for (let at = 0; at < text.length; at++) this.#texts[from + at] = text.charCodeAt(at)

    let free = slots
    const write = (at: Place<R>, record: number): number => {
      if (at.parameter) this.#records[record + parameter] = write(at.parameter, free++ * size)
      if (at.patterns.length > 0)
        this.#records[record + patterns] =
          this.#patterns.push(
            at.patterns.map(({ source, next }) => ({
              whole: new RegExp(`^(?:${source})$`),
              next: write(next, free++ * size),
            })),
          ) - 1
      if (at.rest !== undefined) this.#records[record + rest] = this.#routes.push(at.rest) - 1
      if (at.end !== undefined) this.#records[record + end] = this.#routes.push(at.end) - 1
      for (const [text, next] of at.texts) write(next, this.#enter(record, text, texts.get(text) ?? 0))
      return record
    }
    this.#root = write(root, free++ * size)
  }

  /** The route that takes this canonical path. */
  find(path: string): R | undefined {
    const found = this.#visit(path, this.#root, 1)
    return found === nothing ? undefined : this.#routes[found]
  }

  /** Each place is looked at once at most: a path costs no more than the routes have segments. */
  #visit(path: string, place: number, from: number): number {
    const records = this.#records
    if (from > path.length) return records[place + end] as number
    let to = from
    let mixed = seed
    while (to < path.length) {
      const code = path.charCodeAt(to)
      if (code === slash) break
      mixed = Math.imul(mixed ^ code, prime)
      to++
    }
    const text = this.#textAfter(path, place, mixed, from, to)
    if (text !== nothing) {
      const found = this.#visit(path, text, to + 1)
      if (found !== nothing) return found
    }
    if (to > from) {
      const after = records[place + patterns] as number
      if (after !== nothing) {
        const segment = path.slice(from, to)
        for (const { whole, next } of this.#patterns[after] as readonly Pattern[]) {
          const found = whole.test(segment) ? this.#visit(path, next, to + 1) : nothing
          if (found !== nothing) return found
        }
      }
      const any = records[place + parameter] as number
      if (any !== nothing) {
        const found = this.#visit(path, any, to + 1)
        if (found !== nothing) return found
      }
    }
    return records[place + rest] as number
  }

  /** The place behind this text. */
  #textAfter(path: string, place: number, mixed: number, from: number, to: number): number {
    const records = this.#records
    for (let at = slotOf(place, mixed) & this.#mask; ; at = (at + 1) & this.#mask) {
      const record = at * size
      const before = records[record + parent] as number
      if (before === nothing) return nothing
      if (before === place && records[record + hash] === mixed && this.#isText(path, record, from, to)) return record
    }
  }

  #isText(path: string, record: number, from: number, to: number): boolean {
    let at = this.#records[record + textFrom] as number
    if ((this.#records[record + textTo] as number) - at !== to - from) return false
    for (let index = from; index < to; index++) if (path.charCodeAt(index) !== this.#texts[at++]) return false
    return true
  }

  /** Takes a free slot for a text. */
  #enter(place: number, text: string, from: number): number {
    const mixed = hashOf(text)
    let at = slotOf(place, mixed) & this.#mask
    while (this.#records[at * size + parent] !== nothing) at = (at + 1) & this.#mask
    this.#records.set([place, mixed, from, from + text.length], at * size)
    return at * size
  }
}

// FNV-1a's.
const seed = 0x811c_9dc5 | 0
const prime = 0x0100_0193

/** What a text is looked up by, before it is compared. */
export function hashOf(text: string): number {
  let mixed = seed
  for (let at = 0; at < text.length; at++) mixed = Math.imul(mixed ^ text.charCodeAt(at), prime)
  return mixed
}

const slotOf = (place: number, mixed: number): number => {
  const both = Math.imul(mixed ^ place, prime)
  return both ^ (both >>> 15)
}

const place = <R>(): Place<R> => ({
  texts: new Map(),
  patterns: [],
  parameter: undefined,
  rest: undefined,
  end: undefined,
})

function grow<R>(root: Place<R>, shape: string, route: R): void {
  let at = root
  for (const segment of shape.slice(1).split("/")) {
    if (segment === "*") {
      at.rest = route
      return
    }
    at = next(at, segment)
  }
  at.end = route
}

function next<R>(at: Place<R>, segment: string): Place<R> {
  if (!segment.startsWith(":")) {
    const found = at.texts.get(segment) ?? place()
    at.texts.set(segment, found)
    return found
  }
  const open = segment.indexOf("(")
  if (open < 0) return (at.parameter ??= place())
  const source = segment.slice(open + 1, -1)
  const known = at.patterns.find((one) => one.source === source)
  if (known) return known.next
  const made = { source, next: place<R>() }
  at.patterns.push(made)
  return made.next
}

function everyPlace<R>(at: Place<R>, see: (place: Place<R>) => void): void {
  see(at)
  for (const next of at.texts.values()) everyPlace(next, see)
  for (const { next } of at.patterns) everyPlace(next, see)
  if (at.parameter) everyPlace(at.parameter, see)
}
