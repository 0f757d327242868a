import type { Format } from "./format.ts"
import { parseMediaType } from "./media-type.ts"

interface Range {
  type: string
  quality: number
  /** How exactly it says what it means: everything, all of one kind, one type, one type with parameters. */
  precision: number
}

/** What to answer with: the format, and the type that was asked for. */
export interface Negotiated {
  format: Format
  type: string
}

/**
 * Which of the offered formats an `Accept` header likes best; undefined when it likes none. Among equals, what is
 * asked for by name comes first, then what is offered first.
 */
export function negotiate(accept: string | undefined, offered: readonly Format[]): Negotiated | undefined {
  const ranges = accept === undefined ? [] : split(accept).flatMap((text) => rangeOf(text) ?? [])
  let best: (Negotiated & Pick<Range, "quality" | "precision">) | undefined
  for (const format of offered) {
    for (const [n, type] of format.types.entries()) {
      // A header without anything to understand in it says as much as none (RFC 9110 section 12.5.1).
      const { quality, precision } = ranges.length === 0 ? { quality: 1, precision: 0 } : wanted(type, n === 0, ranges)
      if (quality === 0) continue
      if (best && (quality < best.quality || (quality === best.quality && precision <= best.precision))) continue
      best = { format, type, quality, precision }
    }
  }
  return best && { format: best.format, type: best.type }
}

/** What the most precise range for a type says about it; who asks for anything means no old name for it. */
function wanted(type: string, isFirst: boolean, ranges: readonly Range[]): Pick<Range, "quality" | "precision"> {
  let best: Pick<Range, "quality" | "precision"> = { quality: 0, precision: -1 }
  for (const range of ranges) {
    const fits =
      range.type === type ||
      (range.type === "*/*" && isFirst) ||
      (range.precision === 1 && type.startsWith(range.type.slice(0, -1)))
    if (fits && range.precision > best.precision) best = range
  }
  return best
}

function rangeOf(text: string): Range | undefined {
  const parsed = parseMediaType(text)
  if (!parsed) return undefined
  const { type, parameters } = parsed
  const weight = parameters.get("q") ?? "1"
  if (!/^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(weight) || (type.startsWith("*/") && type !== "*/*"))
    return undefined
  // What is written is in UTF-8. A type with any other parameter is one that nobody offers.
  const others = [...parameters].filter(([name]) => name !== "q")
  const precision = type === "*/*" ? 0 : type.endsWith("/*") ? 1 : 2
  if (others.length === 0) return { type, quality: Number(weight), precision }
  if (others.some(([name, value]) => name !== "charset" || !/^utf-?8$/i.test(value)))
    return { type: `${type};`, quality: 0, precision: -1 }
  return { type, quality: Number(weight), precision: precision === 2 ? 3 : precision }
}

// Commas separate, but for those in quotes.
const split = (header: string): string[] => header.match(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g) ?? []
