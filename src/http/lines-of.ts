/** More lines than this are no head. */
export const maxLines = 256

/** The lines of a head that is well formed: name (lower case), value, name, value; undefined when there are too many. */
export function linesOf(text: string): string[] | undefined {
  // Once for all: for each name it costs more than everything else here. In latin1 no letter gets longer by it.
  const lower = text.toLowerCase()
  const lines: string[] = []
  let at = text.indexOf("\r\n") + 2
  while (at > 1) {
    const colon = text.indexOf(":", at)
    const next = text.indexOf("\r\n", colon)
    lines.push(lower.slice(at, colon), trimmed(text, colon + 1, next < 0 ? text.length : next))
    if (lines.length > maxLines * 2) return undefined
    at = next + 2
  }
  return lines
}

// Only spaces and tabs: `trim()` would also take a no-break space and make "chunked\u00a0" what it is not.
function trimmed(text: string, start: number, end: number): string {
  let from = start
  let to = end
  while (from < to && (text.charCodeAt(from) === 32 || text.charCodeAt(from) === 9)) from++
  while (to > from && (text.charCodeAt(to - 1) === 32 || text.charCodeAt(to - 1) === 9)) to--
  return text.slice(from, to)
}

/** The same lines, each name once, as the web's `Headers` has them: whoever looks at one line looks at all of that name. */
export function joinRepeated(lines: string[]): string[] {
  let kept = 0
  for (let at = 0; at < lines.length; at += 2) {
    const name = lines[at] as string
    let before = 0
    while (before < kept && lines[before] !== name) before += 2
    if (before < kept) lines[before + 1] += (name === "cookie" ? "; " : ", ") + (lines[at + 1] as string)
    else {
      lines[kept] = name
      lines[kept + 1] = lines[at + 1] as string
      kept += 2
    }
  }
  lines.length = kept
  return lines
}
