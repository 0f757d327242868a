import type { Redact } from "../redact.ts"

const hidden = "[redacted]"

/** A text body, whole or not, without the values of members and fields that are named like secrets. */
export function redactBody(text: string, type: string, redact: Redact): string {
  if (type === "application/x-www-form-urlencoded") return redact.query(`?${text}`).slice(1)
  const named = /\bxml\b|\bhtml\b/.test(type)
    ? redactElements(text, redact)
    : type.startsWith("multipart/")
      ? redactFields(text, redact)
      : redactMembers(text, redact)
  return redact.text(named)
}

const space = /[\s]/

/**
 * JSON, or whatever has JSON in it, such as events and lines of it: it need not be whole, as that of a body that was cut off
 * is not. What stands behind a name goes whole, an object or a list too.
 */
function redactMembers(text: string, redact: Redact): string {
  let made = ""
  let from = 0
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at)) {
    const end = stringEnd(text, at)
    const colon = skip(text, end)
    if (text[colon] === ":" && redact.names(nameOf(text.slice(at, end)))) {
      const start = skip(text, colon + 1)
      made += `${text.slice(from, start)}"${hidden}"`
      from = valueEnd(text, start)
      at = from
    } else at = end
  }
  return made + text.slice(from)
}

function skip(text: string, at: number): number {
  while (at < text.length && space.test(text[at] as string)) at++
  return at
}

/** Where the string that begins here ends: behind its quote, or with the text. */
function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++
    else if (text[at] === '"') return at + 1
  }
  return text.length
}

function nameOf(quoted: string): string {
  try {
    const name: unknown = JSON.parse(quoted)
    return typeof name === "string" ? name : quoted
  } catch {
    return quoted.slice(1, -1)
  }
}

function valueEnd(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const letter = text[at] as string
    if (letter === '"') {
      at = stringEnd(text, at) - 1
      if (depth === 0) return at + 1
    } else if (letter === "{" || letter === "[") depth++
    else if (letter === "}" || letter === "]") {
      if (depth === 0) return at
      if (--depth === 0) return at + 1
    } else if (depth === 0 && (letter === "," || letter === "\n")) return at
  }
  return text.length
}

/** `<password>…</password>`, and the values of attributes; an element that was cut off goes to the end. */
function redactElements(text: string, redact: Redact): string {
  const local = (name: string): string => name.slice(name.indexOf(":") + 1)
  return text
    .replace(/<([\w:.-]+)([^<>]*)>([^<]*)/g, (all, name: string, attributes: string, content: string) =>
      redact.names(local(name)) && content.trim() !== "" ? `<${name}${attributes}>${hidden}` : all,
    )
    .replace(/([\w:.-]+)=("[^"<>]*"?|'[^'<>]*'?)/g, (all, name: string) =>
      redact.names(local(name)) ? `${name}="${hidden}"` : all,
    )
}

/** The fields of a form in parts. */
function redactFields(text: string, redact: Redact): string {
  return text.replace(
    /(content-disposition:[^\r\n]*?\bname="?([^"\r\n;]*)"?[^\r\n]*(?:\r?\n[^\r\n]+)*\r?\n\r?\n)([\s\S]*?)(?=\r?\n--|$)/gi,
    (all, head: string, name: string) => (redact.names(name) ? head + hidden : all),
  )
}
