/** What a `Cache-Control` field says (RFC 9111 section 5.2), of a request or of an answer. Times are in seconds. */
export interface CacheControl {
  readonly noStore: boolean
  /** True for the whole answer; names of header lines where only those are meant. */
  readonly noCache: boolean | readonly string[]
  readonly isPrivate: boolean | readonly string[]
  readonly isPublic: boolean
  readonly maxAge: number | undefined
  readonly sMaxage: number | undefined
  readonly mustRevalidate: boolean
  readonly proxyRevalidate: boolean
  readonly mustUnderstand: boolean
  readonly staleWhileRevalidate: number | undefined
  readonly staleIfError: number | undefined
  /** Of requests: how stale an answer may be; Infinity where any is taken. */
  readonly maxStale: number | undefined
  readonly minFresh: number | undefined
  readonly onlyIfCached: boolean
}

/** What a field that is not there says. */
export const silent: CacheControl = made(new Map())

// One directive: a token, and perhaps a value, a token or quoted. Spaces around "=" belong to no valid directive.
const directive = /[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:=("(?:[^"\\]|\\.)*"|[^",]*))?[ \t]*(,|$)|[^,]*(,|$)/gy

// Services and clients say the same again and again.
const known = new Map<string, CacheControl>()
const mostKnown = 500
const longestKnown = 200

/** Reads a `Cache-Control` field, several lines joined by commas. */
export function readCacheControl(text: string): CacheControl {
  const found = known.get(text)
  if (found) return found
  const control = made(directivesOf(text))
  if (text.length <= longestKnown) {
    if (known.size >= mostKnown) known.clear()
    known.set(text, control)
  }
  return control
}

/** What a set of directives says: name (lower case) and value, undefined where there is none. */
export function made(given: ReadonlyMap<string, string | undefined>): CacheControl {
  return {
    noStore: given.has("no-store"),
    noCache: whole(given, "no-cache"),
    isPrivate: whole(given, "private"),
    isPublic: given.has("public"),
    maxAge: seconds(given, "max-age"),
    sMaxage: seconds(given, "s-maxage"),
    mustRevalidate: given.has("must-revalidate"),
    proxyRevalidate: given.has("proxy-revalidate"),
    mustUnderstand: given.has("must-understand"),
    staleWhileRevalidate: seconds(given, "stale-while-revalidate"),
    staleIfError: seconds(given, "stale-if-error"),
    maxStale:
      given.has("max-stale") && given.get("max-stale") === undefined
        ? Number.POSITIVE_INFINITY
        : seconds(given, "max-stale"),
    minFresh: seconds(given, "min-fresh"),
    onlyIfCached: given.has("only-if-cached"),
  }
}

function directivesOf(text: string): Map<string, string | undefined> {
  const found = new Map<string, string | undefined>()
  directive.lastIndex = 0
  while (directive.lastIndex < text.length) {
    const [, name, value] = directive.exec(text) ?? []
    if (name === undefined) continue
    const lower = name.toLowerCase()
    // Of two that contradict each other the first one counts (RFC 9111 section 4.2.1).
    if (!found.has(lower))
      found.set(lower, value?.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value?.trimEnd())
  }
  return found
}

// Who means some header lines only, and does not say which, means all.
function whole(given: ReadonlyMap<string, string | undefined>, name: string): boolean | readonly string[] {
  if (!given.has(name)) return false
  const names = (given.get(name) ?? "")
    .toLowerCase()
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "")
  return names.length === 0 ? true : names
}

// RFC 9111 section 1.2.2: more than fits is as good as for ever.
const forEver = 2 ** 31

function seconds(given: ReadonlyMap<string, string | undefined>, name: string): number | undefined {
  if (!given.has(name)) return undefined
  const value = given.get(name) ?? ""
  // What cannot be understood is stale, says section 4.2.1.
  return /^\d+$/.test(value) ? Math.min(Number(value), forEver) : 0
}
