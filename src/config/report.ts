import { isAbsolute, relative } from "node:path"

import { frame, paint, visible } from "./frame.ts"
import type { Issue } from "./issue.ts"

/** What a report in words needs to know. */
export interface TextOptions {
  /** The folder that file names are shown relative to. */
  root: string
  /** Gives the source of a file for the code frames. */
  read: (file: string) => string | undefined
  color?: boolean
}

/** An issue as programs read it; what is unknown is null. */
export interface PlainIssue {
  code: string
  severity: "error" | "warning"
  message: string
  fix: string | null
  file: string | null
  line: number | null
  column: number | null
  length: number | null
}

/** The issues for a terminal: each with its place, code frame and fix, and a summary at the end. */
export function text(issues: readonly Issue[], { root, read, color = false }: TextOptions): string {
  const [first] = issues.toSorted(errorsFirst)
  if (!first) return ""
  const blocks = issues.map((issue) => block(issue, { root, read, color }))
  const explain = paint(`bellhop explain ${first.code}`, "cyan", color)
  return `${blocks.join("\n\n")}\n\n${counted(issues)} · ${explain}`
}

function block({ code, message, fix, place, severity }: Issue, { root, read, color }: Required<TextOptions>): string {
  const look = severity === "error" ? "red" : "yellow"
  const label = paint(severity === "error" ? code : `${code} warning`, look, color)
  const where = place && paint(visible(`${named(place.file, root)}:${place.line}:${place.column}`), "bold", color)
  const lines = [`${where ? `${where}  ` : ""}${label} ${indented(message)}`]
  const source = place && read(place.file)
  const drawn = source === undefined || !place ? "" : frame(source, place, { color })
  if (drawn) lines.push(drawn)
  if (fix) lines.push(`${paint("fix:", "cyan", color)} ${indented(fix)}`)
  return lines.join("\n")
}

function indented(words: string): string {
  return words.split("\n").map(visible).join("\n  ")
}

function counted(issues: readonly Issue[]): string {
  const errors = issues.filter((issue) => issue.severity === "error").length
  const count = (number: number, word: string): string[] =>
    number === 0 ? [] : [`${number} ${word}${number === 1 ? "" : "s"}`]
  return [...count(errors, "error"), ...count(issues.length - errors, "warning")].join(", ")
}

function errorsFirst(one: Issue, other: Issue): number {
  return Number(one.severity === "warning") - Number(other.severity === "warning")
}

/** The issues for programs. */
export function json(issues: readonly Issue[], root: string): PlainIssue[] {
  return issues.map(({ code, severity, message, fix, place }) => ({
    code,
    severity,
    message,
    fix: fix ?? null,
    file: place ? named(place.file, root) : null,
    line: place?.line ?? null,
    column: place?.column ?? null,
    length: place?.length ?? null,
  }))
}

// A file far outside the project is clearer by its whole path.
function named(file: string, root: string): string {
  const inside = relative(root, file)
  return (inside.startsWith("..") || isAbsolute(inside) ? file : inside).replaceAll("\\", "/")
}

/** Our own issues and those of the type checker as one list in reading order, without what ours already say better. */
export function merge(own: readonly Issue[], typed: readonly Issue[]): Issue[] {
  // A warning of ours does not make a type error good.
  const covered = new Set(own.filter((issue) => issue.severity === "error").flatMap(lineOf))
  const added = typed.filter((issue) => !lineOf(issue).some((line) => covered.has(line)))
  const seen = new Set<string>()
  return [...own, ...added].toSorted(inReadingOrder).filter((issue) => {
    const { code, message, place } = issue
    const key = JSON.stringify([code, message, place?.file, place?.line, place?.column])
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

function lineOf({ place }: Issue): string[] {
  return place ? [`${place.line}:${place.file}`] : []
}

function inReadingOrder(one: Issue, other: Issue): number {
  const [a, b] = [one.place, other.place]
  if (!a || !b) return Number(Boolean(a)) - Number(Boolean(b))
  if (a.file !== b.file) return a.file < b.file ? -1 : 1
  return a.line - b.line || a.column - b.column
}
