import type { Exchange } from "../../core/exchange.ts"
import { identityKey } from "../../core/identity.ts"
import { cookieOf } from "../../http/cookies.ts"
import type { Asked } from "./asked.ts"
import { selecting } from "./vary.ts"

/** What tells requests apart, beside method and URL. */
export interface KeyRules {
  /** Everybody gets the same. */
  readonly shared: boolean
  readonly query: QueryRules | undefined
  /** Lower case, sorted. */
  readonly headers: readonly string[]
  readonly cookies: readonly string[] | undefined
}

/** What of a query counts. */
export interface QueryRules {
  readonly include: ReadonlySet<string> | undefined
  readonly exclude: readonly string[]
  readonly sort: boolean
}

/** The URI that an exchange asks for; `search` is what counts of its query. */
export const uriOf = ({ scheme, host, rawPath }: Exchange, search: string): string =>
  `${scheme}://${host.toLowerCase()}${rawPath}${search}`

/** What of the query counts: the service gets no more of it, so that nothing else can be in its answer. */
export function countedQuery(search: string, { include, exclude, sort }: QueryRules): string {
  if (search.length <= 1) return ""
  const parts = search
    .slice(1)
    .split("&")
    .filter((part) => {
      const equals = part.indexOf("=")
      const name = decoded(equals < 0 ? part : part.slice(0, equals))
      if (include && !include.has(name)) return false
      return !exclude.some((other) => (other.endsWith("*") ? name.startsWith(other.slice(0, -1)) : name === other))
    })
  if (sort) parts.sort()
  return parts.length === 0 ? "" : `?${parts.join("&")}`
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll("+", " "))
  } catch {
    return name
  }
}

/** Which of the answers of a URI an exchange may have: those of its scope, its identity, its chosen headers and cookies. */
export function variantPrefix(exchange: Exchange, { credentials }: Asked, rules: KeyRules, scope: string): string {
  const { headers, cookies } = rules
  const who = rules.shared ? "" : whoAsks(exchange, credentials, cookies !== undefined)
  if (who === "" && headers.length === 0 && cookies === undefined) return scope
  let text = `${scope}${who}`
  if (headers.length > 0) text += selecting(headers, exchange)
  if (cookies)
    for (const name of cookies) {
      const value = cookieOf(exchange.headers, name)
      text += `\n${name}${value === undefined ? "" : `=${value}`}`
    }
  // Secrets stay out of keys, and keys stay short.
  return `${scope} ${new Bun.CryptoHasher("sha256").update(text).digest("base64url")}`
}

// With several lines of one name all of them count.
const secrets = ["authorization", "x-api-key"]

/** Whose answer it is: nobody else gets it. Empty for those who show nothing. */
function whoAsks({ identity, headers }: Exchange, credentials: boolean, withoutCookies: boolean): string {
  if (identity) return `\nidentity ${identityKey(identity)}`
  if (!credentials) return ""
  let text = ""
  for (const name of withoutCookies ? secrets : [...secrets, "cookie"])
    if (headers.has(name)) text += `\n${name} ${JSON.stringify(headers.all(name))}`
  return text
}
