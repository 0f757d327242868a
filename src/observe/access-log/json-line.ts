import type { Ended } from "../../core/observer.ts"
import type { Redact } from "../redact.ts"
import { type Field, type FieldName, fields, standardFields } from "./fields.ts"
import type { LineBuffer } from "./line-buffer.ts"

/** Writes the line about an exchange, with its end. */
export type WriteLine = (ended: Ended, out: LineBuffer) => void

const quote = 34

/** Writes an exchange as one JSON object with these fields and headers. */
export function jsonLine(
  names: readonly FieldName[] = standardFields,
  headers: readonly string[] = [],
  redact: Redact,
): WriteLine {
  const members = [
    ...names.map((name) => memberOf(name, fields[name], redact)),
    ...headers.map((name) => memberOf(`header.${name.toLowerCase()}`, headerField(name.toLowerCase()), redact)),
  ]
  return (ended, out) => {
    // With a word that tells it from what else may stand in the same stream.
    out.plain('{"event":"exchange"')
    for (let at = 0; at < members.length; at++) (members[at] as WriteLine)(ended, out)
    out.plain("}\n")
  }
}

const headerField = (name: string): Field => ({
  kind: "text",
  of({ exchange }, redact) {
    const value = exchange.headers.get(name)
    return value === undefined ? undefined : redact.header(name, value)
  },
})

/** Writes one member, if there is anything to say. */
function memberOf(name: string, field: Field, redact: Redact): WriteLine {
  const before = `,${JSON.stringify(name)}:`
  if (field.kind === "text") {
    const { of } = field
    return (ended, out) => {
      const value = of(ended, redact)
      if (value === undefined) return
      out.plain(before)
      out.quoted(value)
    }
  }
  const { kind, of } = field
  if (kind === "time")
    return (ended, out) => {
      out.plain(before)
      out.byte(quote)
      writeTime(of(ended), out)
      out.byte(quote)
    }
  return (ended, out) => {
    out.plain(before)
    out[kind](of(ended))
  }
}

let second = 0
let secondText = ""

/** A time as RFC 3339 has it, in UTC. Most come within the same second as the one before. */
function writeTime(at: number, out: LineBuffer): void {
  const now = Math.floor(at / 1000)
  if (now !== second) {
    second = now
    secondText = new Date(now * 1000).toISOString().slice(0, 20)
  }
  out.plain(secondText)
  out.thousandths(Math.floor(at) - now * 1000)
  out.byte(90)
}
