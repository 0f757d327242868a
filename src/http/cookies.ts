import type { HeaderList } from "./header-list.ts"

/** How a browser keeps a cookie and when it sends it. */
export interface CookieAttributes {
  readonly path: string
  readonly domain?: string | undefined
  readonly sameSite: "lax" | "strict" | "none"
  readonly secure: boolean
  /** In seconds; 0 takes the cookie away. Without one, browsers keep it until they are closed. */
  readonly maxAge?: number | undefined
}

const space = 32
const tab = 9

/** The value of a cookie, as the client sent it; of several the first. */
export function cookieOf(headers: HeaderList, name: string): string | undefined {
  const { lines } = headers
  for (let at = 0; at < lines.length; at += 2) {
    if (lines[at] !== "cookie") continue
    const found = valueIn(lines[at + 1] as string, name)
    if (found !== undefined) return found
  }
  return undefined
}

function valueIn(line: string, name: string): string | undefined {
  for (let start = 0; start < line.length;) {
    const semicolon = line.indexOf(";", start)
    const end = semicolon < 0 ? line.length : semicolon
    while (line.charCodeAt(start) === space || line.charCodeAt(start) === tab) start++
    const equals = start + name.length
    if (line.charCodeAt(equals) === 61 && equals < end && line.startsWith(name, start))
      return line.slice(equals + 1, end).trim()
    start = end + 1
  }
  return undefined
}

/** The names of all cookies that the client sent. */
export const cookieNames = (headers: HeaderList): string[] =>
  headers
    .all("cookie")
    .flatMap((line) => line.split(";"))
    .map((pair) => pair.split("=", 1)[0]?.trim() ?? "")
    .filter((name) => name !== "")

/** Adds a cookie, out of reach of scripts, to what every answer gets; it takes the place of one with the name. */
export function setCookie(
  answerHeaders: [name: string, value: string][],
  name: string,
  value: string,
  { path, domain, sameSite, secure, maxAge }: CookieAttributes,
): void {
  const line =
    `${name}=${value}; Path=${path}${domain === undefined ? "" : `; Domain=${domain}`}` +
    `${maxAge === undefined ? "" : `; Max-Age=${maxAge}`}; HttpOnly${secure ? "; Secure" : ""}` +
    `; SameSite=${sameSite.charAt(0).toUpperCase()}${sameSite.slice(1)}`
  const before = answerHeaders.find(([header, other]) => header === "set-cookie" && other.startsWith(`${name}=`))
  if (before) before[1] = line
  else answerHeaders.push(["set-cookie", line])
}
