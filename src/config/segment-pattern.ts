/** One set of letters and how often one of them may come. */
interface Piece {
  /** A bit for each letter that fits. */
  readonly set: bigint
  readonly min: number
  readonly max: number
  /** As it was written, for messages. */
  readonly text: string
}

/** What is wrong with a part of a route key, as words that follow its name, and how to mend it. */
export interface Mistake {
  readonly wrong: string
  readonly fix: string
}

const bit = (code: number): bigint => 1n << BigInt(code)
const setOf = (letters: string): bigint => [...letters].reduce((set, letter) => set | bit(letter.charCodeAt(0)), 0n)

const digits = setOf("0123456789")
const words = digits | setOf("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
// RFC 3986 section 3.3: what a segment may hold once everything else is escaped.
const any = words | setOf("-.~!$&'()*+,;=:@%")

const known: ReadonlyMap<string, bigint> = new Map([
  ["d", digits],
  ["w", words],
  ["D", any & ~digits],
  ["W", any & ~words],
])

const atom = /\\(.)|\[(\^?)((?:\\.|[^\]\\])+)\]|([^\\[\](){}|*+?^$])/y
const repeat = /([*+?])|\{(\d+)(?:(,)(\d*))?\}/y
const longestCount = 256

// How many letters after a repeat may have to be looked at again for each letter of the repeat.
const longestTail = 64

const understood =
  'Use letters, ".", "\\\\d", "\\\\w", classes such as [a-z0-9-], and a backslash before a sign that is meant as such.'

/** The pattern of a parameter, `\d+` in `:id(\d+)`, made ready to match whole segments. */
export interface SegmentPattern {
  /** The same for patterns that match the same; a regular expression without its anchors. */
  readonly normal: string
  readonly alternatives: readonly (readonly Piece[])[]
}

/** Reads a pattern of which the time to match is sure to grow with the length of the segment only, or says what is wrong. */
export function parseSegmentPattern(source: string): SegmentPattern | Mistake {
  const alternatives: Piece[][] = []
  let at = 0
  let tail = 0
  while (at <= source.length) {
    const read = readAlternative(source, at)
    if ("wrong" in read) return read
    const doubtful = costOf(read.pieces)
    if (typeof doubtful !== "number") return manyEnds(doubtful)
    tail += doubtful
    alternatives.push(read.pieces)
    at = read.end + 1
  }
  if (tail > longestTail)
    return {
      wrong: `its pattern looks ahead by ${tail} letters, of which ${longestTail} is the most`,
      fix: "Say less of what comes at the end.",
    }
  const normal = [...new Set(alternatives.map((pieces) => pieces.map(pieceText).join("")))].sort().join("|")
  return { normal, alternatives }
}

function readAlternative(source: string, from: number): { pieces: Piece[]; end: number } | Mistake {
  const pieces: Piece[] = []
  let at = from
  while (at < source.length && source[at] !== "|") {
    atom.lastIndex = at
    const found = atom.exec(source)
    if (!found) return notAtom(source, at)
    const set = setFrom(found)
    if (typeof set !== "bigint") return set
    at = atom.lastIndex
    repeat.lastIndex = at
    const times = repeat.exec(source)
    const [min, max] = times ? counts(times) : [1, 1]
    if (times && /^[dwDW]$/.test(found[0]))
      return {
        wrong: `"${found[0]}${times[0]}" repeats a letter`,
        fix: `A text of the config takes two backslashes: write "\\\\${found[0]}${times[0]}", or "[${found[0]}]${times[0]}" for the letter.`,
      }
    if (times && !isCount(min, max))
      return {
        wrong: `"${times[0]}" is not a count`,
        fix: `Count from the smaller to the larger, up to ${longestCount}.`,
      }
    if (times) at = repeat.lastIndex
    const text = found[0] + (times?.[0] ?? "")
    const before = pieces.at(-1)
    // The same letters once more are more of the same: this way "\d\d?" has one reading.
    if (before?.set === set)
      pieces[pieces.length - 1] = { set, min: before.min + min, max: before.max + max, text: before.text + text }
    else pieces.push({ set, min, max, text })
  }
  if (pieces.length === 0)
    return { wrong: "a part of its pattern is empty", fix: "Say what the segment is: it is never empty." }
  return { pieces, end: at }
}

function counts([, sign, min, comma, max]: RegExpExecArray): [min: number, max: number] {
  if (sign === "?") return [0, 1]
  if (sign !== undefined) return [sign === "+" ? 1 : 0, Number.POSITIVE_INFINITY]
  if (comma === undefined) return [Number(min), Number(min)]
  return [Number(min), max ? Number(max) : Number.POSITIVE_INFINITY]
}

const isCount = (min: number, max: number): boolean =>
  min <= max && min <= longestCount && max > 0 && (max <= longestCount || max === Number.POSITIVE_INFINITY)

