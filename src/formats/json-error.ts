/** Where and why a text is not JSON. */
export interface JsonError {
  message: string
  line: number
  column: number
}

class Wrong extends Error {
  readonly at: number

  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}

/** Finds what `JSON.parse` only complains about; undefined when the text is JSON. */
export function jsonError(text: string): JsonError | undefined {
  try {
    scan(text)
    return undefined
  } catch (error) {
    if (!(error instanceof Wrong)) throw error
    const before = text.slice(0, error.at).split(/\r\n|\n|\r/)
    return { message: error.message, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
  }
}

const blank = /[ \t\n\r]*/y
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const word = /[\w$.+-]+/y

/** Where the pattern ends when it stands at this place, otherwise the place itself. */
function past(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

// A list of open brackets instead of recursion: files come nested deeper than a stack.
function scan(text: string): void {
  const open: { bracket: string; at: number }[] = []
  let expected: "value" | "name" | "colon" | "next" = "value"
  let justOpened = false
  let comma = -1
  for (let at = past(blank, text, 0); ; at = past(blank, text, at)) {
    const letter = text[at]
    const inside = open.at(-1)
    if (letter === undefined) {
      if (expected === "next" && !inside) return
      throw new Wrong(
        at,
        inside ? `the "${inside.bracket}" of line ${lineOf(text, inside.at)} is never closed.` : "it is empty.",
      )
    }
    const closes = letter === (inside?.bracket === "{" ? "}" : "]") && inside !== undefined
    if (closes && (expected === "next" || justOpened)) {
      open.pop()
      expected = "next"
      justOpened = false
      at++
      continue
    }
    if (closes && comma >= 0 && text.slice(comma + 1, at).trim() === "")
      throw new Wrong(comma, `a comma may not stand before "${letter}".`)
    if (expected === "colon") {
      if (letter !== ":") throw wrong(text, at, '":"')
      expected = "value"
      at++
    } else if (expected === "next") {
      if (!inside) throw wrong(text, at, "the end")
      if (letter !== ",") throw wrong(text, at, inside.bracket === "{" ? '"," or "}"' : '"," or "]"')
      expected = inside.bracket === "{" ? "name" : "value"
      comma = at++
    } else if (letter === '"') {
      at = pastString(text, at)
      expected = expected === "name" ? "colon" : "next"
    } else if (expected === "name") {
      throw wrong(text, at, "a name in double quotes")
    } else if (letter === "{" || letter === "[") {
      open.push({ bracket: letter, at })
      expected = letter === "{" ? "name" : "value"
      justOpened = true
      at++
      continue
    } else {
      const end = past(scalar, text, at)
      if (end === at || past(word, text, at) > end) throw wrong(text, at, "a value")
      at = end
      expected = "next"
    }
    justOpened = false
  }
}

function pastString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    const letter = text[at]
    if (letter === '"') return at + 1
    if (letter === undefined || letter === "\n" || letter === "\r")
      throw new Wrong(start, "this string is never closed.")
    if (letter < " ") throw new Wrong(at, "a control character in a string has to be escaped.")
    if (letter !== "\\") continue
    const end = past(/\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/y, text, at)
    if (end === at) throw new Wrong(at, `"${text.slice(at, at + 2)}" is no escape of JSON.`)
    at = end - 1
  }
}

function wrong(text: string, at: number, wanted: string): Wrong {
  const found =
    text.slice(at, Math.min(past(word, text, at), at + 20)) || String.fromCodePoint(text.codePointAt(at) ?? 0)
  const hint = found === "'" ? "; strings stand in double quotes" : found === "/" ? "; JSON has no comments" : ""
  return new Wrong(at, `expected ${wanted}, got ${found === "'" ? "a single quote" : `"${found}"`}${hint}.`)
}

const lineOf = (text: string, at: number): number => text.slice(0, at).split(/\r\n|\n|\r/).length
