/** Longer origins than this are nobody's: the name of a host has 253 letters at most. */
export const longestOrigin = 300

// In how many ways a matcher may try an origin: enough for two parts of any length, and some more.
const mostWays = 500_000

class Slow extends Error {}

/** Why a pattern may take long for a text that attackers choose; undefined where it cannot. */
export function slowness({ source, flags }: RegExp): string | undefined {
  if (!/^i?$/.test(flags)) return `it has the flags "${flags}"`
  try {
    return ways({ source, at: 0 }) > mostWays ? "it has too many parts of any length" : undefined
  } catch (error) {
    if (error instanceof Slow) return error.message
    throw error
  }
}

interface Reader {
  readonly source: string
  at: number
}

/** In how many ways alternatives can be tried, up to the end of their group. */
function ways(reader: Reader): number {
  let sum = 0
  do sum += waysOfSequence(reader)
  while (reader.source[reader.at++] === "|")
  return sum
}

function waysOfSequence(reader: Reader): number {
  const { source } = reader
  let product = 1
  while (reader.at < source.length && source[reader.at] !== "|" && source[reader.at] !== ")") {
    const inner = waysOfAtom(reader)
    product *= repeated(inner, take(reader, /(?:[*+?]|\{\d+(?:,\d*)?\})\??/y))
  }
  return product
}

function waysOfAtom(reader: Reader): number {
  if (reader.source[reader.at] !== "(") {
    const atom = take(reader, /\[(?:[^\]\\]|\\.)*\]|\\[^]|[^]/y)
    if (/^\\[1-9k]/.test(atom)) throw new Slow(`"${atom}" repeats what was found before`)
    return 1
  }
  const opening = take(reader, /\((?:\?:|\?<[\w$]+>)?/y)
  if (reader.source[reader.at] === "?") throw new Slow(`"${opening}?" looks ahead, behind or at flags`)
  return ways(reader)
}

function repeated(inner: number, quantifier: string): number {
  if (quantifier === "") return inner
  if (quantifier.startsWith("?")) return inner + 1
  const [, least = "0", comma = ",", most = ""] = /^\{(\d+)(,?)(\d*)\}/.exec(quantifier) ?? []
  if (comma === "") return inner ** Number(least)
  if (inner > 1) throw new Slow(`"${quantifier}" repeats what can match in several ways`)
  return most === "" ? longestOrigin : Number(most) - Number(least) + 1
}

function take(reader: Reader, shape: RegExp): string {
  shape.lastIndex = reader.at
  const found = shape.exec(reader.source)?.[0] ?? ""
  reader.at += found.length
  return found
}
