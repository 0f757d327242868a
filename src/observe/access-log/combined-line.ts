import type { Redact } from "../redact.ts"
import type { WriteLine } from "./json-line.ts"

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const

const two = (number: number): string => String(number).padStart(2, "0")

function timeOf(at: number): string {
  const date = new Date(at)
  const day = `${two(date.getUTCDate())}/${months[date.getUTCMonth()]}/${date.getUTCFullYear()}`
  return `${day}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`
}

// As nginx does it: a quote would end the field, and a control could begin another line.
const within = (text: string): string =>
  // oxlint-disable-next-line no-control-regex
  text.replace(/["\\\u0000-\u001f\u007f-\uffff]/g, (letter) =>
    letter.charCodeAt(0) > 0xff
      ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`
      : `\\x${letter.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  )

const orDash = (text: string | undefined): string => (text === undefined || text === "" ? "-" : within(text))

/** Writes an exchange as the combined format has it, which Apache began and everybody reads. */
export function combinedLine(redact: Redact): WriteLine {
  const header = (value: string | undefined): string => orDash(value && redact.text(value))
  return ({ exchange, at, status, sent }, out) => {
    const { client, identity, method, sentPath, sentSearch, headers } = exchange
    // A name with spaces would be two fields.
    const user = orDash(identity && redact.text(identity.subject)).replaceAll(" ", "\\x20")
    const target = within(redact.text(sentPath) + redact.query(sentSearch))
    out.text(
      `${client} - ${user} [${timeOf(at)}] "${within(method)} ${target} HTTP/1.1" ${status} ${sent} "${header(headers.get("referer"))}" "${header(headers.get("user-agent"))}"\n`,
    )
  }
}
