import { chunked, head } from "../http/response-cases.ts"

/** An answer that no service should give, or not so, and what becomes of it. */
export interface Hostile {
  /** What the client sees: a 502, a 504, the answer as it should be, or its beginning and then the end of the connection. */
  readonly expected: "502" | "504" | "pass" | "cut"
  readonly says: string
  /** What it says once the client has all that `says` brings it. */
  readonly goesOn?: string
  readonly leaves?: "ends" | "resets"
  readonly method?: "GET" | "HEAD" | "POST"
  /** Each byte comes alone. */
  readonly drips?: true
  /** It does not wait for the body of the request. */
  readonly early?: true
  /** What passes. */
  readonly status?: number
  readonly body?: string
}

type More = Omit<Hostile, "expected" | "says">

/** It cannot be used. */
export const refused = (says: string, more: More = {}): Hostile => ({ expected: "502", says, ...more })
/** Nobody waits for it any longer. */
export const late = (says: string, more: More = {}): Hostile => ({ expected: "504", says, ...more })
/** It can be read in one way only: the client gets "ok", unless something else is said. */
export const passes = (says: string, more: More = {}): Hostile => ({ expected: "pass", says, body: "ok", ...more })
/** The client has the beginning when it turns out wrong. */
export const cut = (goesOn: string, leaves?: "ends" | "resets", begins = `${chunked}5\r\nbegun\r\n`): Hostile => ({
  expected: "cut",
  says: begins,
  goesOn,
  ...(leaves && { leaves }),
})

/** An answer that nobody may get. */
export const poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nX-Poison: poison\r\n\r\npoison"
/** A good answer. */
export const ok = `${head("Content-Length: 2")}ok`
/** The same in chunks. */
export const okInChunks = `${chunked}2\r\nok\r\n0\r\n\r\n`
/** The beginning of an answer with a length. */
export const fixed = `${head("Content-Length: 100")}begun`