function setFrom([whole, escape, not, members, plain]: RegExpExecArray): bigint | Mistake {
  const set =
    escape !== undefined
      ? setOfEscape(escape)
      : members !== undefined
        ? setOfClass(members, not === "^")
        : plain === "."
          ? any
          : setOfLetter(plain ?? "")
  if (set === undefined) return { wrong: `"${whole}" is not understood in a pattern`, fix: understood }
  if ((set & any) === 0n)
    return { wrong: `"${whole}" never stands in a path`, fix: 'Write it as paths carry it: "%C3%A9" for "é".' }
  return set & any
}

// What is not ASCII is in no set, as it is in no path.
const setOfLetter = (letter: string): bigint => (/^[!-~]$/.test(letter) ? bit(letter.charCodeAt(0)) : 0n)

const setOfEscape = (letter: string): bigint | undefined =>
  known.get(letter) ?? (/\w/.test(letter) ? undefined : setOfLetter(letter))

function setOfClass(members: string, negated: boolean): bigint | undefined {
  // A range that begins with a whole class is read in two ways.
  if (/\\[dwDW]-./.test(members)) return undefined
  let set = 0n
  for (const [, escape, from, to, plain] of members.matchAll(/\\(.)|([^\\])-([^\\])|(.)/gs)) {
    const found =
      escape !== undefined
        ? setOfEscape(escape)
        : from !== undefined
          ? setOfRange(from, to ?? "")
          : setOfLetter(plain ?? "")
    if (found === undefined) return undefined
    set |= found
  }
  return negated ? any & ~set : set
}

function setOfRange(from: string, to: string): bigint | undefined {
  const [first, last] = [from.charCodeAt(0), to.charCodeAt(0)]
  return first > last || last > 0x7e ? undefined : bit(last + 1) - bit(first)
}

/**
 * How many letters may be read again for each letter of a segment, or the piece that makes it more than that.
 * A repeat that cannot take what may follow it has one place to end: nothing is read twice. Where it can, the rest has to
 * be of one length, so that there is again only one place.
 */
function costOf(pieces: readonly Piece[]): number | Piece {
  let cost = 0
  for (const [index, piece] of pieces.entries()) {
    if (piece.min === piece.max) continue
    const rest = pieces.slice(index + 1)
    const next = rest.findIndex(({ min }) => min > 0)
    const follows = rest.slice(0, next < 0 ? undefined : next + 1).reduce((set, one) => set | one.set, 0n)
    if ((piece.set & follows) === 0n) continue
    if (rest.some(({ min, max }) => min !== max)) return piece
    cost += rest.reduce((sum, { min }) => sum + min, 0)
  }
  return cost
}

const manyEnds = ({ text }: Piece): Mistake => ({
  wrong: `"${text}" in its pattern may end in several places, which could take very long to try`,
  fix: 'Let it stop before what follows, such as "[^-]+-\\\\d+" for ".+-\\\\d+".',
})

function notAtom(source: string, at: number): Mistake {
  const letter = source[at] ?? ""
  if (letter === "(" || letter === ")")
    return { wrong: "its pattern has a group", fix: 'Write alternatives in full: ":v(v1|v1\\\\.\\\\d+)".' }
  if (letter === "^" || letter === "$")
    return { wrong: `its pattern has "${letter}"`, fix: "Leave it out: a pattern is always for the whole segment." }
  if (/[*+?{]/.test(letter))
    return { wrong: `"${source.slice(at)}" repeats nothing, or a repeat`, fix: "Repeat each letter or class once." }
  return { wrong: `"${source.slice(at)}" is not understood in a pattern`, fix: understood }
}

/** A piece as a regular expression, in one spelling for all that means the same. */
function pieceText({ set, min, max }: Piece): string {
  const has = (code: number): boolean => (set & bit(code)) !== 0n
  let text = ""
  for (let code = 0x21; code < 0x7f; code++) {
    if (!has(code)) continue
    const first = code
    while (has(code + 1)) code++
    text += code === first ? hex(first) : `${hex(first)}-${hex(code)}`
  }
  if (min === 1 && max === 1) return `[${text}]`
  return `[${text}]{${min},${max === Number.POSITIVE_INFINITY ? "" : max}}`
}

// No letter of a pattern can mean anything but itself this way.
const hex = (code: number): string => `\\x${code.toString(16)}`

/** Whether everything that one pattern matches is matched by another; false where it is not sure. */
export function covers(wide: SegmentPattern, narrow: SegmentPattern): boolean {
  return narrow.alternatives.every((pieces) => wide.alternatives.some((other) => coversAll(other, pieces)))
}

function coversAll(wide: readonly Piece[], narrow: readonly Piece[]): boolean {
  const [only] = wide
  const inside = (piece: Piece, of: Piece): boolean => (piece.set & ~of.set) === 0n
  if (wide.length === 1 && only) {
    const [min, max] = narrow.reduce(([least, most], one) => [least + one.min, most + one.max], [0, 0])
    return narrow.every((piece) => inside(piece, only)) && min >= only.min && max <= only.max
  }
  return (
    wide.length === narrow.length &&
    narrow.every((piece, index) => {
      const of = wide[index]
      return of !== undefined && inside(piece, of) && piece.min >= of.min && piece.max <= of.max
    })
  )
}
