import { isObject } from "../../../core/schema.ts"

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

// Deeper than any token needs, and shallow enough for whatever walks through the value afterwards.
const deepest = 32

/**
 * The object in these bytes, as everybody else reads it too: UTF-8, one object, no name twice in the same one
 * (RFC 7519 section 4 lets parsers differ over these, and attackers live on that). Undefined: it is not that.
 */
export function strictObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const text = decoder.decode(bytes)
    const value: unknown = JSON.parse(text)
    return isObject(value) && isPlain(text) ? value : undefined
  } catch {
    return undefined
  }
}

const mark = /["{}[\]]/g
const colon = /[\t\n\r ]*:/y
const stringRest = /[^"\\]*(?:\\.[^"\\]*)*"/y

/** Whether no object of this JSON has a name twice, and none is nested too deeply. */
function isPlain(text: string): boolean {
  const open: (Set<string> | undefined)[] = []
  mark.lastIndex = 0
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    const sign = found[0]
    if (sign === "{") open.push(new Set())
    else if (sign === "[") open.push(undefined)
    else if (sign === "}" || sign === "]") open.pop()
    else {
      stringRest.lastIndex = mark.lastIndex
      stringRest.test(text)
      const raw = text.slice(found.index, stringRest.lastIndex)
      mark.lastIndex = stringRest.lastIndex
      const names = open.at(-1)
      colon.lastIndex = mark.lastIndex
      if (!names || !colon.test(text)) continue
      // The same name may be written in several ways.
      const name = raw.includes("\\") ? (JSON.parse(raw) as string) : raw.slice(1, -1)
      if (names.has(name)) return false
      names.add(name)
    }
    if (open.length > deepest) return false
  }
  return true
}
