import type { Exchange } from "../../core/exchange.ts"

/** The value of a cookie that the client sent, as it sent it. */
export function cookieOf({ headers }: Exchange, name: string): string | undefined {
  for (const line of headers.all("cookie"))
    for (const pair of line.split(";")) {
      const at = pair.indexOf("=")
      if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
    }
  return undefined
}
