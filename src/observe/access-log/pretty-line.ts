import { printable } from "../../core/log.ts"
import { durationText } from "../../core/units.ts"
import type { Redact } from "../redact.ts"
import type { WriteLine } from "./json-line.ts"

const two = (number: number): string => String(number).padStart(2, "0")

function timeOf(at: number): string {
  const date = new Date(at)
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

const lengthText = (milliseconds: number): string =>
  milliseconds < 10
    ? `${milliseconds.toFixed(1)}ms`
    : durationText(milliseconds < 1000 ? milliseconds : Math.round(milliseconds / 100) * 100)

/** Writes an exchange for people, by the clock on their wall. */
export function prettyLine(redact: Redact, color: boolean): WriteLine {
  const paint = (code: number, text: string): string => (color ? `\u001b[${code}m${text}\u001b[0m` : text)
  const dim = (text: string): string => paint(2, text)
  const statusOf = (status: number): string =>
    paint(status >= 500 ? 31 : status >= 400 ? 33 : status >= 300 ? 36 : 32, String(status))

  return ({ exchange, at, status, code, outcome, began, answered, ended, upstream }, out) => {
    const { method, sentPath, sentSearch } = exchange
    const target = printable(redact.text(sentPath) + redact.query(sentSearch))
    const took = lengthText(ended - began)
    const own = Math.max(0, answered - began - upstream)
    const times = upstream > 0 ? dim(` (gateway ${lengthText(own)})`) : ""
    const why = code === undefined ? "" : `  ${paint(outcome === "gone" ? 33 : 31, code)}`
    out.text(`${dim(timeOf(at))} ${statusOf(status)} ${printable(method).padEnd(6)} ${target}  ${took}${times}${why}\n`)
  }
}
