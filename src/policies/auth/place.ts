import type { Exchange } from "../../core/exchange.ts"
import type { HeaderList } from "../../http/header-list.ts"
import { type Place, Refused } from "./scheme.ts"

/** The credentials at a place; undefined when there are none. What stands there twice is refused: services might read the other. */
export function credentialAt(exchange: Exchange, place: Place): string | undefined {
  if (place.in === "header") return inHeader(exchange.headers, place)
  return place.in === "cookie" ? inCookie(exchange.headers, place.name) : inQuery(exchange.search, place.name)
}

function inHeader(headers: HeaderList, { name, word }: Place): string | undefined {
  const { lines } = headers
  let found: string | undefined
  for (let at = 0; at < lines.length; at += 2) {
    if (lines[at] !== name) continue
    if (found !== undefined) throw new Refused(`the header "${name}" is there twice`)
    found = lines[at + 1]
  }
  if (found === undefined || word === undefined) return found
  return begins(found, word) ? found.slice(word.length).trim() : undefined
}

/** RFC 9110 section 11.1: the word before the credentials, in letters of either size. */
function begins(value: string, word: string): boolean {
  const after = value.charCodeAt(word.length)
  // The end of the value, a blank or a tab.
  if (!(value.length === word.length || after === 32 || after === 9)) return false
  for (let at = 0; at < word.length; at++) {
    const letter = word.charCodeAt(at)
    const own = value.charCodeAt(at)
    // One bit is the size of a letter; in other signs it is more than that.
    const isLetter = letter >= 97 && letter <= 122
    if (own !== letter && !(isLetter && (own | 32) === letter)) return false
  }
  return true
}

function inCookie(headers: HeaderList, name: string): string | undefined {
  let found: string | undefined
  if (!headers.has("cookie")) return undefined
  for (const line of headers.all("cookie"))
    for (const pair of line.split(";")) {
      const at = pair.indexOf("=")
      if (at < 0 || pair.slice(0, at).trim() !== name) continue
      if (found !== undefined) throw new Refused(`the cookie "${name}" is there twice`)
      found = pair.slice(at + 1).trim()
    }
  return found
}

function inQuery(search: string, name: string): string | undefined {
  if (search.length < 2) return undefined
  let found: string | undefined
  for (const pair of search.slice(1).split("&")) {
    const at = pair.indexOf("=")
    if (plain(at < 0 ? pair : pair.slice(0, at)) !== name) continue
    if (found !== undefined) throw new Refused(`the query parameter "${name}" is there twice`)
    found = at < 0 ? "" : plain(pair.slice(at + 1))
  }
  return found
}

/** A piece of a query as services read it. */
function plain(piece: string): string {
  if (!piece.includes("%") && !piece.includes("+")) return piece
  const spaced = piece.replaceAll("+", " ")
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}

/** Takes the credentials at these places out of an exchange. */
export function stripping(places: readonly Place[]): (exchange: Exchange) => void {
  const headers = places.filter((place) => place.in === "header")
  const cookies = places.flatMap(({ in: where, name }) => (where === "cookie" ? [name] : []))
  const queries = new Set(places.flatMap(({ in: where, name }) => (where === "query" ? [name] : [])))
  const whole = new Set(headers.flatMap(({ name, word }) => (word === undefined ? [name] : [])))
  const worded = headers.flatMap(({ name, word }) =>
    word === undefined || whole.has(name) ? [] : [{ name, refused: (value: string) => begins(value, word) }],
  )
  // Many servers read `_` and `-` in names as the same: their twins are no less credentials.
  const stripped = (name: string): boolean =>
    whole.has(name) || (name.includes("_") && whole.has(name.replaceAll("_", "-")))

  return (exchange) => {
    if (whole.size > 0) exchange.headers.drop(stripped)
    for (const { name, refused } of worded) exchange.headers.deleteWhere(name, refused)
    if (cookies.length > 0 && exchange.headers.has("cookie")) stripCookies(exchange.headers, cookies)
    if (queries.size > 0 && exchange.search.length > 1) stripQuery(exchange, queries)
  }
}

function stripCookies(headers: HeaderList, names: readonly string[]): void {
  const lines = headers.all("cookie")
  const kept = lines.map((line) =>
    line
      .split(";")
      .filter((pair) => !isOf(pair.split("=", 1)[0]?.trim() ?? "", names))
      .join(";")
      .trim(),
  )
  if (kept.every((line, at) => line.length === lines[at]?.length)) return
  headers.delete("cookie")
  for (const line of kept) if (line !== "") headers.append("cookie", line)
}

/** Whether a cookie is one of these, or a part of one. */
const isOf = (cookie: string, names: readonly string[]): boolean =>
  names.some(
    (name) => cookie === name || (cookie.startsWith(`${name}.`) && /^\d+$/.test(cookie.slice(name.length + 1))),
  )

function stripQuery(exchange: Exchange, names: ReadonlySet<string>): void {
  const pairs = exchange.search.slice(1).split("&")
  const kept = pairs.filter((pair) => !names.has(plain(pair.split("=", 1)[0] ?? "")))
  if (kept.length < pairs.length) exchange.search = kept.length === 0 ? "" : `?${kept.join("&")}`
}
