/** What a response is, by the book: every byte is one letter (latin1). */
export interface Read {
  /** The response is valid, and all of it is there. */
  whole: boolean
  status: number | undefined
  lines: string[]
  /** What of the body is there, also of a response that breaks off or goes wrong. */
  body: string
  /** Something stands behind its end. */
  surplus: boolean
}

const letters = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => String.fromCharCode(from + index)).join("")

const digits = letters(0x30, 0x39)
const hexDigits = `${digits}abcdefABCDEF`
const tokenLetters = `!#$%&'*+-.^_\`|~${digits}${letters(0x41, 0x5a)}${letters(0x61, 0x7a)}`
const textLetters = `\t${letters(0x20, 0x7e)}${letters(0x80, 0xff)}`
const only = (text: string, allowed: string): boolean => [...text].every((letter) => allowed.includes(letter))

class Refused extends Error {}

/** Reads all bytes of a connection that then closed as the answer to one request: slow, and obviously right. */
export function reference(bytes: string, method: string): Read {
  const read: Read = { whole: false, status: undefined, lines: [], body: "", surplus: false }
  let at = 0
  const refuseUnless = (right: boolean): void => {
    if (!right) throw new Refused()
  }
  const line = (): string => {
    const end = bytes.indexOf("\r\n", at)
    refuseUnless(end >= 0)
    const found = bytes.slice(at, end)
    refuseUnless(only(found, textLetters))
    at = end + 2
    return found
  }
  const take = (count: number): string => {
    const found = bytes.slice(at, at + count)
    at += found.length
    return found
  }
  const fields = (): string[] => {
    const found: string[] = []
    for (let field = line(); field !== ""; field = line()) {
      const colon = field.indexOf(":")
      refuseUnless(colon > 0 && only(field.slice(0, colon), tokenLetters))
      found.push(field.slice(0, colon).toLowerCase(), withoutSpace(field.slice(colon + 1)))
    }
    return found
  }

  const readHead = (): { status: number; version: string; lines: string[] } => {
    const start = bytes.slice(at)
    const first = line()
    refuseUnless(first.startsWith("HTTP/1.0 ") || first.startsWith("HTTP/1.1 "))
    const code = first.slice(9, 12)
    refuseUnless(code.length === 3 && only(code, digits) && code >= "100" && code <= "599")
    refuseUnless(first.length === 12 || first[12] === " ")
    const lines = fields()
    refuseUnless(lines.length <= 512 && start.length - (bytes.length - at) <= 65_540)
    return { status: Number(code), version: first.slice(5, 8), lines }
  }

  const readChunks = (): void => {
    for (;;) {
      const [size = "", ...extensions] = line().split(";")
      const number = extensions.length > 0 ? withoutSpace(`;${size}`).slice(1) : size
      refuseUnless(number.length > 0 && number.length <= 13 && only(number, hexDigits))
      const length = Number.parseInt(number, 16)
      if (length === 0) break
      const chunk = take(length)
      read.body += chunk
      refuseUnless(chunk.length === length && take(2) === "\r\n")
    }
    fields()
  }

  try {
    let head = readHead()
    for (let interim = 0; head.status < 200; interim++) {
      refuseUnless(head.status !== 101 && interim < 16)
      head = readHead()
    }
    const values = (name: string): string[] =>
      head.lines.filter((_, index) => index % 2 === 1 && head.lines[index - 1] === name)
    const lengths = values("content-length")
    const codings = values("transfer-encoding")
    refuseUnless(lengths.length + codings.length <= 1)
    for (const length of lengths) refuseUnless(length.length > 0 && length.length <= 15 && only(length, digits))
    for (const coding of codings) refuseUnless(coding.toLowerCase() === "chunked" && head.version === "1.1")
    read.status = head.status
    read.lines = head.lines
    if (method !== "HEAD" && head.status !== 204 && head.status !== 304) {
      if (codings.length > 0) readChunks()
      else if (lengths.length > 0) {
        read.body = take(Number(lengths[0]))
        refuseUnless(read.body.length === Number(lengths[0]))
      } else read.body = take(bytes.length)
    }
    read.whole = true
    read.surplus = at < bytes.length
  } catch (error) {
    if (!(error instanceof Refused)) throw error
  }
  return read
}

function withoutSpace(text: string): string {
  let found = text
  while (found.startsWith(" ") || found.startsWith("\t")) found = found.slice(1)
  while (found.endsWith(" ") || found.endsWith("\t")) found = found.slice(0, -1)
  return found
}
