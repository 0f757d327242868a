import type { Exchange } from "../../core/exchange.ts"
import type { HeaderList } from "../../http/header-list.ts"

/** The names in the `Vary` lines of an answer, lower case and sorted; "*" where it depends on what nobody can tell. */
export function varyOf(headers: HeaderList): readonly string[] | "*" {
  if (!headers.has("vary")) return nothing
  const names = new Set<string>()
  for (const line of headers.all("vary"))
    for (const part of line.split(",")) {
      const name = part.trim().toLowerCase()
      if (name === "*") return "*"
      if (name !== "") names.add(name)
    }
  return [...names].sort()
}

const nothing: readonly string[] = []

// Their order means nothing beside their weights, nor does their case.
const preferences = new Set(["accept", "accept-charset", "accept-encoding", "accept-language"])

/** What a request says in these headers, as one text: the same for requests that mean the same. */
export function selecting(
  names: readonly string[],
  exchange: Pick<Exchange, "headers" | "client" | "proxies">,
): string {
  let text = ""
  for (const name of names) text += `\n${name}:${valueOf(name, exchange)}`
  return text
}

function valueOf(name: string, { headers, client, proxies }: Pick<Exchange, "headers" | "client" | "proxies">): string {
  // Services do not get what the client says here, but what the gateway knows.
  if (name === "x-forwarded-for") return client + proxies
  if (!headers.has(name)) return ""
  const lines = headers.all(name)
  const text = lines.length === 1 ? (lines[0] as string) : lines.join(",")
  return `=${preferences.has(name) ? preference(text) : name === "cookie" || text.includes('"') ? text : plain(text)}`
}

// RFC 9111 section 4.1: white space around the members of a list means nothing.
const plain = (text: string): string =>
  text.includes(",")
    ? text
        .split(/[ \t]*,[ \t]*/)
        .join(",")
        .trim()
    : text.trim()

const preference = (text: string): string =>
  text
    .toLowerCase()
    .split(",")
    .map((member) => member.replace(/[ \t]+/g, "").replace(/;q=1(?:\.0*)?$/, ""))
    .filter((member) => member !== "")
    .sort()
    .join(",")
