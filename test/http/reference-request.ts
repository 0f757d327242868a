import type { Standing, Told, ToldRequest } from "./parsed-request.ts"

/** What a connection says, by the book. */
export interface Read extends Told {
  /** What is expected next on it. */
  standing: Standing
}

const letters = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => String.fromCharCode(from + index)).join("")

const digits = letters(0x30, 0x39)
const hexDigits = `${digits}abcdefABCDEF`
const tokenLetters = `!#$%&'*+-.^_\`|~${digits}${letters(0x41, 0x5a)}${letters(0x61, 0x7a)}`
const targetLetters = letters(0x21, 0x7e) + letters(0x80, 0xff)
const textLetters = `\t ${targetLetters}`
const only = (text: string, allowed: string): boolean => [...text].every((letter) => allowed.includes(letter))
const some = (text: string, allowed: string): boolean => text !== "" && only(text, allowed)

class Refused extends Error {
  readonly status: number

  constructor(status: number) {
    super(String(status))
    this.status = status
  }
}

/** More bytes are needed. */
class Unfinished extends Error {}

function refuseUnless(right: boolean, status = 400): asserts right {
  if (!right) throw new Refused(status)
}

/** Reads all bytes of a connection as requests: slow, and obviously right. */
export function reference(bytes: string): Read {
  const read: Read = { requests: [], refused: undefined, standing: "idle" }
  let at = 0
  try {
    while (bytes.slice(at) !== "" && bytes.slice(at) !== "\r\n") {
      if (bytes.startsWith("\r\n", at)) at += 2
      const made = { ...head(headText()), body: "", whole: false }
      read.requests.push(made)
      if (made.length === undefined) chunks(made)
      else take(made, made.length)
      made.whole = true
    }
  } catch (error) {
    if (error instanceof Refused) read.refused = error.status
    else if (!(error instanceof Unfinished)) throw error
    read.standing = error instanceof Refused ? "refused" : "under way"
  }
  return read

  /** The head without its empty line. */
  function headText(): string {
    const end = bytes.indexOf("\r\n\r\n", at)
    const start = bytes.slice(at)
    if (end >= 0 && end - at <= 16_384) {
      const found = bytes.slice(at, end)
      at = end + 4
      return found
    }
    // No more can make a request of what does not begin with a method, or ends its first line with LF alone.
    const [first = "", ...others] = start.split("\n")
    const [method = ""] = first.split(" ")
    refuseUnless(start === "" || start === "\r" || (some(method, tokenLetters) && method.length <= 64))
    refuseUnless(others.length === 0 || first.endsWith("\r"))
    if (start.length < 16_384 + 4) throw new Unfinished()
    const target = first.slice(method.length + 1, others.length === 0 ? undefined : -" HTTP/1.1\r".length)
    throw new Refused(target.length > 8192 ? 414 : 431)
  }

  function take(into: ToldRequest, count: number): void {
    const found = bytes.slice(at, at + count)
    into.body += found
    at += found.length
    if (found.length < count) throw new Unfinished()
  }

  /** A line behind the head, as long as it may be, without its CR LF. */
  function line(limit: number): string {
    const end = bytes.indexOf("\n", at)
    refuseUnless((end < 0 ? bytes.length : end) - at <= limit)
    if (end < 0) throw new Unfinished()
    const found = bytes.slice(at, end)
    refuseUnless(found.endsWith("\r") && only(found.slice(0, -1), textLetters))
    at = end + 1
    return found.slice(0, -1)
  }

  function chunks(into: ToldRequest): void {
    for (;;) {
      const [size = "", ...extensions] = line(1024).split(";")
      const number = extensions.length > 0 ? withoutSpace(`.${size}`).slice(1) : size
      refuseUnless(some(number, hexDigits) && number.length <= 13)
      const length = Number.parseInt(number, 16)
      if (length === 0) break
      take(into, length)
      for (const letter of "\r\n") {
        if (at === bytes.length) throw new Unfinished()
        refuseUnless(bytes[at] === letter)
        at++
      }
    }
    const begin = at
    for (let trailer = line(16_384); trailer !== ""; trailer = line(16_384 - (at - begin))) field(trailer)
  }
}

function head(text: string): Omit<ToldRequest, "body" | "whole"> {
  const [first = "", ...others] = text.split("\r\n")
  const [method = "", target = "", protocol = "", ...more] = first.split(" ")
  refuseUnless(more.length === 0 && some(method, tokenLetters) && method.length <= 64 && some(target, targetLetters))
  const version = protocol.slice("HTTP/".length)
  const numbers = version.split(".")
  refuseUnless(protocol.startsWith("HTTP/") && numbers.length <= 2)
  refuseUnless(numbers.every((number) => number.length === 1 && only(number, digits)))
  refuseUnless(version === "1.0" || version === "1.1", 505)
  const fields = others.map(field)
  refuseUnless(target.length <= 8192, 414)
  refuseUnless(fields.length <= 128, 431)
  const old = version === "1.0"
  return { method, target, lines: fields.flat(), old, ...framing(fields, old), keepAlive: staysOpen(fields, old) }
}

function field(text: string): [name: string, value: string] {
  const [name = "", ...others] = text.split(":")
  refuseUnless(some(name, tokenLetters) && others.length > 0 && only(text, textLetters))
  return [name.toLowerCase(), withoutSpace(others.join(":"))]
}

/** How long the body is, and whether it is waited for; the first line that says something wrong decides what is said. */
function framing(
  fields: readonly [string, string][],
  old: boolean,
): { length: number | undefined; expectsContinue: boolean } {
  const lengths: string[] = []
  const codings: string[] = []
  let expects = false
  for (const [name, value] of fields) {
    if (name === "content-length") {
      refuseUnless(lengths.push(value) === 1 && some(value, digits) && value.length <= 15)
    } else if (name === "transfer-encoding") {
      refuseUnless(codings.push(value) === 1 && value.toLowerCase() === "chunked" && !old)
    } else if (name === "expect") {
      refuseUnless(value.toLowerCase() === "100-continue", 417)
      expects = true
    }
  }
  refuseUnless(lengths.length + codings.length <= 1)
  return { length: codings.length > 0 ? undefined : Number(lengths[0] ?? 0), expectsContinue: expects && !old }
}

function staysOpen(fields: readonly [string, string][], old: boolean): boolean {
  const said = fields.flatMap(([name, value]) => (name === "connection" ? value.toLowerCase().split(",") : []))
  const options = said.map(withoutSpace)
  return !options.includes("close") && (!old || options.includes("keep-alive"))
}

function withoutSpace(text: string): string {
  let found = text
  while (found.startsWith(" ") || found.startsWith("\t")) found = found.slice(1)
  while (found.endsWith(" ") || found.endsWith("\t")) found = found.slice(0, -1)
  return found
}
