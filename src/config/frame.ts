import type { Place } from "./issue.ts"

/** How a code frame is drawn. */
export interface FrameOptions {
  color?: boolean | undefined
  /** How many lines to show before and after the one that matters; 1 unless said otherwise. */
  context?: number | undefined
}

const widest = 96
const tab = "    "
// Hidden and direction-changing characters could make the frame show other code than the file holds.
const unseen = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu

/** The lines around a place with a marker under it. */
export function frame(source: string, place: Place, { color = false, context = 1 }: FrameOptions = {}): string {
  const lines = source.replace(/^\uFEFF/, "").split(/\r\n|[\n\r\u2028\u2029]/)
  const marked = lines[place.line - 1]
  if (marked === undefined) return ""
  const from = windowStart(marked, place.column - 1)
  const first = Math.max(1, place.line - context)
  const last = Math.min(lines.length, place.line + context)
  const digits = Math.max(2, String(last).length)
  const gutter = (label: string): string => paint(`${label.padStart(digits)} |`, "dim", color)

  const drawn: string[] = []
  for (let number = first; number <= last; number++) {
    const line = lines[number - 1] ?? ""
    if (number !== place.line) {
      drawn.push(`  ${gutter(String(number))} ${layOut(line, from).text}`.trimEnd())
      continue
    }
    const { text, columnOf } = layOut(line, from)
    const start = columnOf(place.column - 1)
    const carets = Math.max(1, columnOf(place.column - 1 + place.length) - start)
    drawn.push(`${paint(">", "red", color)} ${gutter(String(number))} ${text}`.trimEnd())
    drawn.push(`  ${gutter("")} ${" ".repeat(start)}${paint("^".repeat(carets), "red", color)}`)
  }
  return drawn.join("\n")
}

/** The text with everything in it that a terminal would act upon made visible. */
export function visible(text: string): string {
  return text.replace(unseen, (character) => {
    const code = character.codePointAt(0) ?? 0
    if (code < 0x20) return String.fromCodePoint(0x2400 + code)
    return code === 0x7f ? "\u2421" : "\ufffd"
  })
}

/** The text in a colour for terminals, or as it is. */
export function paint(text: string, as: keyof typeof colors, color: boolean): string {
  return color ? `\u001b[${colors[as]}m${text}\u001b[0m` : text
}

const colors = { dim: 2, bold: 1, red: 31, yellow: 33, cyan: 36 } as const

// A line that is too long is shown from a little before the place that matters; its neighbours move along.
function windowStart(line: string, column: number): number {
  const before = line.slice(0, column)
  const fits = before.length <= widest && cells(line.slice(0, 4 * widest)) <= widest
  if (fits || (before.length <= widest && cells(before) < widest / 2)) return 0
  let start = column
  while (start > 0 && column - start < widest && cells(line.slice(start, column)) < widest / 3) start--
  // Not into the middle of a surrogate pair.
  return /[\udc00-\udfff]/.test(line.charAt(start)) ? start - 1 : start
}

function cells(text: string): number {
  return Bun.stringWidth(visible(text.replaceAll("\t", tab)))
}

/** One line as it is printed, and where in the print an index of the line is. */
function layOut(line: string, from: number): { text: string; columnOf: (index: number) => number } {
  let text = from > 0 && line.length > from ? "…" : ""
  let width = from > 0 ? 1 : 0
  const stops: { index: number; width: number }[] = []
  let index = from
  // No character is narrower than nothing but many are made of several units, hence the generous slice.
  for (const { segment } of new Intl.Segmenter().segment(line.slice(from, from + 8 * widest))) {
    const cell = segment === "\t" ? tab : visible(segment)
    const cellWidth = Bun.stringWidth(cell)
    if (width + cellWidth > widest) {
      text += "…"
      break
    }
    stops.push({ index, width })
    text += cell
    width += cellWidth
    index += segment.length
  }
  const end = width
  return {
    text,
    columnOf(wanted) {
      if (wanted >= index) return end
      return stops.findLast((stop) => stop.index <= wanted)?.width ?? 0
    },
  }
}
