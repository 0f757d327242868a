import type { ShownSpan, Summary } from "../../observe/recorder/shown.ts"
import { type Style, style } from "../style.ts"
import { safeLine } from "./safe-text.ts"
import { cut, millisecondsText, waterfall } from "./waterfall.ts"

// As much of an id as `show` and `replay` need.
const idLetters = 8

/** An exchange on one line, and below it what an aggregate or a service that was asked again did when. */
export function exchangeLine(exchange: Summary, { width, color }: { width: number; color: boolean }): string {
  const paint = style(color)
  const { at, status, took, method, path, query, services, id, tree, outcome, code, replayOf } = exchange
  const time = timeOf(at)
  const notes = [
    code === null ? "" : paint.red(safeLine(code)),
    outcome === "whole" ? "" : paint.red(outcome === "gone" ? "client gone" : "cut off"),
    replayOf === null ? "" : paint.blue("replay"),
    services.length === 0 || tree?.children.some(hasParts) ? "" : paint.dim(`→ ${services.join(", ")}`),
  ].filter((note) => note !== "")
  const end = `${notes.length > 0 ? `  ${notes.join("  ")}` : ""}  ${paint.dim(id.slice(-idLetters))}`
  const lead = `${paint.dim(time)}  ${statusText(status, paint)} ${millisecondsText(took).padStart(8)}  `
  const room = width - Bun.stringWidth(lead) - method.length - 1 - Bun.stringWidth(end)
  const target = cut(safeLine(path + query), Math.max(room, 20))
  const line = `${lead}${paint.bold(method)} ${target}${end}`
  const below = tree ? waterfall(tree, { width, color, indent: time.length + 2, whole: false }) : []
  return `${[line, ...below].join("\n")}\n`
}

const hasParts = ({ kind, children }: ShownSpan): boolean => kind === "part" || children.some(hasParts)

/** A status in the colour of its class. */
export function statusText(status: number, paint: Style): string {
  const text = String(status)
  if (status >= 500) return paint.red(text)
  if (status >= 400) return paint.yellow(text)
  return status >= 300 ? paint.cyan(text) : paint.green(text)
}

/** The time of day where the reader is, to the millisecond. */
function timeOf(at: string): string {
  const date = new Date(at)
  const two = (part: number): string => String(part).padStart(2, "0")
  const day = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":")
  return `${day}.${String(date.getMilliseconds()).padStart(3, "0")}`
}
