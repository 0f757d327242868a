import { charsetOf, formatOf } from "../../formats/format-of.ts"

const utf8 = new TextDecoder("utf-8", { fatal: true })

/** The value in a body, by its content type; JSON where that says nothing. Throws when it cannot be read. */
export function readValue(bytes: Uint8Array, type: string | undefined): unknown {
  // Most bodies are JSON: its text is decoded and parsed, and nothing else is done with it.
  if (type === undefined || type === "application/json" || type === "application/json; charset=utf-8")
    return JSON.parse(utf8.decode(bytes)) as unknown
  const format = formatOf(type)
  return format ? format.read(bytes, charsetOf(type)) : (JSON.parse(utf8.decode(bytes)) as unknown)
}
