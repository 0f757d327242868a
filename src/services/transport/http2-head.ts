import { ResponseError } from "../../http/response-parser.ts"

/** The head of an answer over HTTP/2, found good. */
export interface Http2Head {
  readonly status: number
  /** Name (lower case), value, name, value. */
  readonly lines: string[]
  /** No body belongs to it. */
  readonly bodiless: boolean
  /** How long its body is, as far as it says. */
  readonly length: number | undefined
}

// Values have no control characters but the tab (RFC 9110 section 5.5); names were looked at on the way here.
const value = /^[\t\x20-\x7e\x80-\xff]*$/

/** Checks a head as strictly as one of HTTP/1.1, from its lines: name, value, name, value, the status first. */
export function headOf(given: readonly string[], method: string): Http2Head {
  const [name, told = ""] = given
  if (name !== ":status" || !/^[2-5]\d\d$/.test(told)) throw new ResponseError("Its status is not valid.")
  const status = Number(told)
  const lines = given.slice(2)
  let length: number | undefined
  for (let at = 0; at < lines.length; at += 2) {
    const text = lines[at + 1] as string
    if (!value.test(text)) throw new ResponseError("A line of its head is not valid.")
    if (lines[at] !== "content-length") continue
    if (length !== undefined || !/^\d{1,15}$/.test(text))
      throw new ResponseError("Its Content-Length is not one number.")
    length = Number(text)
  }
  const bodiless = method === "HEAD" || status === 204 || status === 304
  return { status, lines, bodiless, length: bodiless ? undefined : length }
}
