import type { Exchange } from "../../../core/exchange.ts"
import { HeaderList } from "../../../http/header-list.ts"
import { credentialAt } from "../place.ts"
import type { Place } from "../scheme.ts"

/** What an auth service is asked. */
export interface Question {
  readonly headers: HeaderList
  /** Tells this question from others: one with the same text has the same answer. */
  readonly text: string
  /** Tells these credentials from others. */
  readonly credentials: string
}

/** Makes the question about a request; undefined when it has no credentials. */
export function questioner(
  places: readonly Place[],
  along: readonly string[],
  tellsRequest: boolean,
): (exchange: Exchange) => Question | undefined {
  const names = along.map((name) => name.toLowerCase())

  return (exchange) => {
    const lines: string[] = []
    let cookies = ""
    let known = false
    for (const place of places) {
      const found = credentialAt(exchange, place)
      if (found === undefined) continue
      known = true
      // The whole line: the word before the credentials belongs to them.
      if (place.in === "header") lines.push(place.name, exchange.headers.get(place.name) ?? "")
      else if (place.in === "cookie") cookies += `${cookies === "" ? "" : "; "}${place.name}=${found}`
      else lines.push("x-original-credentials", found)
    }
    if (!known) return undefined
    if (cookies !== "") lines.push("cookie", cookies)
    const credentials = JSON.stringify(lines)
    for (const name of names) for (const value of exchange.headers.all(name)) lines.push(name, value)
    if (tellsRequest) {
      const { method, scheme, host, rawPath, search } = exchange
      const uri = rawPath + search
      lines.push("x-original-method", method, "x-original-uri", uri, "x-original-url", `${scheme}://${host}${uri}`)
    }
    return { headers: new HeaderList(lines), text: JSON.stringify(lines), credentials }
  }
}
