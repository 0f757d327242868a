import { GatewayError } from "../../core/errors.ts"
import { isObject } from "../../core/schema.ts"
import { HeaderList } from "../../http/header-list.ts"
import { isHopByHop } from "../../http/hop-by-hop.ts"

/** What the requests of a batch get from the request that carries them, where the config says nothing. */
export const standardInherited: readonly string[] = [
  "authorization",
  "cookie",
  "x-api-key",
  "accept-language",
  "user-agent",
  "traceparent",
  "tracestate",
]

const nameShape = /^[a-z0-9!#$%&'*+.^_`|~-]+$/
const valueShape = /^[\t\x20-\x7e\x80-\xff]*$/

// What the listener takes of a request that comes by itself.
const longest = 16 * 1024

// About one connection or one body, or of those that answers could not be put into JSON with.
const notForRequests = new Set(["host", "expect", "forwarded", "x-real-ip", "content-length", "accept-encoding"])

// A browser says these of its pages and lets none of them say otherwise: a batch must not be the way around.
const saidByBrowser = (name: string): boolean =>
  name === "origin" || name === "referer" || name.startsWith("sec-") || name.startsWith("access-control-request-")

const inheritedAlways = (name: string): boolean =>
  name === "origin" || name === "referer" || name.startsWith("sec-fetch-")

/** True for headers that nobody may choose, neither the requests of a batch nor the config for them. */
export function isReserved(written: string): boolean {
  // Many servers read `_` and `-` in names as the same.
  const name = written.replaceAll("_", "-")
  return (
    isHopByHop(name) || notForRequests.has(name) || name.startsWith("x-forwarded-") || name.startsWith("x-bellhop-")
  )
}

/** The headers that a request of a batch begins with: those of the request around it that are inherited. */
export function inheritedHeaders(outer: HeaderList, inherited: readonly string[], number: number): HeaderList {
  const made = new HeaderList()
  for (const name of inherited) for (const value of outer.all(name)) made.append(name, value)
  for (const [name, value] of outer) if (inheritedAlways(name) && !inherited.includes(name)) made.append(name, value)
  const id = outer.get("x-request-id")
  if (id !== undefined) made.set("x-request-id", `${id}-${number}`)
  return made
}

/** Puts the headers that a request of a batch says itself in the place of those that it inherits. */
export function setHeaders(headers: HeaderList, given: unknown): void {
  if (given === undefined) return
  if (!isObject(given)) throw new GatewayError("bad_request", 'Send "headers" as an object of texts.')
  const own = new Set<string>()
  let length = 0
  for (const [written, value] of Object.entries(given)) {
    const name = written.toLowerCase()
    const shown = JSON.stringify(written.slice(0, 60))
    if (!nameShape.test(name)) throw new GatewayError("bad_request", `${shown} is not the name of a header.`)
    if (typeof value !== "string" || !valueShape.test(value))
      throw new GatewayError("bad_request", `Send the header ${shown} as one line of Latin letters.`)
    if (isReserved(name) || saidByBrowser(name.replaceAll("_", "-")))
      throw new GatewayError("bad_request", `A request of a batch cannot set the header ${shown}.`)
    length += name.length + value.length
    if (length > longest) throw new GatewayError("bad_request", `The headers are longer than ${longest} bytes.`)
    // Which of the two counts would be a guess.
    if (own.has(name)) throw new GatewayError("bad_request", `The header ${shown} is there twice.`)
    own.add(name)
    headers.set(name, trimmed(value))
  }
}

// A pattern would look at each run of blanks once for each of them, and trim() takes letters of Latin-1 too.
function trimmed(value: string): string {
  const isBlank = (at: number): boolean => value[at] === " " || value[at] === "\t"
  let start = 0
  let end = value.length
  while (isBlank(start)) start++
  while (end > start && isBlank(end - 1)) end--
  return value.slice(start, end)
}
