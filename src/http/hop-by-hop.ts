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

/** Takes out the headers that belong to one connection only, and those that `Connection` names. */
export function dropHopByHop(headers: HeaderList): void {
  const connection = headers.get("connection")
  if (connection === undefined || /^(keep-alive|close)$/i.test(connection)) {
    headers.drop((name) => hopByHop.has(name))
    return
  }
  const named = new Set(
    connection
      .toLowerCase()
      .split(",")
      .map((name) => name.trim()),
  )
  headers.drop(
    (name) => hopByHop.has(name) || (named.has(name) && !neverNamed.has(name) && !name.startsWith("x-forwarded-")),
  )
}
