import type { Exchange } from "../core/exchange.ts"
import type { HeaderList } from "../http/header-list.ts"
import { isHopByHop, namedByConnection } from "../http/hop-by-hop.ts"

// What a client claims about earlier hops is not to be believed, and our own names are not for it to use.
const notForServices = new Set(["host", "expect", "forwarded", "x-real-ip"])

// The names that come with every request are judged once.
const judged = new Map<string, boolean>()
const mostJudged = 256

function isNotForServices(name: string): boolean {
  const known = judged.get(name)
  if (known !== undefined) return known
  const verdict = judge(name)
  if (judged.size < mostJudged) judged.set(name, verdict)
  return verdict
}

// Many servers read `_` and `-` in names as the same (CVE-2025-64484): twins of our names are ours as well.
function judge(written: string): boolean {
  const name = written.includes("_") ? written.replaceAll("_", "-") : written
  return (
    isHopByHop(name) || notForServices.has(name) || name.startsWith("x-forwarded-") || name.startsWith("x-bellhop-")
  )
}

/** What a service is told of an exchange. */
export type Forwarded = Pick<Exchange, "method" | "headers" | "body" | "client" | "proxies" | "host" | "scheme"> &
  Partial<Pick<Exchange, "trace" | "span">>

/** The head that a service gets, every letter one byte: the client's, without what is not for it, with what the gateway knows. */
export function forwardHead(exchange: Forwarded, target: string, host: string, upgrade?: string): string {
  const { headers, body, trace } = exchange
  const { lines } = headers
  let length = false
  let head = `${exchange.method} ${target} HTTP/1.1\r\nhost: ${host}\r\n`
  for (let at = 0; at < lines.length; at += 2) {
    const name = lines[at] as string
    if (isNotForServices(name)) continue
    if (name === "content-length") {
      // Bun takes the body of a GET and keeps it: announcing it would leave the service waiting.
      if (body === null && lines[at + 1] !== "0") continue
      length = true
    }
    head += `${name}: ${trace?.valueOf(name, exchange.span) ?? lines[at + 1]}\r\n`
  }
  if (upgrade !== undefined) head += `connection: upgrade\r\nupgrade: ${upgrade}\r\n`
  if (body !== null && !length) head += "transfer-encoding: chunked\r\n"
  return `${head}x-forwarded-for: ${exchange.client}${exchange.proxies}\r\nx-forwarded-host: ${exchange.host}\r\nx-forwarded-proto: ${exchange.scheme}\r\n\r\n`
}

/** The same for HTTP/2: lines as name, value, name, value, with what stands for the request line first. */
export function forwardLines(exchange: Forwarded, target: string, host: string, scheme: string): string[] {
  const { lines } = exchange.headers
  const made = [":method", exchange.method, ":scheme", scheme, ":authority", host, ":path", target]
  for (let at = 0; at < lines.length; at += 2) {
    const name = lines[at] as string
    const value = exchange.trace?.valueOf(name, exchange.span) ?? (lines[at + 1] as string)
    if (isNotForServices(name)) continue
    if (name === "content-length" && exchange.body === null && value !== "0") continue
    made.push(name, value)
  }
  made.push("x-forwarded-for", exchange.client + exchange.proxies, "x-forwarded-host", exchange.host)
  made.push("x-forwarded-proto", exchange.scheme)
  return made
}

/** Takes out of a service's answer what was meant for the gateway only. */
export function backwardHeaders(headers: HeaderList): void {
  const named = namedByConnection(headers)
  headers.drop((name) => isHopByHop(name) || name.startsWith("x-bellhop-") || named?.has(name) === true)
}
