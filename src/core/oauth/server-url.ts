import { type Path, type Report, type Schema, shown } from "../schema.ts"
import { checkedText } from "../values.ts"

const expected = 'a URL such as "https://id.example/jwks"'

/** The URL of a server that keys, tokens or secrets are exchanged with. */
export const serverUrl = (): Schema<string> =>
  checkedText(expected, (found, isSecret) => {
    const parsed = URL.parse(found)
    const wrong = !parsed
      ? "is not a URL"
      : !/^https?:$/.test(parsed.protocol)
        ? "is neither of https nor of http"
        : parsed.username || parsed.password
          ? "carries a user name or password"
          : parsed.hash
            ? "carries a fragment"
            : undefined
    if (wrong === undefined) return undefined
    return {
      message: `Expected ${expected}, but ${isSecret ? "it" : shown(found)} ${wrong}.`,
      fix: "Give the whole URL, beginning with https://.",
    }
  })

/** Whether what is said to a server cannot be overheard: it is encrypted, or never leaves this machine. */
export function isPrivate(url: string): boolean {
  const parsed = URL.parse(url)
  if (parsed?.protocol !== "http:") return parsed?.protocol === "https:"
  const { hostname } = parsed
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  )
}

/** Reports a URL over which others could listen, or slip in keys of their own. */
export function checkPrivate(url: string | undefined, path: Path, report: Report): void {
  // What is no URL at all was reported as that.
  if (url === undefined || !URL.canParse(url) || isPrivate(url)) return
  report({
    code: "E204",
    path,
    message: "Expected a URL of https: over http others can read along, and answer in its place.",
    fix: 'Use https, or say "insecure: true" if the network between is yours alone.',
  })
}
