/** A media type with its parameters, their names in lower case. */
export interface MediaType {
  /** In lower case, without parameters. */
  type: string
  parameters: ReadonlyMap<string, string>
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const head = new RegExp(`^[ \\t]*(${token}/${token})[ \\t]*`)
const parameter = new RegExp(`;[ \\t]*(?:(${token})=(?:(${token})|"((?:[^"\\\\]|\\\\.)*)")[ \\t]*)?`, "y")

/** Reads a media type or a media range (RFC 9110 section 8.3.1); undefined when it is none. */
export function parseMediaType(text: string): MediaType | undefined {
  const start = head.exec(text)
  if (!start?.[1]) return undefined
  const parameters = new Map<string, string>()
  let at = start[0].length
  while (at < text.length) {
    parameter.lastIndex = at
    const found = parameter.exec(text)
    if (!found) return undefined
    at = parameter.lastIndex
    const name = found[1]?.toLowerCase()
    // Of two, readers take either one.
    if (name !== undefined && parameters.has(name)) return undefined
    if (name !== undefined) parameters.set(name, found[2] ?? found[3]?.replace(/\\(.)/g, "$1") ?? "")
  }
  return { type: start[1].toLowerCase(), parameters }
}
