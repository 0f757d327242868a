import type { HeaderList } from "./header-list.ts"

// RFC 9110 section 7.6.1, with the names that older peers still send.
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-authentication-info",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
])

// Naming one of these in Connection would strip what the gateway itself relies on (CVE-2021-32813 and its kin).
const neverNamed = new Set(["host", "content-length", "content-type", "authorization", "cookie", "set-cookie"])

// Every header of every answer is looked at, and few have a length and a first letter of these names.
const beginnings = new Set([...hopByHop].map((name) => beginning(name)))
const mayBe = Uint8Array.from({ length: 1024 }, (_, at) => (beginnings.has(at) ? 1 : 0))

function beginning(name: string): number {
  return name.length >= 32 ? 0 : (name.length << 5) | (name.charCodeAt(0) & 31)
}

/** True for the headers that belong to one connection only. */
export const isHopByHop = (name: string): boolean => mayBe[beginning(name)] === 1 && hopByHop.has(name)

/** The further headers that `Connection` says belong to this connection; undefined when it names none. */
export function namedByConnection(headers: HeaderList): ReadonlySet<string> | undefined {
  if (!headers.has("connection")) return undefined
  const lines = headers.all("connection")
  if (lines.every((line) => line === "keep-alive" || line === "close")) return undefined
  const names = lines.flatMap((line) => line.toLowerCase().split(",")).map((name) => name.trim())
  return new Set(names.filter((name) => !neverNamed.has(name) && !name.startsWith("x-forwarded-")))
}
