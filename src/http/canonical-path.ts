const unreserved = /^[A-Za-z0-9\-._~]$/

// RFC 3986 section 3.3: the letters of a path that need no escape, with slash and percent.
const plain = /^[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*$/

/**
 * The one path that routing and every rule go by: slashes merged, needless escapes undone, needed ones in upper case.
 * Undefined when two parsers could read the path two ways: the request is then refused. An escaped backslash makes it so
 * unless `backslashes` takes it for a letter like any other.
 */
export function canonicalPath(raw: string, backslashes = false): string | undefined {
  if (!raw.startsWith("/")) return undefined
  let path = raw
  if (!plain.test(path)) {
    // Controls and spaces would end the request line, backslashes are slashes to some upstreams.
    if (/[^!-~]|[\\#?]/.test(path)) return undefined
    path = path.replace(/["<>[\]^`{|}]/g, escapeOf)
  }
  if (path.includes("//")) path = path.replace(/\/{2,}/g, "/")
  if (!path.includes("%")) return hasDotSegment(path) ? undefined : path
  let ambiguous = false
  path = path.replace(/%(.{0,2})/g, (escape, digits: string) => {
    if (!/^[0-9A-Fa-f]{2}$/.test(digits)) ambiguous = true
    const code = Number.parseInt(digits, 16)
    // NUL and other controls end strings, backslashes are slashes to some upstreams.
    if (code < 0x20 || code === 0x7f || (code === 0x5c && !backslashes)) ambiguous = true
    const letter = String.fromCharCode(code)
    return unreserved.test(letter) ? letter : escape.toUpperCase()
  })
  // U+FFFD is what a listener puts for bytes that are no UTF-8: what the client sent cannot be told any more.
  if (ambiguous || path.includes("%EF%BF%BD")) return undefined
  if (hasDotSegment(path.replace(/%2F|%5C/g, "/").replaceAll("%3B", ";"))) return undefined
  return isUtf8(path) ? path : undefined
}

const escapeOf = (letter: string): string => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`

// `..;` is a dot segment to servers that strip path parameters (CVE-2021-29492 is of this family).
const hasDotSegment = (path: string): boolean => path.includes("/.") && /\/\.{1,2}(?:;[^/]*)?(?:\/|$)/.test(path)

function isUtf8(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}
