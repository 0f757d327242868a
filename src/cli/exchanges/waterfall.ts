import type { ShownSpan } from "../../observe/recorder/shown.ts"
import { type Style, style } from "../style.ts"
import { safeLine } from "./safe-text.ts"

/** How a waterfall is drawn. */
export interface Drawing {
  readonly width: number
  readonly color: boolean
  readonly indent: number
  /** Policies and every try too, and not only parts and what was tried again. */
  readonly whole: boolean
}

interface Row {
  readonly lead: string
  readonly span: ShownSpan
}

const longestName = 28

/** The work on an exchange as lines: what was done when, and how long each took. Empty where there is nothing to draw. */
export function waterfall(tree: ShownSpan, { width, color, indent, whole }: Drawing): string[] {
  const paint = style(color)
  const rows = rowsOf(tree, whole)
  if (rows.length === 0) return []
  const names = rows.map(({ lead, span }) => lead + cut(safeLine(nameOf(span)), longestName))
  const nameWidth = Math.max(...names.map((name) => Bun.stringWidth(name)))
  const times = rows.map(({ span }) => millisecondsText(span.took ?? 0))
  const timeWidth = Math.max(...times.map((time) => time.length))
  const results = rows.map(({ span }) => resultOf(span, paint))
  const resultWidth = Math.min(24, Math.max(...results.map((result) => Bun.stringWidth(result))))
  const room = Math.max(10, Math.min(60, width - indent - nameWidth - timeWidth - resultWidth - 6))
  const end = Math.max(tree.took ?? 0, ...rows.map(({ span }) => span.start + (span.took ?? 0)), 0.001)
  return rows.map(({ span }, at) => {
    const name = names[at] ?? ""
    const pad = " ".repeat(nameWidth - Bun.stringWidth(name))
    const time = (times[at] ?? "").padStart(timeWidth)
    const bar = barOf(span, end, room, paint)
    return `${" ".repeat(indent)}${span.kind === "policy" ? paint.dim(name) : name}${pad}  ${bar}  ${time}  ${results[at]}`.trimEnd()
  })
}

/** What is worth a line, with the branches that lead to it. */
function rowsOf(tree: ShownSpan, whole: boolean): Row[] {
  const rows: Row[] = []
  const walk = (spans: readonly ShownSpan[], lead: string): void => {
    for (const [at, span] of spans.entries()) {
      const last = at === spans.length - 1
      rows.push({ lead: lead + (last ? "└ " : "├ "), span })
      walk(worthy(span, whole), lead + (last ? "  " : "│ "))
    }
  }
  walk(worthy(tree, whole), "")
  return rows
}

function worthy({ children }: ShownSpan, whole: boolean): readonly ShownSpan[] {
  if (whole) return children
  // What a policy leads to is drawn in its place.
  const shown = children.flatMap((child) => (child.kind === "policy" ? worthy(child, whole) : [child]))
  const tries = shown.filter(({ kind }) => kind === "try")
  // One try that went well says no more than the line above it.
  return tries.length === 1 && tries[0]?.failure === null ? shown.filter(({ kind }) => kind !== "try") : shown
}

const nameOf = ({ kind, name }: ShownSpan): string => (kind === "try" ? `→ ${name}` : name || kind)

function barOf({ start, took, kind, failure, attributes }: ShownSpan, end: number, room: number, paint: Style): string {
  const from = Math.min(room - 1, Math.max(0, Math.floor((start / end) * room)))
  const to = Math.min(room, Math.max(from + 1, Math.round(((start + (took ?? end - start)) / end) * room)))
  const line = (kind === "try" ? "─" : kind === "policy" ? "·" : "━").repeat(to - from)
  const stoodIn = attributes["bellhop.part.outcome"] === "fallback" || attributes["bellhop.part.outcome"] === "stale"
  const painted =
    failure !== null
      ? stoodIn
        ? paint.yellow(line)
        : paint.red(line)
      : kind === "policy"
        ? paint.dim(line)
        : stoodIn
          ? paint.yellow(line)
          : kind === "try"
            ? paint.cyan(line)
            : paint.green(line)
  return " ".repeat(from) + painted + " ".repeat(room - to)
}

function resultOf({ kind, status, failure, attributes }: ShownSpan, paint: Style): string {
  const told = attributes["bellhop.part.outcome"] ?? attributes["bellhop.policy.verdict"] ?? status ?? ""
  const text = safeLine(String(told))
  const why = failure !== null && failure !== text ? ` ${paint.red(safeLine(failure))}` : ""
  const upstream = kind === "try" ? attributes["bellhop.upstream"] : undefined
  const where = typeof upstream === "string" ? ` ${paint.dim(cut(safeLine(upstream), 40))}` : ""
  return ((failure !== null && text === failure ? paint.red(text) : text) + why + where).trimStart()
}

/** As much of a text as there is room for. */
export const cut = (text: string, room: number): string =>
  Bun.stringWidth(text) <= room ? text : `${text.slice(0, Math.max(0, room - 1))}…`

/** A time as a person compares it with others. */
export function millisecondsText(time: number): string {
  if (time >= 10_000) return `${(time / 1000).toFixed(1)} s`
  return time >= 10 ? `${Math.round(time)} ms` : `${time.toFixed(1)} ms`
}
