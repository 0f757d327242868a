import { type CacheControl, made } from "./cache-control.ts"

// A dictionary of structured fields (RFC 9651), as far as directives of caches go: keys with a number, a text, a token or nothing.
const member =
  /[ \t]*([a-z*][a-z0-9_.*-]*)(?:=(-?\d{1,15}(?:\.\d{1,3})?|"(?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"|[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*|\?[01]))?(?:[ \t]*;[ \t]*[a-z*][a-z0-9_.*-]*(?:=[^;,"]*|="[^"]*")?)*[ \t]*(,|$)/y

/**
 * Reads a field that speaks to one kind of cache only, such as `CDN-Cache-Control` (RFC 9213); undefined where it is not
 * valid, which means as much as that it is not there.
 */
export function readTargetedControl(text: string): CacheControl | undefined {
  const found = new Map<string, string | undefined>()
  let at = 0
  while (at < text.length) {
    member.lastIndex = at
    const [all, name, value, end] = member.exec(text) ?? []
    if (all === undefined || name === undefined) return undefined
    at += all.length
    // A comma at the end is not valid either.
    if (end === "," && text.slice(at).trim() === "") return undefined
    if (value === "?0") found.delete(name)
    // A number in quotes is a text: it does not say how long.
    else if (value?.startsWith('"') && lengths.has(name)) found.delete(name)
    else found.set(name, value?.startsWith('"') ? value.slice(1, -1) : value === "?1" ? undefined : value)
  }
  return found.size === 0 ? undefined : made(found)
}

const lengths = new Set(["max-age", "s-maxage", "stale-while-revalidate", "stale-if-error"])
